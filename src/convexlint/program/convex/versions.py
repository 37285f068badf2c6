"""Releases of the `convex` package from which on something is there."""

from __future__ import annotations

FIRST_WITH_TABLES = (1, 31, 0)
"""The release whose `ctx.db.get`, `patch`, `replace` and `delete` take the table first (convex-facts 3.1)."""
