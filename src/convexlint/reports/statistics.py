"""Findings per rule, and the score: what --statistics prints beside the findings."""

from __future__ import annotations

from convexlint.reports.outcome import Results
from convexlint.reports.paint import Line
from convexlint.reports.rank import tallies
from convexlint.reports.summary import summarise


def statistics(outcome: Results, *, score: bool = True) -> list[Line]:
    """One line a rule with its highest level, most findings first; then the score (see `summary.score`)."""
    rows = sorted(tallies(outcome.diagnostics), key=lambda row: (-row.count, row.rule))
    digits = max((len(str(row.count)) for row in rows), default=1)
    longest = max((len(row.rule) for row in rows), default=0)
    lines: list[Line] = []
    for row in rows:
        parts = (
            f"{row.safe} fixable" if row.safe else "",
            f"{row.unsafe} with --unsafe-fixes" if row.unsafe else "",
        )
        fixable = ", ".join(part for part in parts if part)
        lines.append(
            [
                (f"{row.count:>{digits}}", "path"),
                ("  ", ""),
                (f"{row.level.value:<7}", row.level.value),
                (f"  {row.rule:<{longest}}  {fixable}".rstrip(), ""),
            ]
        )
    if score:
        lines.append([(f"Score: {summarise(outcome).score} of 100", "path")])
    return lines
