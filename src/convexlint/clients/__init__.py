"""Callers of the backend that are not part of it, read as facts of one file."""
