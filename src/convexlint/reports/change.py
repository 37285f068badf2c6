"""The small picture of a fix under its finding: the lines that it takes away and those that it puts there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from convexlint.findings import Edit
from convexlint.reports.escape import visible
from convexlint.reports.frame import gutter, shown
from convexlint.reports.paint import Line
from convexlint.reports.places import Places
from convexlint.reports.positions import Positions

_MOST_LINES = 12


class _Hunk(NamedTuple):
    line: int
    removed: list[str]
    added: list[str]


def change(edits: Sequence[Edit], home: str, places: Places, width: int) -> list[Line]:
    """`12 - old` and `12 + new` for the lines that `edits` touch; files other than `home` are named first.

    Files whose text is not known are named alone; more than a dozen lines are counted instead.
    """
    lines: list[Line] = []
    room, hidden = _MOST_LINES, 0
    visibly = (edit for edit in edits if not edit.is_inert)
    in_order = sorted(visibly, key=lambda edit: (edit.path != home, edit.path, edit.span))
    for path, group in groupby(in_order, key=lambda edit: edit.path):
        if path != home:
            lines.append([("   --> ", "dim"), (visible(places.path(path)), "")])
        if not places.has(path):
            continue
        for hunk in _hunks(places.file(path), list(group)):
            drawn = _drawn(hunk, width)
            lines += drawn[:room]
            hidden += len(drawn[room:])
            room = max(0, room - len(drawn))
    if hidden:
        lines.append([(f"{gutter(None, '…')} {hidden} more changed lines", "dim")])
    return lines


def _drawn(hunk: _Hunk, width: int) -> list[Line]:
    return [
        [(gutter(hunk.line + i, sign), style), (f" {shown(text, width)}".rstrip(), style)]
        for sign, style, texts in (("-", "removed", hunk.removed), ("+", "added", hunk.added))
        for i, text in enumerate(texts)
    ]


def _hunks(file: Positions, edits: list[Edit]) -> list[_Hunk]:
    """Edits of one file, in order, joined where they touch the same line, as whole lines before and after."""
    hunks: list[_Hunk] = []
    pending: list[Edit] = []
    last_line = 0
    for edit in edits:
        if pending and file.at(edit.span.start).line > last_line:
            hunks.append(_hunk(file, pending))
            pending = []
        pending.append(edit)
        last_line = max(last_line, file.at(edit.span.end).line)
    if pending:
        hunks.append(_hunk(file, pending))
    return hunks


def _hunk(file: Positions, edits: list[Edit]) -> _Hunk:
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
    return _Hunk(first, before, after)


def _split(text: bytes) -> list[str]:
    return re.split("\r\n?|\n", text.decode("utf-8", "replace"))
