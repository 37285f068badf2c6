"""Counts over a run that several reports print."""

from __future__ import annotations

from typing import NamedTuple

from convexlint.findings import Level
from convexlint.reports.outcome import Results


class Summary(NamedTuple):
    """`fixable`: findings with a safe fix; `unsafe`: with an unsafe one; `affected`: files with findings."""

    errors: int
    warnings: int
    infos: int
    fixable: int
    unsafe: int
    affected: int
    score: int


def summarise(outcome: Results) -> Summary:
    """Count the findings of a run."""
    levels = [diagnostic.level for diagnostic in outcome.diagnostics]
    errors, warnings, infos = (levels.count(level) for level in (Level.ERROR, Level.WARNING, Level.INFO))
    fixes = [diagnostic.finding.fix for diagnostic in outcome.diagnostics]
    safe = sum(fix is not None and fix.is_safe for fix in fixes)
    unsafe = sum(fix is not None and not fix.is_safe for fix in fixes)
    affected = len({diagnostic.finding.path for diagnostic in outcome.diagnostics})
    return Summary(
        errors, warnings, infos, safe, unsafe, affected, score(errors, warnings, infos, outcome.functions)
    )


def score(errors: int, warnings: int, infos: int, functions: int) -> int:
    """0 to 100: what is left of 100 after the findings per registered function, weighted by level."""
    return max(0, round(100 - 10 * (5 * errors + warnings + 0.2 * infos) / max(1, functions)))


def counted(count: int, noun: str) -> str:
    """`1 error`, `2 errors`, `2 dynamic table names`, `2 queries of ...`: the number with its noun."""
    if count == 1:
        return f"1 {noun}"
    words = noun.split(" ")
    at = next((i for i, word in enumerate(words) if i and word in _AFTER_NOUN), len(words)) - 1
    words[at] = _plural(words[at])
    return f"{count} {' '.join(words)}"


_AFTER_NOUN = (
    "of",
    "in",
    "from",
    "with",
    "without",
    "that",
    "to",
    "by",
    "for",
    "on",
    "through",
    "at",
    "under",
)


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in ("a", "e", "o", "u"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")
