"""The honest last lines."""

from __future__ import annotations

from msgspec.structs import replace

from convexlint.findings import Edit, Fix, Span
from convexlint.reports.footer import footer
from convexlint.reports.paint import plain
from convexlint.reports.summary import counted
from convexlint.session import Baselined, Fixed, Outcome
from tests.reports.outcomes import FILTER, HOME, IDS, MESSAGES, RETURNS, SCHEMA, UNREADABLE, outcome


def closing(of: Outcome, seconds: float | None = None, fixing: bool = False) -> str:
    return plain(footer(of, HOME, seconds=seconds, fixing=fixing))


def test_counts_by_level_files_and_fixes() -> None:
    assert closing(outcome(RETURNS, FILTER, IDS, UNREADABLE, files=42)) == (
        "Found 2 errors, 1 warning, 1 info in 2 of 42 files. "
        "1 fixable with --fix, 1 more with --unsafe-fixes.\n"
    )


def test_levels_without_findings_are_left_out() -> None:
    assert closing(outcome(IDS)) == "Found 1 info in 1 of 2 files.\n"


def test_unsafe_fixes_alone_are_named_with_both_options() -> None:
    assert closing(outcome(FILTER)).endswith("1 fixable with --fix --unsafe-fixes.\n")


def test_time_is_printed_when_given() -> None:
    assert closing(outcome(), seconds=0.2146) == "No problems found in 2 files (0.21s).\n"


def test_names_what_was_not_followed_skipped_and_suppressed() -> None:
    dynamic = ("dynamic table name", MESSAGES, 3)
    assert closing(
        outcome(
            suppressed=1,
            notes=(dynamic, ("schema that cannot be read", SCHEMA, 0), dynamic),
            skipped=((f"{HOME}/convex/a.test.ts", "never pushed by Convex"),),
        )
    ) == (
        "No problems found in 2 files.\n"
        "Not followed: 2 dynamic table names, 1 schema that cannot be read (--verbose lists them).  "
        "Skipped: convex/a.test.ts (never pushed by Convex).  1 finding suppressed.\n"
    )


def test_many_skipped_files_are_counted() -> None:
    skipped = tuple((f"{HOME}/convex/{i}.ts", "excluded") for i in range(4))
    assert "4 files skipped (--verbose lists them)." in closing(outcome(skipped=skipped))


def test_nothing_read_is_not_praised() -> None:
    text = closing(outcome(files=0, skipped=((f"{HOME}/convex/_generated/api.d.ts", "generated"),)))
    assert text == "No files were checked.\nSkipped: convex/_generated/api.d.ts (generated).\n"


def test_a_run_that_fixed_everything_says_so() -> None:
    done = Fixed("r", MESSAGES, Fix.safe("t", Edit(MESSAGES, Span(0, 0), "x")))
    none = outcome(fixed=(done,), before={MESSAGES: b"x"})
    assert closing(none, fixing=True) == "No problems left in 2 files.\n"


def test_a_finding_in_a_file_that_is_no_module_does_not_count_among_modules() -> None:
    assert closing(outcome(UNREADABLE, files=0)) == "Found 1 error in 1 file.\n"


def test_nouns_get_their_plural_in_the_right_place() -> None:
    assert counted(1, "dynamic table name") == "1 dynamic table name"
    assert counted(2, "helper without a body") == "2 helpers without a body"
    assert counted(0, "query") == "0 queries"
    assert counted(3, "index of another table") == "3 indexes of another table"


def test_what_the_baseline_knows_and_what_is_gone() -> None:
    known = replace(outcome(), baseline=Baselined(known=1, gone=2))
    text = plain(footer(known, HOME, seconds=None, fixing=False))
    assert "1 finding known from the baseline.  2 findings of the baseline are gone (--write-baseline" in text
