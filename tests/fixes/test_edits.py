"""Edits on bytes: what fits together, what comes out, where places move to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convexlint.findings import Edit, Fix, Span
from convexlint.fixes.edits import (
    EditError,
    FixSet,
    apply,
    apply_all,
    in_manner_of,
    line_ending,
    merge,
    moved,
)

PATH = "/p/convex/a.ts"


def edit(start: int, end: int, text: str = "", path: str = PATH) -> Edit:
    return Edit(path, Span(start, end), text)


def fix(*edits: Edit) -> Fix:
    return Fix.safe("Change it", *edits)


def test_replacements_side_by_side_fit() -> None:
    fits = FixSet()
    assert fits.add(fix(edit(0, 3, "a")))
    assert fits.add(fix(edit(3, 5, "b")))


def test_overlapping_replacements_do_not_fit_and_leave_the_set_as_it_was() -> None:
    fits = FixSet()
    assert fits.add(fix(edit(10, 20, "a")))
    assert not fits.add(fix(edit(0, 2, "b"), edit(19, 21, "b")))
    assert fits.add(fix(edit(0, 2, "c")))


def test_a_replacement_around_another_does_not_fit() -> None:
    fits = FixSet()
    assert fits.add(fix(edit(10, 12, "a")))
    assert not fits.add(fix(edit(5, 30, "b")))


def test_an_insertion_that_touches_a_replacement_waits_for_the_next_round() -> None:
    fits = FixSet()
    assert fits.add(fix(edit(10, 12, "a")))
    assert not fits.add(fix(edit(12, 12, "b")))
    assert not fits.add(fix(edit(10, 10, "b")))
    assert fits.add(fix(edit(13, 13, "b")))


def test_the_same_insertion_of_two_fixes_is_made_once() -> None:
    line = 'import { v } from "convex/values";\n'
    one, two = fix(edit(0, 0, line), edit(10, 12, "x")), fix(edit(0, 0, line), edit(20, 22, "y"))
    fits = FixSet()
    assert fits.add(one) and fits.add(two)
    assert merge([one, two])[PATH].count(edit(0, 0, line)) == 1


def test_different_insertions_at_one_place_conflict() -> None:
    fits = FixSet()
    assert fits.add(fix(edit(4, 4, "a")))
    assert not fits.add(fix(edit(4, 4, "b")))


def test_the_same_replacement_of_two_fixes_conflicts() -> None:
    fits = FixSet()
    assert fits.add(fix(edit(4, 6, "a")))
    assert not fits.add(fix(edit(4, 6, "a")))


def test_a_fix_whose_own_edits_overlap_is_not_taken() -> None:
    assert not FixSet().add(fix(edit(0, 5, "a"), edit(3, 8, "b")))


def test_fixes_of_several_files_are_applied_to_each() -> None:
    other = "/p/convex/schema.ts"
    both = fix(edit(0, 1, "A"), edit(1, 2, "B", other))
    assert apply_all({PATH: b"abc", other: b"xyz"}, [both]) == {PATH: b"Abc", other: b"xBz"}


def test_an_edit_outside_of_its_file_is_an_error() -> None:
    with pytest.raises(EditError, match=r"/p/convex/a\.ts"):
        apply(b"abc", [edit(2, 9, "x")])


def test_new_text_takes_the_line_ending_of_the_file() -> None:
    assert in_manner_of(b"one\r\ntwo\n", edit(0, 0, "a\nb\r\n")).text == "a\r\nb\r\n"
    assert in_manner_of(b"one\ntwo\r\n", edit(0, 0, "a\nb\n")).text == "a\nb\n"
    assert line_ending(b"one\rtwo") == "\r"
    assert line_ending(b"one line") == "\n"


def test_nothing_is_inserted_before_a_byte_order_mark() -> None:
    assert in_manner_of(b"\xef\xbb\xbfabc", edit(0, 0, "x")).span == Span(3, 3)


def test_a_place_behind_an_edit_moves_with_it_and_one_before_stays() -> None:
    edits = [edit(5, 8, "longer text")]
    assert moved(3, edits) == 3
    assert moved(5, edits) == 5
    assert moved(8, edits) == 16
    assert moved(20, edits) == 28


@given(
    st.binary(min_size=1, max_size=60),
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 60), st.sampled_from(["", "x", "yy\n"])), max_size=6
    ),
)
def test_whatever_fits_together_can_be_applied_and_keeps_the_bytes_around(
    source: bytes, wanted: list[tuple[int, int, str]]
) -> None:
    fits = FixSet()
    taken = []
    for a, b, text in wanted:
        start, end = sorted((min(a, len(source)), min(b, len(source))))
        one = fix(edit(start, end, text))
        if fits.add(one):
            taken.append(one)
    edits = merge(taken).get(PATH, ())
    result = apply(source, edits)
    grown = sum(len(e.text) - (e.span.end - e.span.start) for e in edits)
    assert len(result) == len(source) + grown
    for offset in range(len(source)):
        if all(not e.span.start <= offset < e.span.end for e in edits):
            assert result[moved(offset, edits)] == source[offset]


def declaring(**declared: str) -> Edit:
    return Edit.declaring(PATH, 4, {name.replace("lead", ""): text for name, text in declared.items()})


def test_declarations_of_several_fixes_stand_side_by_side_in_the_order_of_their_names() -> None:
    fits = FixSet()
    fixes = [fix(declaring(b="B", c="C")), fix(declaring(a="A", b="B")), fix(declaring(b="B"))]
    assert all(fits.add(one) for one in fixes)
    assert apply_all({PATH: b"0123456"}, fixes) == {PATH: b"0123ABC456"}
    assert merge(fixes) == merge(fixes[::-1])


@pytest.mark.parametrize(
    "other",
    [
        declaring(a="A", b="X"),
        declaring(lead="import", c="C"),
        edit(4, 4, "B"),
        edit(4, 4),
        edit(3, 5, "B"),
    ],
    ids=[
        "a name with another text",
        "with text that must stand first",
        "other text",
        "nothing",
        "a replacement",
    ],
)
def test_declarations_do_not_fit_with_what_says_something_else_there(other: Edit) -> None:
    fits = FixSet()
    assert fits.add(fix(declaring(b="B")))
    assert not fits.add(fix(other))
    assert fits.add(fix(declaring(c="C"))), "the set is as it was"


def test_an_import_that_both_need_stands_before_what_is_declared() -> None:
    fits = FixSet()
    fixes = [
        fix(declaring(lead="import;", b="B")),
        fix(declaring(lead="import;", a="A")),
        fix(edit(4, 4, "import;")),
    ]
    assert all(fits.add(one) for one in fixes)
    assert apply_all({PATH: b"0123456"}, fixes) == {PATH: b"0123import;AB456"}


def test_declarations_have_the_line_ending_of_the_file() -> None:
    made = in_manner_of(b"a\r\nb", declaring(a="\n\nA", b="\nB"))
    assert made.declared == (("a", "\r\n\r\nA"), ("b", "\r\nB"))
    assert made.text == "\r\n\r\nA\r\nB"
