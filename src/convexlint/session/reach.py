"""Which imported files outside of the functions folder become part of a program."""

from __future__ import annotations

from pathlib import Path

MAX_OUTSIDE_BYTES = 1_000_000
_SOURCE_SUFFIXES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")


def may_follow(path: str) -> bool:
    """Whether an imported file is source of the user's own, of a size that a person writes."""
    if "/node_modules/" in path or not path.endswith(_SOURCE_SUFFIXES):
        return False
    try:
        return Path(path).stat().st_size <= MAX_OUTSIDE_BYTES
    except OSError:
        return False
