"""Lines that fit a terminal: broken between words, the rest indented below; a word is never broken."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from convexlint.reports.paint import Line, Piece

NARROWEST = 40
"""Cells that a line may always take: on a narrower terminal nothing can be read any more."""

_BARE = 160
_GUTTER = 8

_PARTS = re.compile(r" +|[^ ]+")


class Page(NamedTuple):
    """How wide a report is, in cells. `words`: a line of words; None: nothing is wrapped. `code`: a line of code
    without what stands left of it."""

    words: int | None
    code: int


def page(width: int | None) -> Page:
    """The page of a terminal of `width` columns; None: a pipe or a file, where lines may be long."""
    if width is None:
        return Page(None, _BARE)
    words = max(NARROWEST, width)
    return Page(words, words - _GUTTER)


def cells(text: str) -> int:
    """How many cells a terminal takes for `text`."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def height(line: Line, width: int) -> int:
    """How many rows of a terminal a line takes."""
    return max(1, -(-sum(cells(text) for text, _ in line) // width))


def wrap(line: Line, width: int | None, hang: int) -> list[Line]:
    """`line` as lines of at most `width` cells, all but the first indented by `hang`. A word that is wider than that
    stands in a line of its own."""
    if width is None or sum(cells(text) for text, _ in line) <= width:
        return [line]
    lines: list[Line] = []
    current: list[Piece] = []
    used = 0
    begun = False  # whether a word stands in the current line
    gap: list[Piece] = []
    for word, is_gap in _words(line):
        size = sum(cells(text) for text, _ in word)
        if is_gap:
            gap = word
            continue
        space = sum(cells(text) for text, _ in gap)
        if begun and used + space + size > width:
            lines.append(current)
            current, used = [(" " * hang, "")], hang
        else:
            current += gap
            used += space
        current += word
        used += size
        begun, gap = True, []
    return [_joined(part) for part in (*lines, current)]


def _joined(line: Sequence[Piece]) -> Line:
    """The same line with neighbours of one style as one piece."""
    joined: list[Piece] = []
    for text, style in line:
        if joined and joined[-1][1] == style:
            joined[-1] = (joined[-1][0] + text, style)
        else:
            joined.append((text, style))
    return joined


def _words(line: Sequence[Piece]) -> list[tuple[list[Piece], bool]]:
    """The words of a line and the gaps between them (True), each as pieces: a word may change its style."""
    found: list[tuple[list[Piece], bool]] = []
    for text, style in line:
        for part in _PARTS.findall(text):
            is_gap = part[0] == " "
            if found and found[-1][1] == is_gap:
                found[-1][0].append((part, style))
            else:
                found.append(([(part, style)], is_gap))
    return found
