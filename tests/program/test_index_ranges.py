"""Ranges of database indexes: what Convex refuses, what only TypeScript refuses, and what is fine."""

from __future__ import annotations

import pytest

from convexlint.findings import Span
from convexlint.program.convex.index_ranges import range_problem, sorted_range
from convexlint.program.model import RangePart

FIELDS = ("a", "b", "c", "_creationTime", "_id")


def parts(text: str) -> tuple[RangePart, ...]:
    """ "eq a, gt b" as parts; "?" is a field that is not known."""
    made = []
    for number, part in enumerate(p.split() for p in text.split(", ") if p):
        field = None if part[1] == "?" else part[1]
        made.append(RangePart(part[0], field, Span(number, number + 1)))
    return tuple(made)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "eq a",
        "eq a, eq b, eq c, eq _creationTime, eq _id",
        "gt a",
        "gte a, lt a",
        "eq a, gt b, lte b",
        "eq a, eq b, eq c, gt _creationTime",
        "eq ?, eq c",
    ],
)
def test_a_prefix_of_the_index_is_fine_and_what_is_not_known_is_left_alone(text: str) -> None:
    assert range_problem(parts(text), FIELDS) is None


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("eq x", 0, "`x` is not one of its fields"),
        ("eq a, eq c", 1, "`c` comes after `b`, which the range skips"),
        ("gt b", 0, "`b` comes after `a`, which the range skips"),
        ("eq a, gt c", 1, "`c` comes after `b`, which the range skips"),
        ("gt a, eq b", 1, "`a`, which has only a bound"),
        ("eq a, gt b, lt c", 2, "inequalities on two fields, `b` and `c`"),
        ("gt a, gte a", 1, "`a` has two lower bounds"),
        ("eq a, lt b, lte b", 2, "`b` has two upper bounds"),
        ("eq a, eq a", 1, "`a` is compared by `eq` twice"),
        ("eq a, gt a", 0, "`a` is compared by `eq` and has a bound besides"),
        ("eq a, eq _creationTime", 1, "`_creationTime` comes after `b`, which the range skips"),
    ],
)
def test_a_range_that_convex_refuses_is_refused_at_the_part_to_blame(text: str, at: int, words: str) -> None:
    given = parts(text)
    problem = range_problem(given, FIELDS)
    assert problem is not None
    assert problem[0] is given[at]
    assert words in problem[1]


@pytest.mark.parametrize(
    ("text", "at"), [("eq b, eq a", 0), ("eq a, lt b, gt b", 1), ("gt c, eq a, eq b", 0), ("lt a, gte a", 0)]
)
def test_a_range_in_another_order_is_told_apart_by_an_empty_text(text: str, at: int) -> None:
    given = parts(text)
    assert range_problem(given, FIELDS) == (given[at], "")
    assert range_problem(sorted_range(given, FIELDS), FIELDS) is None
