"""Places in the code that rules look at, each kind found in one file."""
