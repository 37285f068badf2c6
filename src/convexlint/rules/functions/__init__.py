"""Checks of the category functions."""
