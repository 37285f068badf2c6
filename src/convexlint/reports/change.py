"""The small picture of a fix under its finding: the lines that it takes away and those that it puts there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from convexlint.findings import Edit, Span
from convexlint.reports.escape import visible
from convexlint.reports.frame import gutter, shown
from convexlint.reports.paint import Line
from convexlint.reports.places import Places
from convexlint.reports.positions import Positions
from convexlint.reports.wrap import wrap

_MOST_LINES = 12


class Hunk(NamedTuple):
    """Lines of a file before and after, from the 1-based `line` on."""

    line: int
    removed: list[str]
    added: list[str]


class Pictures:
    """Draws the changes of the fixes of one report; an edit that several fixes share is drawn once."""

    def __init__(self, places: Places, width: int, words: int | None = None) -> None:
        """`width`: cells that a line of code may take. `words`: those of a line of words, None: any number."""
        self._places = places
        self._width = width
        self._words = words
        self._drawn: dict[tuple[str, Span, str], str] = {}

    def change(self, edits: Sequence[Edit], home: str, at: str) -> list[Line]:
        """`12 - old` and `12 + new` for the lines that `edits` touch; files other than `home` are named first.

        `at`: where the finding stands, as the report says it. Files whose text is not known are named alone; more than
        a dozen lines are counted instead; what was drawn before is told with the place of the finding where it was.
        """
        lines: list[Line] = []
        room, hidden = _MOST_LINES, 0
        visibly = (edit for edit in edits if not edit.is_inert)
        in_order = sorted(visibly, key=lambda edit: (edit.path != home, edit.path, edit.span))
        for path, group in groupby(in_order, key=lambda edit: edit.path):
            own = list(group)
            earlier = self._seen(own)
            if path != home:
                where = visible(self._places.path(path))
                same = "" if earlier is None else f": the same as for {earlier}"
                lines += wrap([("   --> ", "dim"), (f"{where}{same}", "")], self._words, 7)
            elif earlier is not None:
                lines += self._repeated(None, earlier)
            if earlier is not None or not self._places.has(path):
                continue
            for hunk, of in _hunks(self._places.file(path), own):
                before = self._seen(of)
                if before is not None:
                    lines += self._repeated(hunk.line, before)
                    continue
                drawn = _drawn(hunk, self._width)
                lines += drawn[:room]
                hidden += len(drawn[room:])
                room = max(0, room - len(drawn))
        if hidden:
            lines.append([(f"{gutter(None, '…')} {hidden} more changed lines", "dim")])
        for edit in in_order:
            self._drawn.setdefault((edit.path, edit.span, edit.text), at)
        return lines

    def _repeated(self, line: int | None, at: str) -> list[Line]:
        return wrap([(f"{gutter(line, '=')} the same change as for {at}", "dim")], self._words, 8)

    def _seen(self, edits: Sequence[Edit]) -> str | None:
        """Where all of `edits` were drawn before, by the first of them; None where one is new."""
        known = [self._drawn.get((edit.path, edit.span, edit.text)) for edit in edits]
        return None if None in known else known[0]


def _drawn(hunk: Hunk, width: int) -> list[Line]:
    return [
        [(gutter(hunk.line + i, sign), style), (f" {shown(text, width)}".rstrip(), style)]
        for sign, style, texts in (("-", "removed", hunk.removed), ("+", "added", hunk.added))
        for i, text in enumerate(texts)
    ]


def hunks(file: Positions, edits: list[Edit]) -> list[Hunk]:
    """The lines that edits of one file change, where they stand in it."""
    return [hunk for hunk, _ in _hunks(file, sorted(edits, key=lambda edit: edit.span))]


def _hunks(file: Positions, edits: list[Edit]) -> list[tuple[Hunk, list[Edit]]]:
    """Edits of one file, in order, joined where they touch the same line, as whole lines before and after."""
    hunks: list[tuple[Hunk, list[Edit]]] = []
    pending: list[Edit] = []
    last_line = 0
    for edit in edits:
        if pending and file.at(edit.span.start).line > last_line:
            hunks.append((_hunk(file, pending), pending))
            pending = []
        pending.append(edit)
        last_line = max(last_line, file.at(edit.span.end).line)
    if pending:
        hunks.append((_hunk(file, pending), pending))
    return hunks


def _hunk(file: Positions, edits: list[Edit]) -> Hunk:
    first = file.at(edits[0].span.start).line
    last = max(file.at(edit.span.end).line for edit in edits)
    start, end = file.line_span(first)[0], file.line_span(last)[1]
    pieces: list[bytes] = []
    at = start
    for edit in edits:
        pieces += (file.source[at : edit.span.start], edit.text.encode("utf-8", "surrogatepass"))
        at = edit.span.end
    pieces.append(file.source[at:end])
    before, after = _split(file.source[start:end]), _split(b"".join(pieces))
    while before and after and before[0] == after[0]:
        del before[0], after[0]
        first += 1
    while before and after and before[-1] == after[-1]:
        del before[-1], after[-1]
    return Hunk(first, before, after)


def _split(text: bytes) -> list[str]:
    return re.split("\r\n?|\n", text.decode("utf-8", "replace"))
