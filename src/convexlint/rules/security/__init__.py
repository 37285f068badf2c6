"""Checks of the category security."""
