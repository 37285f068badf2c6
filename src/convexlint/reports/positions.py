"""Byte offsets to lines and columns: the one place that knows how.

Lines and columns are 1-based, columns count Unicode code points; `\\n`, `\\r\\n` and `\\r` end a line; a byte
order mark counts in offsets and not in columns.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import NamedTuple

_BOM = b"\xef\xbb\xbf"
_CR, _LF = b"\r\n"
# In UTF-8 every byte but these begins a code point, so code points are counted by leaving these out: that is
# additive over any cut of the text, which the checkpoints below need. In text that is not UTF-8 a stray
# continuation byte belongs to the character before it.
_CONTINUATION = bytes(range(0x80, 0xC0))
_STEP = 4096


class Position(NamedTuple):
    """A place: 1-based line, 1-based column in code points, 0-based offset in bytes."""

    line: int
    column: int
    offset: int


class Range(NamedTuple):
    """From `start` up to, and without, `end`."""

    start: Position
    end: Position


class Positions:
    """The lines of one file. Making it is one pass; each question then is a few short counts."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self._first = len(_BOM) if source.startswith(_BOM) else 0
        self._starts: list[int] | None = None
        # The line ends before each step of the text; None where a line may end in other ways than by one byte.
        self._ends = None if b"\r" in source else _sums(source, lambda text: text.count(b"\n"))
        # The code points before each step; None where the text is ASCII: there a column is a difference of offsets.
        self._counts = None if source.isascii() else _sums(source, _code_points)

    @property
    def line_count(self) -> int:
        """How many lines the file has; text after the last line end counts, also when it is empty."""
        return len(self._lines())

    def at(self, offset: int) -> Position:
        """Where `offset` stands. Beyond the end of the file means its end; inside a character, its start."""
        offset = max(0, min(offset, len(self.source)))
        place = max(self._first, offset)
        if self._starts is None and self._ends is not None:
            step = place // _STEP
            line = 1 + self._ends[step] + self.source.count(b"\n", step * _STEP, place)
            start = max(self._first, self.source.rfind(b"\n", 0, place) + 1)
        else:
            line = bisect_right(self._lines(), place)
            start, end = self.line_span(line)
            place = min(place, end)
        if self._counts is None:
            return Position(line, 1 + place - start, offset)
        while start < place < len(self.source) and self.source[place] in _CONTINUATION:
            place -= 1
        if self.source[start:place].isascii():
            return Position(line, 1 + place - start, offset)
        return Position(line, 1 + self._count(self._counts, place) - self._count(self._counts, start), offset)

    def range(self, start: int, end: int) -> Range:
        """The places of both ends of a span of bytes."""
        return Range(self.at(start), self.at(end))

    def line_span(self, line: int) -> tuple[int, int]:
        """The bytes of a 1-based line, without its line end and without the byte order mark."""
        starts, source = self._lines(), self.source
        if line == len(starts):
            return starts[-1], len(source)
        start, end = starts[line - 1], starts[line] - 1
        is_pair = self._ends is None and start < end and source[end - 1 : end + 1] == b"\r\n"
        return start, end - 1 if is_pair else end

    def _lines(self) -> list[int]:
        """Where each line begins. To look at every line is left to the first question for lines."""
        if self._starts is None:
            lines = self.source.splitlines(keepends=True)
            if not lines or lines[-1][-1] in (_LF, _CR):
                lines.append(b"")
            self._starts = [self._first, *accumulate(map(len, lines[:-1]))]
        return self._starts

    def _count(self, counts: list[int], offset: int) -> int:
        step = offset // _STEP
        return counts[step] + _code_points(self.source[step * _STEP : offset])


def _sums(source: bytes, count: Callable[[bytes], int]) -> list[int]:
    """For each step of the text: what the text before it counts."""
    sums = [0]
    for at in range(0, len(source), _STEP):
        sums.append(sums[-1] + count(source[at : at + _STEP]))
    return sums


def _code_points(text: bytes) -> int:
    return len(text.translate(None, _CONTINUATION))
