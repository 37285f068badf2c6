"""What somebody may have meant: the nearest known name."""

from __future__ import annotations

import re
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


_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_KINDS = frozenset({"action", "internal", "mutation", "public", "query"})
"""Words of names that say what a function is, and not what it does."""
_SURE = 0.95
"""How alike `create` in `threads` is to `createThread`: nothing else is meant."""


def nearest_function(path: str, known: Iterable[str], least: float = 0.7) -> str | None:
    """The known function ("a/b:f") most like `path`: both its module and its name are alike, or the name is the same
    and only one module has it."""
    return _nearest_function(path, tuple(sorted(set(known))), least)


@lru_cache(maxsize=1000)
def _nearest_function(path: str, known: tuple[str, ...], least: float) -> str | None:
    home, _, name = path.partition(":")
    best: tuple[float, str] | None = None
    elsewhere = []
    for candidate in known:
        other, _, export = candidate.partition(":")
        module = 1.0 if other == home else _ratio(home, other, least)
        if export == name and module < least:
            elsewhere.append(candidate)
        word = _alike(name, export, other, least) if module >= least else 0.0
        score = min(module, word)
        if score >= least and (best is None or score > best[0]):
            best = score, candidate
    if best is not None:
        return best[1]
    moved = elsewhere[0] if len(elsewhere) == 1 else ""
    # `get` of another module is a stranger, unless the modules speak of the same.
    same = bool(_words(home) & _words(moved.partition(":")[0]))
    return moved if moved and (same or len(_words(name)) > 1) else None


def _alike(name: str, export: str, module: str, least: float) -> float:
    """How alike two names are in a module: what a name says of the module itself, or of its kind, says nothing."""
    if name == export:
        return 1.0
    mine, theirs = _words(name), _words(export)
    topics = {word.rstrip("s") for word in _words(module)} | _KINDS
    if (
        mine
        and theirs
        and {w.rstrip("s") for w in mine ^ theirs} <= topics
        and (mine < theirs or theirs < mine)
    ):
        return _SURE
    return _ratio(name, export, least)


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name)}


def _ratio(one: str, other: str, least: float) -> float:
    matcher = SequenceMatcher(None, one.lower(), other.lower(), autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= least else 0.0
