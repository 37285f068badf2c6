"""Edits: merge, apply to copies, verify, write."""
