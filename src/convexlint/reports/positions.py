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
_FAR = 8 * _STEP


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
    """The lines of one file. Reports ask in the order of places, so a question counts from the one before it; one that
    is far from it is answered from sums that are made once."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self._first = len(_BOM) if source.startswith(_BOM) else 0
        self._starts: list[int] | None = None
        self._is_simple = b"\r" not in source  # a line ends by one byte, and in no other way
        self._is_ascii = source.isascii()  # a column is a difference of offsets
        self._last = (0, 0)  # the place that was asked for last, and the line ends before it
        self._ends: list[int] | None = None  # the line ends before each step of the text
        self._counts: list[int] | None = None  # the code points before each step

    @property
    def line_count(self) -> int:
        """How many lines the file has; text after the last line end counts, also when it is empty."""
        return len(self._lines())

    def at(self, offset: int) -> Position:
        """Where `offset` stands. Beyond the end of the file means its end; inside a character, its start."""
        source = self.source
        if not 0 <= offset <= len(source):
            offset = 0 if offset < 0 else len(source)
        place = offset if offset > self._first else self._first
        if self._is_simple and self._starts is None:
            last, ends = self._last
            if last <= place <= last + _FAR:  # nearly always
                ends += source.count(b"\n", last, place)
                self._last = place, ends
            else:
                ends = self._line_ends(place)
            line = 1 + ends
            start = source.rfind(b"\n", 0, place) + 1 or self._first
        else:
            line = bisect_right(self._lines(), place)
            start, end = self.line_span(line)
            place = min(place, end)
        if self._is_ascii:
            return Position(line, 1 + place - start, offset)
        while start < place < len(source) and source[place] in _CONTINUATION:
            place -= 1
        if source[start:place].isascii():
            return Position(line, 1 + place - start, offset)
        return Position(line, 1 + self._points(place) - self._points(start), offset)

    def range(self, start: int, end: int) -> Range:
        """The places of both ends of a span of bytes."""
        return Range(self.at(start), self.at(end))

    def line_span(self, line: int) -> tuple[int, int]:
        """The bytes of a 1-based line, without its line end and without the byte order mark."""
        starts, source = self._lines(), self.source
        if line == len(starts):
            return starts[-1], len(source)
        start, end = starts[line - 1], starts[line] - 1
        is_pair = not self._is_simple and start < end and source[end - 1 : end + 1] == b"\r\n"
        return start, end - 1 if is_pair else end

    def _lines(self) -> list[int]:
        """Where each line begins. To look at every line is left to the first question for lines."""
        if self._starts is None:
            lines = self.source.splitlines(keepends=True)
            if not lines or lines[-1][-1] in (_LF, _CR):
                lines.append(b"")
            self._starts = [self._first, *accumulate(map(len, lines[:-1]))]
        return self._starts

    def _line_ends(self, place: int) -> int:
        """How many `\\n` stand before a place."""
        last, ends = self._last
        if last - _FAR <= place < last:
            ends -= self.source.count(b"\n", place, last)
        else:
            if self._ends is None:
                self._ends = _sums(self.source, lambda text: text.count(b"\n"))
            step = place // _STEP
            ends = self._ends[step] + self.source.count(b"\n", step * _STEP, place)
        self._last = place, ends
        return ends

    def _points(self, place: int) -> int:
        """How many code points stand before a place."""
        if self._counts is None:
            self._counts = _sums(self.source, _code_points)
        step = place // _STEP
        return self._counts[step] + _code_points(self.source[step * _STEP : place])


def _sums(source: bytes, count: Callable[[bytes], int]) -> list[int]:
    """For each step of the text: what the text before it counts."""
    sums = [0]
    for at in range(0, len(source), _STEP):
        sums.append(sums[-1] + count(source[at : at + _STEP]))
    return sums


def _code_points(text: bytes) -> int:
    return len(text.translate(None, _CONTINUATION))
