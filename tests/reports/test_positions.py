"""Offsets to lines and columns."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convexlint.reports.positions import Position, Positions

BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("source", "offset", "line", "column"),
    [
        (b"", 0, 1, 1),
        (b"ab", 1, 1, 2),
        (b"ab", 2, 1, 3),
        (b"a\nb", 2, 2, 1),
        (b"a\n", 2, 2, 1),
        (b"a\r\nb", 3, 2, 1),
        (b"a\rb", 2, 2, 1),
        (b"a\r\r\nb", 4, 3, 1),
        (b"a\n\rb", 3, 3, 1),
        ("é=x".encode(), 3, 1, 3),
        ("日本x".encode(), 6, 1, 3),
        ("👍x".encode(), 4, 1, 2),
        (BOM + b"ab", 3, 1, 1),
        (BOM + b"ab", 4, 1, 2),
        (BOM + b"ab", 0, 1, 1),
        (BOM + b"a\nb", 5, 2, 1),
        ("a\u2028b".encode(), 4, 1, 3),
    ],
)
def test_line_and_column_of_an_offset(source: bytes, offset: int, line: int, column: int) -> None:
    assert Positions(source).at(offset) == Position(line, column, offset)


def test_an_offset_between_cr_and_lf_is_the_end_of_its_line() -> None:
    assert Positions(b"ab\r\nc").at(3) == Position(1, 3, 3)


def test_an_offset_inside_a_character_is_its_start() -> None:
    source = "a日b".encode()
    assert [Positions(source).at(offset).column for offset in range(6)] == [1, 2, 2, 2, 3, 4]


def test_an_offset_beyond_the_file_is_its_end() -> None:
    assert Positions(b"a\nbc").at(99) == Position(2, 3, 4)


def test_lines_are_cut_without_their_ends() -> None:
    positions = Positions(BOM + b"one\r\ntwo\rthree\n")
    lines = [positions.source[slice(*positions.line_span(n))] for n in range(1, positions.line_count + 1)]
    assert lines == [b"one", b"two", b"three", b""]


@given(st.text(st.sampled_from("ab\n\r\t é日👍\u2028\x0b"), max_size=60), st.booleans())
def test_agrees_with_counting_in_decoded_text(text: str, bom: bool) -> None:
    source = (BOM if bom else b"") + text.encode()
    positions = Positions(source)
    for index in range(len(text) + 1):
        if text[index - 1 : index + 1] == "\r\n" and index:
            continue  # inside of one line end
        before = re.split("\r\n|\r|\n", text[:index])
        offset = len(text[:index].encode()) + (3 if bom else 0)
        assert positions.at(offset) == Position(len(before), len(before[-1]) + 1, offset)


@given(st.text(max_size=40).map(str.encode), st.integers(4000, 4200))
def test_a_long_line_counts_alike_on_both_sides_of_a_checkpoint(tail: bytes, size: int) -> None:
    source = "é".encode() * size + re.sub(b"[\r\n]", b"", tail)
    assert Positions(source).at(len(source)).column == 1 + len(source.decode())


@given(st.binary(max_size=60))
def test_any_bytes_have_positions_that_never_go_back(source: bytes) -> None:
    positions = Positions(source)
    places = [positions.at(offset)[:2] for offset in range(len(source) + 1)]
    assert places == sorted(places)
    assert places[0] == (1, 1)


@given(st.lists(st.integers(-1, 90_000), max_size=30), st.booleans())
def test_the_order_of_questions_does_not_matter(offsets: list[int], lines: bool) -> None:
    source = "".join(f"const é{number} = 1;\n" for number in range(4000)).encode()
    positions = Positions(source)
    for number, offset in enumerate(offsets):
        assert positions.at(offset) == Positions(source).at(offset)
        if lines and number == 10:
            assert positions.line_count == 4001


def test_thousands_of_places_in_a_line_of_megabytes_take_no_time() -> None:
    source = "const a = 'é'; ".encode() * 300_000
    begun = time.perf_counter()
    positions = Positions(source)
    for offset in range(0, len(source), len(source) // 5000):
        positions.at(offset)
    assert time.perf_counter() - begun < 2
