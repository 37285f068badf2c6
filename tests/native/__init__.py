"""How the package is compiled."""
