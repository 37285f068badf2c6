"""Byte offsets to the protocol's positions and back, in the units that the client asked for."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Protocol

from convexlint.findings import Span
from convexlint.server.shapes import Position, Range

_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n?|\n")

UTF8, UTF16, UTF32 = "utf-8", "utf-16", "utf-32"
"""The units of positions, as the protocol names them."""


class AnyPosition(Protocol):
    """A position, ours or the library's."""

    @property
    def line(self) -> int: ...
    @property
    def character(self) -> int: ...


class AnyRange(Protocol):
    """A range, ours or the library's."""

    @property
    def start(self) -> AnyPosition: ...
    @property
    def end(self) -> AnyPosition: ...


class Text:
    """The lines of one file. `\\n`, `\\r\\n` and `\\r` end a line, as the protocol has it."""

    def __init__(self, source: bytes, unit: str = UTF16, *, held: bool = False) -> None:
        """`held`: the client holds this very text; a byte order mark in it is then a character. On disk it is none."""
        self.source = source
        self._unit = unit
        found = [match.span() for match in _LINE_END.finditer(source)]
        first = len(_BOM) if source.startswith(_BOM) and not held else 0
        self._starts = [first, *(end for _, end in found)]
        self._ends = [*(start for start, _ in found), len(source)]

    def position(self, offset: int) -> Position:
        """Where the byte `offset` stands. Beyond the end means the end; inside a character, its start."""
        line = bisect_right(self._starts, max(offset, self._starts[0])) - 1
        start = self._starts[line]
        before = self.source[start : max(start, min(offset, self._ends[line]))]
        return Position(line, self._units(before))

    def range(self, span: Span) -> Range:
        """The places of both ends of a span of bytes."""
        return Range(self.position(span.start), self.position(span.end))

    def offset(self, position: AnyPosition) -> int:
        """The byte at a position. Beyond the end of a line means its end, beyond the last line the end of the text."""
        if position.line >= len(self._starts):
            return len(self.source)
        start, end = self._starts[position.line], self._ends[position.line]
        line = self.source[start:end]
        if self._unit == UTF8 or line.isascii():
            return start + min(max(position.character, 0), len(line))
        at = count = 0
        for character in line.decode("utf-8", "replace"):
            if count >= position.character:
                break
            count += 2 if self._unit == UTF16 and ord(character) > 0xFFFF else 1
            at += len(character.encode())
        return start + min(at, len(line))

    def span(self, range_: AnyRange) -> Span:
        """The bytes of a range; one that ends before it begins is empty."""
        start = self.offset(range_.start)
        return Span(start, max(start, self.offset(range_.end)))

    def line_start(self, offset: int) -> int:
        """Where the line of `offset` begins."""
        return self._starts[bisect_right(self._starts, max(offset, self._starts[0])) - 1]

    def line_end(self, offset: int) -> int:
        """Where the line of `offset` ends, without its line end."""
        return self._ends[bisect_right(self._starts, max(offset, self._starts[0])) - 1]

    def _units(self, text: bytes) -> int:
        if self._unit == UTF8 or text.isascii():
            return len(text)
        decoded = text.decode("utf-8", "ignore")
        return len(decoded) if self._unit == UTF32 else len(decoded.encode("utf-16-le")) // 2


def moved(span: Span, old: bytes, new: bytes) -> Span | None:
    """Where a span of `old` stands in `new`, if what changed between them lies wholly before or after it."""
    most = min(len(old), len(new))
    head = _common(old, new, most)
    if span.end <= head:
        return span
    tail = _common_end(old, new, most - head)
    if span.start >= len(old) - tail:
        by = len(new) - len(old)
        return Span(span.start + by, span.end + by)
    return None


def _common(one: bytes, other: bytes, most: int) -> int:
    """How many bytes both begin with, found by halves: comparing slices is quicker than comparing bytes."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_end(one: bytes, other: bytes, most: int) -> int:
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low
