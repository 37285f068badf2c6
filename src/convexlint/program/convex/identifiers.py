"""Names as Convex takes them: tables, fields, indexes (convex-facts 1.5, 2.2, 5.2)."""

from __future__ import annotations

import re

MAX_IDENTIFIER = 64
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def identifier_problem(name: str) -> str | None:
    """Why Convex refuses `name` as the name of a field, to be read after the name; None when it takes it."""
    if not name:
        return "is empty"
    if _IDENTIFIER.fullmatch(name) is None:
        if name[0].isdigit():
            return "begins with a digit"
        return "has characters other than letters, digits and `_`"
    if len(name) > MAX_IDENTIFIER:
        return f"has {len(name)} characters, more than {MAX_IDENTIFIER}"
    if not name.strip("_"):
        return "consists of `_` alone"
    return None
