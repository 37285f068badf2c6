"""Checks of the category http."""
