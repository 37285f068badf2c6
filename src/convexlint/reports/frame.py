"""Code frames: the lines of source around a finding, with carets under the place."""

from __future__ import annotations

from convexlint.findings import Span
from convexlint.reports.escape import visible, visible_lines
from convexlint.reports.paint import Line, Piece
from convexlint.reports.positions import Positions
from convexlint.reports.wrap import Page, cells, wrap

CONTEXT = 2
"""Lines shown above the place."""

_TAB = 4
# No more bytes than these are looked at left and right of the place: a line can be megabytes long.
_REACH = 1000

# A message below its carets begins no further right than leaves it this many cells.
_READABLE = 60

_Cells = str | list[tuple[str, int]]
"""Text as it is shown: itself where each character takes one cell, as in most lines; else each character with the
cells that it takes."""


def gutter(number: int | None, sign: str = "|") -> str:
    """What stands left of a line of code: its number, or blanks, and a sign."""
    return f"{'' if number is None else number:>5} {sign}"


def frame(file: Positions, span: Span, message: str, style: str, *, page: Page, context: int) -> list[Line]:
    """The line of `span.start` with `context` lines above, and carets with the message beside or below.

    Of a span over several lines the first is marked up to its end. Lines of code longer than `page.code` cells are cut
    around the place.
    """
    start = file.at(span.start)
    first = max(1, start.line - context)
    lines: list[Line] = []
    for number in range(first, start.line):
        line_start, _ = file.line_span(number)
        _, text, _ = _cut(file, number, Span(line_start, line_start), page.code)
        if text.strip() or lines:
            lines.append(_code(number, text))
    before, text, marked = _cut(file, start.line, span, page.code)
    lines.append(_code(start.line, text))
    return lines + _marked(before, marked, visible_lines(message), style, page)


def _marked(before: int, marked: int, words: list[str], style: str, page: Page) -> list[Line]:
    """Carets with the message beside them; where that does not fit, below them, as far left as it needs."""
    edge: Piece = (gutter(None), "dim")
    carets = "^" * marked
    if page.words is None or all(before + marked + 1 + cells(line) <= page.code for line in words):
        first, *rest = words
        beside: list[Line] = [[edge, (f" {' ' * before}", ""), (f"{carets} {first}".rstrip(), style)]]
        return beside + [[edge, (f" {' ' * (before + marked)} {line}", style)] for line in rest]
    lines: list[Line] = [[edge, (f" {' ' * before}", ""), (carets, style)]]
    indent = max(0, min(before, page.code - _READABLE))
    for line in words:
        for part in wrap([(line, style)], page.code - indent, 0):
            lines.append([edge, (" " * (indent + 1), ""), *part])
    return lines


def shown(text: str, width: int) -> str:
    """One line of code as it is shown elsewhere: tabs expanded, made visible, cut at the right."""
    cells = _cells(text[: _REACH * 2], 0)
    if _width(cells) <= width and len(text) <= _REACH * 2:
        return _text(cells)
    return _text(_left(cells, width - 1)) + "…"


def marked_line(file: Positions, span: Span, width: int) -> tuple[str, str, str]:
    """The line of `span.start` as it is shown: what stands before the mark, the marked text, and what follows."""
    line = file.at(span.start).line
    before, marked, after = _pieces(file, line, span, width)
    return _text(before), _text(marked), _text(after)


def _text(cells: _Cells) -> str:
    return cells if isinstance(cells, str) else "".join([cell for cell, _ in cells])


def _code(number: int, text: str) -> Line:
    return [(gutter(number), "dim"), (f" {text}".rstrip(), "")]


def _cut(file: Positions, number: int, span: Span, width: int) -> tuple[int, str, int]:
    """The cells before the mark, the visible part of the line, and the cells of the mark (at least one)."""
    line_start, line_end = file.line_span(number)
    start = min(max(span.start, line_start), line_end)
    end = min(max(span.end, start), line_end, start + _REACH)
    if line_end - line_start < min(width, _REACH):
        line = file.source[line_start:line_end].decode("utf-8", "replace")
        if line.isascii() and line.isprintable():  # as most lines are: nothing to cut, and a cell a character
            return start - line_start, line, max(1, end - start)
    before, marked, after = _pieces(file, number, span, width)
    return _width(before), _text(before) + _text(marked) + _text(after), max(1, _width(marked))


def _pieces(file: Positions, number: int, span: Span, width: int) -> tuple[_Cells, _Cells, _Cells]:
    """The cells before the mark, the marked ones and those that follow, cut around the mark."""
    line_start, line_end = file.line_span(number)
    start = min(max(span.start, line_start), line_end)
    end = min(max(span.end, start), line_end, start + _REACH)
    left, right = max(line_start, start - _REACH), min(line_end, end + _REACH)
    source = file.source
    before = _cells(source[left:start].decode("utf-8", "replace"), 0)
    marked = _cells(source[start:end].decode("utf-8", "replace"), _width(before))
    after = _cells(source[end:right].decode("utf-8", "replace"), _width(before) + _width(marked))
    cut_left, cut_right = left > line_start, right < line_end
    if _width(before) + _width(marked) > width - 1 and _width(before) > width // 3:
        before = _right(before, width // 3)
        cut_left = True
    room = width - _width(before) - (1 if cut_left else 0)
    if _width(marked) + _width(after) > room or cut_right:
        cut_right = True
        marked = _left(marked, room - 1)
        after = _left(after, room - 1 - _width(marked))
    if cut_left:
        before = "…" + before if isinstance(before, str) else [("…", 1), *before]
    if cut_right:
        after = after + "…" if isinstance(after, str) else [*after, ("…", 1)]
    return before, marked, after


def _cells(text: str, column: int) -> _Cells:
    """Text as it is shown behind `column` cells."""
    if text.isascii() and text.isprintable():
        return text
    from rich.cells import cell_len

    cells: list[tuple[str, int]] = []
    for character in text:
        if character == "\t":
            character = " " * (_TAB - column % _TAB)
        else:
            character = visible(character)
        size = len(character) if character.isascii() else cell_len(character)
        cells.append((character, size))
        column += size
    return cells


def _width(cells: _Cells) -> int:
    return len(cells) if isinstance(cells, str) else sum([size for _, size in cells])


def _left(cells: _Cells, width: int) -> _Cells:
    if isinstance(cells, str):
        return cells[: max(0, width)]
    total = 0
    for index, (_, size) in enumerate(cells):
        total += size
        if total > width:
            return cells[:index]
    return cells


def _right(cells: _Cells, width: int) -> _Cells:
    return _left(cells[::-1], width)[::-1]
