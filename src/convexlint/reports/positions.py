"""Byte offsets to lines and columns: the one place that knows how.

Lines and columns are 1-based, columns count Unicode code points; `\\n`, `\\r\\n` and `\\r` end a line; a byte
order mark counts in offsets and not in columns.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n?|\n")
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
        self._spans: tuple[list[int], list[int]] | None = None
        # The line ends before each step of the text; None where a line may end in other ways than by one byte.
        self._ends = None if b"\r" in source else _sums(source, lambda text: text.count(b"\n"))
        # The code points before each step; None where the text is ASCII: there a column is a difference of offsets.
        self._counts = None if source.isascii() else _sums(source, _code_points)

    @property
    def line_count(self) -> int:
        """How many lines the file has; text after the last line end counts, also when it is empty."""
        return len(self._lines()[0])

    def at(self, offset: int) -> Position:
        """Where `offset` stands. Beyond the end of the file means its end; inside a character, its start."""
        offset = max(0, min(offset, len(self.source)))
        place = max(self._first, offset)
        if self._ends is not None:
            step = place // _STEP
            line = 1 + self._ends[step] + self.source.count(b"\n", step * _STEP, place)
            start = max(self._first, self.source.rfind(b"\n", 0, place) + 1)
        else:
            starts, ends = self._lines()
            line = bisect_right(starts, place)
            start = starts[line - 1]
            place = min(place, ends[line - 1])
        if self._counts is None:
            return Position(line, 1 + place - start, offset)
        while start < place < len(self.source) and self.source[place] in _CONTINUATION:
            place -= 1
        return Position(line, 1 + self._count(self._counts, place) - self._count(self._counts, start), offset)

    def range(self, start: int, end: int) -> Range:
        """The places of both ends of a span of bytes."""
        return Range(self.at(start), self.at(end))

    def line_span(self, line: int) -> tuple[int, int]:
        """The bytes of a 1-based line, without its line end and without the byte order mark."""
        starts, ends = self._lines()
        return starts[line - 1], ends[line - 1]

    def _lines(self) -> tuple[list[int], list[int]]:
        """Where each line begins and ends. To look at every line is left to the first question for lines."""
        if self._spans is None:
            found = [match.span() for match in _LINE_END.finditer(self.source)]
            self._spans = (
                [self._first, *(end for _, end in found)],
                [*(start for start, _ in found), len(self.source)],
            )
        return self._spans

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
