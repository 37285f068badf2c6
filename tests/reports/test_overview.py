"""The report of a terminal when there is much to say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convexlint.findings import Category, Concern, Diagnostic, Edit, Finding, Fix, Level, Span
from convexlint.reports.overview import MOST_LINES, Step, is_long, overview
from convexlint.reports.paint import Line, plain
from convexlint.reports.wrap import height
from tests.reports.outcomes import HOME, MESSAGES, outcome

SOURCE = b"".join(b"    const value%d = await ctx.db.query('messages').collect();\n" % n for n in range(400))
STARTS = [0, *(end + 1 for end, byte in enumerate(SOURCE) if byte == 10)]
STEPS = [
    Step("convexlint check --select a-rule", "begin here"),
    Step("convexlint check --fix", "mends some"),
    Step("convexlint check --write-baseline", "takes the findings of today for known"),
    Step("convexlint init", "settings"),
]
CLOSING: list[Line] = [[("Found all of them.", "")]]


def found(
    rule: str, number: int, level: Level, concern: Concern, message: str = "wrong", fix: bool = False
) -> Diagnostic:
    span = Span(STARTS[number] + 4, STARTS[number] + 9)
    made = Fix.safe("mend it", Edit(MESSAGES, span, "x")) if fix else None
    return Diagnostic(
        rule, Category.QUERIES, level, Finding(MESSAGES, span, message, help="do so", fix=made), concern
    )


def shown(*diagnostics: Diagnostic, width: int = 100) -> list[str]:
    of = outcome(*diagnostics, sources={MESSAGES: SOURCE})
    return plain(overview(of, HOME, CLOSING, width=width, steps=STEPS)).splitlines()


def test_more_than_fifty_findings_of_several_rules_are_long() -> None:
    one = [found("a", n, Level.WARNING, Concern.COST) for n in range(60)]
    assert not is_long(outcome(*one))
    assert is_long(outcome(*one, found("b", 61, Level.INFO, Concern.COST)))
    assert not is_long(outcome(*one[:49], found("b", 61, Level.INFO, Concern.COST)))


def test_errors_come_first_five_with_their_code_then_rules_by_what_they_are_about() -> None:
    errors = [found(f"error-{n % 3}", n, Level.ERROR, Concern.FAILURE) for n in range(9)]
    style = [found("style", n, Level.WARNING, Concern.STYLE, fix=n < 3) for n in range(30)]
    cost = [found("cost", n, Level.WARNING, Concern.COST) for n in range(2)]
    security = [found("security", n, Level.WARNING, Concern.SECURITY, fix=True) for n in range(2)]
    lines = shown(*style, *cost, *security, *errors)
    assert sum("^^^^^ wrong" in line for line in lines) == 5
    assert sum(": error error-" in line for line in lines) == 4
    heads = [line for line in lines if line in ("security", "what costs", "style", "more errors")]
    assert heads == ["security", "what costs", "style"]
    assert any(line.split() == ["30", "style", "3", "fixable", "convex/messages.ts:1"] for line in lines)
    assert any(line.split() == ["2", "security", "all", "fixable", "convex/messages.ts:1"] for line in lines)
    assert lines[-7:-1] == [
        "Start here",
        "  convexlint check --select a-rule    begin here",
        "  convexlint check --fix              mends some",
        "  convexlint check --write-baseline   takes the findings of today for known",
        "  convexlint init                     settings",
        "",
    ]
    assert lines[-1] == "Found all of them."


def test_each_rule_has_an_error_with_its_code_before_any_has_a_second() -> None:
    errors = [found("much", n, Level.ERROR, Concern.FAILURE) for n in range(60)]
    lines = shown(*errors, found("little", 3, Level.ERROR, Concern.FAILURE))
    assert sum("  error  little" in line for line in lines) == 1
    assert any(line.split()[1:2] == ["much"] for line in lines), "errors that were not told are counted"


def test_security_comes_before_other_errors() -> None:
    errors = [found("fails", n, Level.ERROR, Concern.FAILURE) for n in range(60)]
    lines = shown(*errors, found("hole", 3, Level.ERROR, Concern.SECURITY))
    assert "  error  hole" in lines[0]


LEVELS = st.sampled_from(list(Level))
WORDS = st.lists(st.text("abc", min_size=1, max_size=14), min_size=1, max_size=60).map(" ".join)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 120), LEVELS, st.sampled_from(list(Concern)), st.integers(0, 390), WORDS),
        min_size=51,
        max_size=200,
    ),
    st.sampled_from([60, 80, 100, 160]),
)
def test_any_findings_fit_and_no_word_is_broken(
    wanted: list[tuple[int, Level, Concern, int, str]], width: int
) -> None:
    of = outcome(
        *(
            found(f"rule-{rule}", number, level, concern, words)
            for rule, level, concern, number, words in wanted
        ),
        sources={MESSAGES: SOURCE},
    )
    lines = overview(of, HOME, CLOSING, width=width, steps=STEPS)
    assert sum(height(line, width) for line in lines) <= MOST_LINES
    assert all(height(line, width) == 1 for line in lines)
    known = {word for *_, words in wanted for word in words.split()}
    for line in plain(lines).splitlines():
        for word in line.split():
            if set(word) <= set("abc"):
                assert word in known or word == "a"


@pytest.mark.parametrize("width", [60, 80, 160])
def test_statistics_take_the_place_of_the_rules(width: int) -> None:
    of = outcome(*(found(f"rule-{n}", n, Level.WARNING, Concern.COST) for n in range(60)))
    table: list[Line] = [[(f"row {n}", "")] for n in range(60)]
    lines = plain(overview(of, HOME, CLOSING, width=width, steps=STEPS, table=table)).splitlines()
    assert sum(line.startswith("row ") for line in lines) == 60
    assert "what costs" not in lines
