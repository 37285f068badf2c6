"""Findings per rule, and the score: what --statistics prints in place of the findings."""

from __future__ import annotations

from convexlint.reports.outcome import Results
from convexlint.reports.paint import Line
from convexlint.reports.summary import summarise


def statistics(outcome: Results) -> list[Line]:
    """One line a rule and level, most findings first; then the score (see `summary.score`)."""
    tally: dict[tuple[str, str], tuple[int, int, int]] = {}
    for diagnostic in outcome.diagnostics:
        key = diagnostic.rule, diagnostic.level.value
        count, safe, unsafe = tally.get(key, (0, 0, 0))
        fix = diagnostic.finding.fix
        tally[key] = (
            count + 1,
            safe + (fix is not None and fix.is_safe),
            unsafe + (fix is not None and not fix.is_safe),
        )
    digits = max((len(str(count)) for count, _, _ in tally.values()), default=1)
    longest = max((len(rule) for rule, _ in tally), default=0)
    lines: list[Line] = []
    for (rule, level), (count, safe, unsafe) in sorted(
        tally.items(), key=lambda item: (-item[1][0], item[0])
    ):
        fixable = ", ".join(
            part
            for part in (f"{safe} fixable" if safe else "", f"{unsafe} with --unsafe-fixes" if unsafe else "")
            if part
        )
        lines.append(
            [
                (f"{count:>{digits}}", "path"),
                ("  ", ""),
                (f"{level:<7}", level),
                (f"  {rule:<{longest}}  {fixable}".rstrip(), ""),
            ]
        )
    lines.append([(f"Score: {summarise(outcome).score} of 100", "path")])
    return lines
