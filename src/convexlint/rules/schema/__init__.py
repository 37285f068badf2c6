"""Checks of the category schema."""
