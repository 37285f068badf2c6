"""Where findings stand, in the words that all reports share: shown paths, lines and columns."""

from __future__ import annotations

from collections.abc import Mapping

from convexlint.findings import Diagnostic, Span
from convexlint.reports.escape import encodable
from convexlint.reports.outcome import Results
from convexlint.reports.positions import Position, Positions, Range


class Places:
    """Answers for the files of one run, as seen from the working folder `cwd` (absolute, with `/`)."""

    def __init__(self, sources: Mapping[str, bytes], cwd: str) -> None:
        self._sources = sources
        self._prefix = cwd.rstrip("/") + "/"
        self._known: dict[str, Positions] = {}
        self._shown: dict[str, str] = {}

    def path(self, path: str) -> str:
        """`path` relative to the working folder when inside of it, else as it is; always valid UTF-8."""
        shown = self._shown.get(path)
        if shown is None:
            shown = self._shown[path] = encodable(path.removeprefix(self._prefix))
        return shown

    def has(self, path: str) -> bool:
        """Whether the text of `path` is known (a file that could not be read has none)."""
        return path in self._sources

    def file(self, path: str) -> Positions:
        """The lines of a file; a file without known text counts as empty, so all of it is 1:1."""
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = Positions(self._sources.get(path, b""))
        return known

    def at(self, path: str, offset: int) -> Position:
        """Line, column and offset of an offset in a file."""
        return self.file(path).at(offset)

    def range(self, path: str, span: Span) -> Range:
        """Both ends of a span in a file."""
        return self.file(path).range(span.start, span.end)


def ordered(outcome: Results, places: Places) -> list[Diagnostic]:
    """The findings by shown path, place and rule: the order of every report."""
    return sorted(
        outcome.diagnostics,
        key=lambda diagnostic: (
            places.path(diagnostic.finding.path),
            diagnostic.finding.span.start,
            diagnostic.rule,
            diagnostic.finding.span.end,
            diagnostic.finding.message,
        ),
    )
