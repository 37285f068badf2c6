"""Findings in, text out: one module for each format. Nothing here reads files, prints or exits."""
