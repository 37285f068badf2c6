"""What --fix says of its work, file by file."""

from __future__ import annotations

from convexlint.findings import Edit, Fix, Span
from convexlint.reports.paint import plain
from convexlint.reports.repairs import repairs
from convexlint.session import Fixed, Left, Outcome, Reason
from tests.reports.outcomes import HOME, MESSAGES, SCHEMA, outcome


def told(of: Outcome, width: int = 100) -> str:
    return plain(repairs(of, HOME, width=width))


def fixed(rule: str, home: str, *others: str) -> Fixed:
    return Fixed(rule, home, Fix.safe("t", *(Edit(path, Span(0, 1), "x") for path in (home, *others))))


def left(reason: Reason, words: str = "why", rule: str = "some-rule", start: int = 0) -> Left:
    return Left(rule, MESSAGES, start, "title", reason, words)


def test_nothing_done_is_nothing_told() -> None:
    assert told(outcome()) == ""


def test_each_file_has_the_rules_whose_findings_were_fixed() -> None:
    done = (
        fixed("explicit-table-ids", MESSAGES),
        fixed("no-floating-promise", MESSAGES),
        fixed("explicit-table-ids", MESSAGES),
        fixed("no-filter-in-query", MESSAGES, SCHEMA),
        fixed("index-naming", SCHEMA, MESSAGES),
    )
    assert told(outcome(fixed=done, before={MESSAGES: b"", SCHEMA: b""})) == (
        "Fixed 5 findings in 2 files:\n"
        "  convex/messages.ts: 2 \u00d7 explicit-table-ids, 1 \u00d7 no-filter-in-query,"
        " 1 \u00d7 no-floating-promise,\n"
        "      for other files: 1 \u00d7 index-naming\n"
        "  convex/schema.ts: 1 \u00d7 index-naming, for other files: 1 \u00d7 no-filter-in-query\n"
    )


def test_a_file_that_a_fix_does_not_change_is_not_said_to_be_fixed() -> None:
    elsewhere = Fixed("a-rule", MESSAGES, Fix.safe("t", Edit(SCHEMA, Span(0, 1), "x")))
    assert told(outcome(fixed=(elsewhere,), before={SCHEMA: b""})) == (
        "Fixed 1 finding in 1 file:\n  convex/schema.ts: for other files: 1 \u00d7 a-rule\n"
    )


def test_lists_are_broken_between_rules_at_a_narrow_terminal() -> None:
    done = tuple(fixed(f"some-long-rule-{letter}", MESSAGES) for letter in "abc")
    assert told(outcome(fixed=done, before={MESSAGES: b""}), width=46) == (
        "Fixed 3 findings in 1 file:\n"
        "  convex/messages.ts: 1 \u00d7 some-long-rule-a,\n"
        "      1 \u00d7 some-long-rule-b,\n"
        "      1 \u00d7 some-long-rule-c\n"
    )


def test_unsafe_fixes_are_counted_by_rule_with_the_way_to_get_them() -> None:
    some = (left(Reason.UNSAFE), left(Reason.UNSAFE, rule="other-rule"), left(Reason.UNSAFE))
    assert told(outcome(left=some)) == (
        "Left 3 unsafe fixes; --fix --unsafe-fixes applies them:\n  2 \u00d7 some-rule, 1 \u00d7 other-rule\n"
    )
    assert told(outcome(left=some[:1])) == (
        "Left 1 unsafe fix; --fix --unsafe-fixes applies it:\n  1 \u00d7 some-rule\n"
    )


def test_every_other_reason_stands_with_its_place() -> None:
    some = (
        left(Reason.GUARDED, "`lib/x.ts` is generated, so no fix changes it", start=46),
        left(Reason.REFUSED, "it would leave a syntax error"),
        left(Reason.UNWRITABLE, "messages.ts: the file is write-protected"),
        left(Reason.UNFINISHED),
        left(Reason.ELSEWHERE),
    )
    assert told(outcome(left=some)) == (
        "Left 1 fix that was tried and taken back:\n"
        "  convex/messages.ts:1:1 some-rule: it would leave a syntax error\n"
        "Left 1 fix that could not be written:\n"
        "  convex/messages.ts:1:1 some-rule: messages.ts: the file is write-protected\n"
        "Left 1 fix of a file that is not to be changed:\n"
        "  convex/messages.ts:2:2 some-rule: `lib/x.ts` is generated, so no fix changes it\n"
        "Left 1 fix that changes other files than stdin:\n"
        "  1 \u00d7 some-rule\n"
        "Left 1 fix that --fix reaches when run again:\n"
        "  1 \u00d7 some-rule\n"
    )


def test_many_places_are_counted() -> None:
    some = tuple(left(Reason.REFUSED, start=at) for at in range(12))
    text = told(outcome(left=some))
    assert text.startswith("Left 12 fixes that were tried and taken back:\n")
    assert text.count("some-rule") == 10
    assert text.endswith("  and 2 more\n")


def test_what_files_are_called_cannot_steer_the_terminal() -> None:
    odd = f"{HOME}/convex/\x1b[2J.ts"
    done = outcome(fixed=(fixed("a-rule", odd),), before={odd: b""}, sources={odd: b""})
    assert "\\x1b[2J.ts: 1 \u00d7 a-rule" in told(done)
