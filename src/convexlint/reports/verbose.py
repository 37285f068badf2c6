"""What --verbose adds on stderr: places not followed, skipped files, times."""

from __future__ import annotations

from convexlint.reports.escape import visible
from convexlint.reports.outcome import Results
from convexlint.reports.paint import Line
from convexlint.reports.places import Places


def verbose(outcome: Results, cwd: str) -> list[Line]:
    """Notes by path and place, skipped files; then the stages in order of work."""
    places = Places(outcome.sources, cwd)
    lines: list[Line] = []
    for kind, path, offset in sorted(
        outcome.notes, key=lambda note: (places.path(note[1]), note[2], note[0])
    ):
        lines.append(
            [("note: ", "info"), (f"{_where(path, offset, places)}: not followed: {visible(kind)}", "")]
        )
    lines += skipped(outcome, cwd)
    width = max((len(stage) for stage in outcome.timings), default=0)
    for stage, seconds in outcome.timings.items():
        lines.append([("time: ", "info"), (f"{stage:<{width}}  {seconds * 1000:8.1f} ms", "")])
    return lines


def skipped(outcome: Results, cwd: str) -> list[Line]:
    """The files that were named and not linted, and why."""
    places = Places(outcome.sources, cwd)
    return [
        [("note: ", "info"), (f"{visible(places.path(path))}: skipped: {visible(reason)}", "")]
        for path, reason in outcome.skipped
    ]


def _where(path: str, offset: int, places: Places) -> str:
    shown = visible(places.path(path))
    if not places.has(path):
        return shown
    at = places.at(path, offset)
    return f"{shown}:{at.line}:{at.column}"
