"""Checks of the category clients."""
