"""Paths as the services that show reports want them: from the root of the repository, wherever the run began."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from convexlint.findings import Diagnostic
from convexlint.reports.escape import encodable
from convexlint.reports.outcome import Results
from convexlint.reports.places import Places

RootOf = Callable[[str], str]
"""The root of the repository (absolute, with `/`) for the absolute path of a file."""


class RootedPlaces(Places):
    """Places whose paths begin at the root of the repository; what lies outside of it keeps its absolute path."""

    def __init__(self, outcome: Results, root_of: RootOf) -> None:
        super().__init__(outcome.sources, "/")
        self._root_of = root_of
        self._rooted: dict[str, str] = {}

    def path(self, path: str) -> str:
        shown = self._rooted.get(path)
        if shown is None:
            shown = encodable(path.removeprefix(self._root_of(path).rstrip("/") + "/"))
            self._rooted[path] = shown
        return shown

    def is_inside(self, path: str) -> bool:
        """Whether `path` lies in the repository."""
        return path.startswith(self._root_of(path).rstrip("/") + "/")

    def uri(self, path: str) -> str:
        """The path as a URI reference: relative to the root where inside, else `file:///...`."""
        shown = self.path(path)
        if self.is_inside(path):
            return quote(shown)
        return "file://" + quote(shown if shown.startswith("/") else f"/{shown}")


def words(diagnostic: Diagnostic, places: Places) -> str:
    """What a finding says, as plain text of several lines: message, help, the other callers, and the fix by name."""
    finding = diagnostic.finding
    lines = [finding.message]
    if finding.help is not None:
        lines.append(finding.help)
    if finding.also:
        lines.append(f"Also from {', '.join(callers(diagnostic, places))}.")
    return encodable("\n".join(lines))


def callers(diagnostic: Diagnostic, places: Places) -> list[str]:
    """The other places that lead to the deed of a finding: `messages:list (convex/messages.ts:12:8)`."""
    found = []
    for one in diagnostic.finding.also:
        at = places.at(one.path, one.span.start)
        where = f"{places.path(one.path)}:{at.line}:{at.column}"
        found.append(where if one.function is None else f"{one.function} ({where})")
    return found
