"""Findings per rule, and what --verbose adds."""

from __future__ import annotations

from convexlint.reports.paint import plain
from convexlint.reports.statistics import statistics
from convexlint.reports.verbose import verbose
from tests.reports.outcomes import FILTER, HOME, IDS, MESSAGES, RETURNS, outcome


def test_rules_with_most_findings_come_first_then_the_score() -> None:
    of = outcome(IDS, FILTER, *[RETURNS] * 10, functions=100)
    assert plain(statistics(of)) == (
        "10  error    require-returns-validator  10 fixable\n"
        " 1  info     no-collect-in-query\n"
        " 1  warning  no-filter-in-query         1 with --unsafe-fixes\n"
        "Score: 95 of 100\n"
    )


def test_without_findings_there_is_the_score() -> None:
    assert plain(statistics(outcome())) == "Score: 100 of 100\n"


def test_verbose_lists_places_skipped_files_and_the_time_of_each_stage() -> None:
    of = outcome(
        notes=(("dynamic table name", f"{HOME}/convex/other.ts", 9), ("dynamic table name", MESSAGES, 46)),
        skipped=((f"{HOME}/convex/a.test.ts", "never pushed by Convex"),),
        timings={"discover": 0.0123, "parse": 1.5},
    )
    assert plain(verbose(of, HOME)) == (
        "note: convex/messages.ts:2:2: not followed: dynamic table name\n"
        "note: convex/other.ts: not followed: dynamic table name\n"
        "note: convex/a.test.ts: skipped: never pushed by Convex\n"
        "time: discover      12.3 ms\n"
        "time: parse       1500.0 ms\n"
    )
