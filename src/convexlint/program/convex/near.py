"""What somebody may have meant: the nearest known name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache


def nearest(name: str, known: Iterable[str], least: float = 0.6) -> str | None:
    """The known name most like `name`, None when none is alike enough (`least`: 0 to 1). Case counts little, and
    of equally near names the first in alphabetical order wins."""
    return _nearest(name, tuple(sorted(set(known))), least)


@lru_cache(maxsize=1000)  # what is misspelled once is so in many places
def _nearest(name: str, known: tuple[str, ...], least: float) -> str | None:
    best: str | None = None
    best_ratio = least
    matcher = SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(name.lower())  # what is told about the second text is kept for all comparisons
    for candidate in known:
        matcher.set_seq1(candidate.lower())
        # The quick ratios are upper bounds, and far cheaper.
        if matcher.real_quick_ratio() < best_ratio or matcher.quick_ratio() < best_ratio:
            continue
        ratio = matcher.ratio()
        if ratio > best_ratio or (best is None and ratio >= best_ratio):
            best, best_ratio = candidate, ratio
    return best
