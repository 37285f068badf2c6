"""Callers of the backend that are no part of it, read as facts of one file."""
