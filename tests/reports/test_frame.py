"""Frames hold together over any source."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from convexlint.findings import Edit, Span
from convexlint.reports.change import Pictures
from convexlint.reports.escape import visible
from convexlint.reports.frame import frame
from convexlint.reports.paint import plain
from convexlint.reports.places import Places
from convexlint.reports.positions import Positions
from convexlint.reports.wrap import Page

GUTTER = 8
TEXTS = st.text(st.sampled_from("ab (){}\n\r\t\x1b\x00é日👍\u202e\u200d\u0301"), max_size=120).map(str.encode)


@given(st.binary(max_size=80) | TEXTS, st.integers(0, 130), st.integers(0, 60), st.integers(20, 60))
@example(b"x" * 100, 90, 5, 20)
@example("日".encode() * 40, 60, 30, 21)
def test_any_place_in_any_bytes_is_drawn_within_the_width(
    source: bytes, start: int, length: int, width: int
) -> None:
    start = min(start, len(source))
    span = Span(start, min(start + length, len(source)))
    lines = plain(frame(Positions(source), span, "", "error", page=Page(None, width), context=2)).split("\n")[
        :-1
    ]
    assert 2 <= len(lines) <= 4
    assert re.fullmatch(r" *\| +\^+", lines[-1])
    for line in lines:
        assert cell_len(line) <= width + GUTTER
        assert visible(line) == line


@given(
    st.text(st.sampled_from("ab\té日👍\x1b "), max_size=200), st.text(st.sampled_from("ab日"), max_size=60)
)
def test_carets_stand_under_the_marked_text(before: str, after: str) -> None:
    source = f"{before}MARKED{after}".encode()
    start = len(before.encode())
    code, carets = plain(
        frame(Positions(source), Span(start, start + 6), "", "error", page=Page(None, 80), context=0)
    ).splitlines()
    assert cell_len(code[: code.index("MARKED")]) == carets.index("^")
    assert carets.count("^") == 6


@given(TEXTS, st.lists(st.tuples(st.integers(0, 120), st.integers(0, 9), st.text(max_size=5)), max_size=4))
def test_any_edits_of_any_source_are_drawn_within_the_width(
    source: bytes, wanted: list[tuple[int, int, str]]
) -> None:
    edits: list[Edit] = []
    free = 0
    for start, length, text in sorted(wanted):
        if free <= start and start + length <= len(source):
            edits.append(Edit("/a.ts", Span(start, start + length), text))
            free = start + length
    pictures = Pictures(Places({"/a.ts": source}, "/"), 40)
    for line in plain(pictures.change(edits, "/a.ts", "a.ts:1:1")).split("\n"):
        assert cell_len(line) <= 40 + GUTTER
        assert visible(line) == line
