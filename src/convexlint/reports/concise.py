"""One line a finding: `path:line:col: level rule message`."""

from __future__ import annotations

from convexlint.reports.escape import visible, visible_lines
from convexlint.reports.outcome import Results
from convexlint.reports.places import Places, ordered


def concise(outcome: Results, cwd: str) -> str:
    """The findings of a run, one a line; empty text when there are none."""
    places = Places(outcome.sources, cwd)
    lines = []
    for diagnostic in ordered(outcome, places):
        finding = diagnostic.finding
        at = places.at(finding.path, finding.span.start)
        message = " ".join(visible_lines(finding.message))
        where = f"{visible(places.path(finding.path))}:{at.line}:{at.column}"
        lines.append(f"{where}: {diagnostic.level.value} {diagnostic.rule} {message}\n")
    return "".join(lines)
