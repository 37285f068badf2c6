"""Workflow commands that make GitHub Actions annotate the changed lines of a pull request.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from convexlint.findings import Level
from convexlint.reports.escape import encodable
from convexlint.reports.outcome import Results
from convexlint.reports.paint import plain
from convexlint.reports.places import Places, ordered
from convexlint.reports.repairs import repairs

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "notice"}


def github(outcome: Results, cwd: str, *, fixing: bool = False) -> str:
    """One command a finding; empty text when there are none. `fixing`: say in a folded part of the log what --fix
    did, file by file, and what it left: as annotations that would push findings out."""
    places = Places(outcome.sources, cwd)
    lines = []
    for diagnostic in ordered(outcome, places):
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
        words = finding.message if finding.help is None else f"{finding.message}\n{finding.help}"
        command = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        lines.append(f"::{_COMMANDS[diagnostic.level]} {command}::{_data(words)}\n")
    if fixing:
        told = repairs(outcome, cwd)
        lines += ["::group::convexlint --fix\n", plain(told), "::endgroup::\n"] if told else []
    return "".join(lines)


def _data(text: str) -> str:
    return encodable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
