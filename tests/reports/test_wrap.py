"""Lines that fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from convexlint.reports.paint import plain
from convexlint.reports.wrap import wrap


def test_what_does_not_fit_goes_on_below_with_an_indent() -> None:
    line = [("   = ", "dim"), ("help: ", "path"), ("one two three four", "")]
    assert plain(wrap(line, 18, 5)) == "   = help: one two\n     three four\n"
    assert wrap(line, None, 5) == [line] and wrap(line, 80, 5) == [line]


def test_a_word_of_several_styles_stays_together() -> None:
    line = [("aaaa bb", "path"), ("bb", "error"), (" cc", "")]
    assert plain(wrap(line, 7, 2)) == "aaaa\n  bbbb\n  cc\n"


def test_a_word_that_is_too_wide_has_a_line_of_its_own() -> None:
    assert plain(wrap([("to aaaaaaaaaaaa it", "")], 6, 2)) == "to\n  aaaaaaaaaaaa\n  it\n"


PIECES = st.lists(
    st.tuples(st.text("ab 日", max_size=30), st.sampled_from(["", "dim", "error"])), min_size=1, max_size=6
)


@given(PIECES, st.integers(10, 60), st.integers(0, 6))
def test_no_word_is_broken_lost_or_moved(line: list[tuple[str, str]], width: int, hang: int) -> None:
    whole = plain([line])
    lines = plain(wrap(line, width, hang)).splitlines()
    assert [word for part in lines for word in part.split()] == whole.split()
    for part in lines:
        assert cell_len(part.rstrip()) <= width or len(part.split()) == 1
