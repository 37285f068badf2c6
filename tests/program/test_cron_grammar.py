"""Which cron expressions Convex's backend takes."""

from __future__ import annotations

import pytest

from convexlint.program.convex.cron_grammar import cron_problem


@pytest.mark.parametrize(
    "expression",
    [
        "* * * * *",
        "0 0 * * *",
        "00 04 01 01 0",
        "59 23 31 12 6",
        "*/15 * * * *",
        "5/10 * * * *",
        "10-50/20 * * * *",
        "*/60 */24 */31 */12 */7",
        "*/5,7 * * * *",
        "0,30 9-17 * * MON-FRI",
        "0 22-2 * * *",
        "0 0 * * fri-mon",
        "0 0 * jan,Jul *",
        "0 0 * DEC-FEB *",
        "0\t0  *\t*  *",
        "0 0 L * *",
        "0 0 L-3 * *",
        "0 0 15W * *",
        "0 0 LW * *",
        "0 0 * * L",
        "0 0 * * 5L",
        "0 0 * * FRIL",
        "0 0 * * 1#5",
        "0 0 * * mon#1",
        "0 0 29 2 *",
        "0 0 31 2,3 *",
        "0 0 31 12-2 *",
        "0 0 31 2 1",
        "0 0 L-28 2 *",
        "0 0 30-2 2 *",
    ],
)
def test_the_grammar_takes(expression: str) -> None:
    assert cron_problem(expression) is None


@pytest.mark.parametrize(
    ("expression", "words", "part"),
    [
        ("", "empty", ""),
        (" 0 0 * * *", "white space", " 0 0 * * *"),
        ("0 0 * * * ", "white space", "0 0 * * * "),
        ("@daily", "nickname", "@daily"),
        ("0 0 * *", "4 fields", "0 0 * *"),
        ("daily", "1 field,", "daily"),
        ("0 0 0 * * *", "no seconds", "0 0 0 * * *"),
        ("0 0 * * * 2030", "6 fields", "0 0 * * * 2030"),
        ("60 * * * *", "0 to 59", "60"),
        ("0 24 * * *", "0 to 23", "24"),
        ("0 0 0 * *", "1 to 31", "0"),
        ("0 0 32 * *", "1 to 31", "32"),
        ("0 0 * 0 *", "JAN to DEC", "0"),
        ("0 0 * 13 *", "1 to 12", "13"),
        ("0 0 * * 7", "Sunday is `0`", "7"),
        ("0 0 * * 5-7", "Sunday is `0`", "5-7"),
        ("0 0 * MON *", "not a month", "MON"),
        ("0 0 * * JAN", "not a day of week", "JAN"),
        ("0 0 * * MONDAY", "not a day of week", "MONDAY"),
        ("0 0 ? * *", "`?`", "?"),
        ("*,5 * * * *", "stands alone", "*,5"),
        ("5,* * * * *", "stands alone", "5,*"),
        ("5,, * * * *", "empty", "5,,"),
        ("*/0 * * * *", "1 to 60", "*/0"),
        ("*/61 * * * *", "1 to 60", "*/61"),
        ("0 */25 * * *", "1 to 24", "*/25"),
        ("*-5 * * * *", "not a minute", "*-5"),
        ("-5 * * * *", "not a minute", "-5"),
        ("1.5 * * * *", "not a minute", "1.5"),
        ("5- * * * *", "not a minute", "5-"),
        ("L * * * *", "not a minute", "L"),
        ("0 0 32W * *", "not a day of month", "32W"),
        ("0 0 L,5 * *", "not a day of month", "L,5"),
        ("0 0 * * 1#6", "not a day of week", "1#6"),
        ("0 0 * * 7L", "not a day of week", "7L"),
        ("0 0 31 2 *", "no year", "31 2"),
        ("0 0 30 FEB *", "no year", "30 FEB"),
        ("0 0 31 4,6,9,11 *", "no year", "31 4,6,9,11"),
        ("0 0 30W 2 *", "no year", "30W 2"),
        ("0 0 L-29 2 *", "no year", "L-29 2"),
    ],
)
def test_the_grammar_refuses(expression: str, words: str, part: str) -> None:
    problem = cron_problem(expression)
    assert problem is not None
    assert words in problem.text
    assert expression[problem.start : problem.end] == part
