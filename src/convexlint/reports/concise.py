"""One line a finding: `path:line:col: level rule message`."""

from __future__ import annotations

from convexlint.findings import Level
from convexlint.reports.escape import visible, visible_lines
from convexlint.reports.outcome import Results
from convexlint.reports.places import Places, ordered

_WORDS = {level: level.value for level in Level}


def concise(outcome: Results, cwd: str) -> str:
    """The findings of a run, one a line; empty text when there are none."""
    places = Places(outcome.sources, cwd)
    lines = []
    path, shown, positions = None, "", None
    for diagnostic in ordered(outcome, places):
        finding = diagnostic.finding
        if finding.path != path or positions is None:
            path = finding.path
            shown, positions = visible(places.path(path)), places.file(path)
        line, column, _ = positions.at(finding.span.start)
        message = finding.message
        if not message.isprintable():  # most are
            message = " ".join(visible_lines(message))
        lines.append(f"{shown}:{line}:{column}: {_WORDS[diagnostic.level]} {diagnostic.rule} {message}\n")
    return "".join(lines)
