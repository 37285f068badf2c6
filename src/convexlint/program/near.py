"""What somebody may have meant: the nearest known name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest(name: str, known: Iterable[str], least: float = 0.6) -> str | None:
    """The known name most like `name`, None when none is alike enough (`least`: 0 to 1). Case counts little, and
    of equally near names the first in alphabetical order wins."""
    best: str | None = None
    best_ratio = least
    for candidate in sorted(set(known)):
        ratio = SequenceMatcher(None, name.lower(), candidate.lower()).ratio()
        if ratio > best_ratio or (best is None and ratio >= best_ratio):
            best, best_ratio = candidate, ratio
    return best
