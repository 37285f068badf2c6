"""Byte offsets to lines and columns: the one place that knows how.

Lines and columns are 1-based, columns count Unicode code points; `\\n`, `\\r\\n` and `\\r` end a line; a byte
order mark counts in offsets and not in columns.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
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
    """The lines of one file. Making it is one pass; each question then is a bisection and one short count."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self._first = len(_BOM) if source.startswith(_BOM) else 0
        self._starts: list[int]
        self._ends: list[int]
        if b"\r" in source:
            ends = [match.span() for match in _LINE_END.finditer(source)]
            self._ends = [*(start for start, _ in ends), len(source)]
            self._starts = [self._first, *(end for _, end in ends)]
        else:  # nearly always, and each line that Python itself looks at costs
            lengths = map(len, source.split(b"\n"))
            self._ends = list(accumulate(lengths, lambda end, length: end + 1 + length))
            self._starts = [self._first, *(end + 1 for end in self._ends[:-1])]
        # Empty where the text is ASCII: there a column is a difference of offsets.
        self._counts: list[int] = []
        if not source.isascii():
            total = 0
            for at in range(0, len(source) + 1, _STEP):
                self._counts.append(total)
                total += _code_points(source[at : at + _STEP])

    @property
    def line_count(self) -> int:
        """How many lines the file has; text after the last line end counts, also when it is empty."""
        return len(self._starts)

    def at(self, offset: int) -> Position:
        """Where `offset` stands. Beyond the end of the file means its end; inside a character, its start."""
        offset = max(0, min(offset, len(self.source)))
        place = max(self._first, offset)
        line = bisect_right(self._starts, place)
        start = self._starts[line - 1]
        place = min(place, self._ends[line - 1])
        while start < place < len(self.source) and self.source[place] in _CONTINUATION:
            place -= 1
        return Position(line, 1 + self._count(place) - self._count(start), offset)

    def range(self, start: int, end: int) -> Range:
        """The places of both ends of a span of bytes."""
        return Range(self.at(start), self.at(end))

    def line_span(self, line: int) -> tuple[int, int]:
        """The bytes of a 1-based line, without its line end and without the byte order mark."""
        return self._starts[line - 1], self._ends[line - 1]

    def _count(self, offset: int) -> int:
        if not self._counts:
            return offset
        block = offset // _STEP
        return self._counts[block] + _code_points(self.source[block * _STEP : offset])


def _code_points(text: bytes) -> int:
    return len(text.translate(None, _CONTINUATION))
