"""Workflow commands that make GitHub Actions annotate a pull request, and the table on the job's summary page.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from convexlint.findings import Diagnostic, Level
from convexlint.reports.escape import encodable
from convexlint.reports.outcome import Results
from convexlint.reports.paint import plain
from convexlint.reports.places import ordered
from convexlint.reports.rank import Tally, ranked, tallies
from convexlint.reports.repairs import repairs
from convexlint.reports.rooted import RootedPlaces, RootOf, words
from convexlint.reports.summary import counted, summarise

MOST = 10
"""Annotations of one kind that GitHub shows of a step."""

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "notice"}


def github(outcome: Results, root_of: RootOf, cwd: str, *, fixing: bool = False) -> str:
    """One command a finding, errors first, then by rank; empty text when there are none.

    What GitHub will not show is told in one notice, before all others. `fixing`: say in a folded part of the log what
    --fix did, file by file, and what it left: as annotations that would push findings out.
    """
    places = RootedPlaces(outcome, root_of)
    found = ranked(ordered(outcome, places))
    lines = [_unseen(found), *(_annotation(one, places) for one in found)]
    if fixing:
        told = repairs(outcome, cwd)
        lines += ["::group::convexlint --fix\n", plain(told), "::endgroup::\n"] if told else []
    return "".join(lines)


def summary(outcome: Results, root_of: RootOf) -> str:
    """The run as markdown for the job's summary: a table by rule, the first place of each."""
    places = RootedPlaces(outcome, root_of)
    counts = summarise(outcome)
    if not outcome.diagnostics:
        return f"### convexlint\n\nNo problems found in {counted(outcome.files, 'file')}.\n\n"
    levels = ((counts.errors, "error"), (counts.warnings, "warning"), (counts.infos, "info"))
    head = ", ".join(counted(count, level) for count, level in levels if count)
    rows = ["| Level | Rule | Findings | Fixable | First |", "|---|---|---:|---:|---|"]
    rows += [_row(row, places) for row in tallies(ordered(outcome, places))]
    fixable = counts.fixable + counts.unsafe
    tail = (
        f"\n{counted(counts.fixable, 'safe fix')} of {fixable}: `convexlint check --fix`.\n"
        if fixable
        else ""
    )
    return (
        f"### convexlint: {head} in {counted(counts.affected, 'file')}\n\n" + "\n".join(rows) + f"\n{tail}\n"
    )


def _row(row: Tally, places: RootedPlaces) -> str:
    finding = row.example.finding
    at = places.at(finding.path, finding.span.start)
    place = f"{places.path(finding.path)}:{at.line}".replace("|", "\\|").replace("`", "'")
    fixable = row.safe + row.unsafe or ""
    return f"| {row.level.value} | {row.rule} | {row.count} | {fixable} | `{place}` |"


def _unseen(found: list[Diagnostic]) -> str:
    beyond: list[str] = []
    for level, noun in ((Level.ERROR, "error"), (Level.WARNING, "warning"), (Level.INFO, "notice")):
        room = MOST - 1 if level is Level.INFO else MOST
        hidden = sum(one.level is level for one in found) - room
        if hidden > 0 and (level is not Level.INFO or hidden > 1 or beyond):
            beyond.append(counted(hidden, noun))
    if not beyond:
        return ""
    text = (
        f"GitHub shows {MOST} errors, {MOST} warnings and {MOST} notices of a step, the most severe first. "
        f"Only in the log: {', '.join(beyond)}."
    )
    return f"::notice title=convexlint::{_data(text)}\n"


def _annotation(diagnostic: Diagnostic, places: RootedPlaces) -> str:
    finding = diagnostic.finding
    start, end = places.range(finding.path, finding.span)
    properties = {
        "file": places.path(finding.path),
        "line": str(start.line),
        "endLine": str(end.line),
        "col": str(start.column),
        "endColumn": str(end.column),
        "title": f"convexlint {diagnostic.rule}",
    }
    command = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[diagnostic.level]} {command}::{_data(words(diagnostic, places))}\n"


def _data(text: str) -> str:
    return encodable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
