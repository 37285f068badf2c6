"""Checks of the category queries."""
