"""Checks of the category meta."""
