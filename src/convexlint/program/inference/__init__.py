"""Validators that are read off handlers."""
