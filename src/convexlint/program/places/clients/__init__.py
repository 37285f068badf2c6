"""Places in the programs around a backend that call it."""
