"""Modules and names: imports, re-exports, definitions, who calls whom by name."""
