"""One module -> its facts. Pure, deterministic, knows no other module."""
