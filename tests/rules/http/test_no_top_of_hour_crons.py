"""Which cron expressions fire at the top of the hour."""

from __future__ import annotations

import pytest

from convexlint.rules.http.no_top_of_hour_crons import fires_at_zero


@pytest.mark.parametrize(
    "expression", ["0 * * * *", "00 4 * * *", "0-5 * * * *", "0/30 * * * *", "5,0 * * * *", " 0\t4 * * * "]
)
def test_a_minute_item_that_starts_at_zero_fires_at_the_top_of_the_hour(expression: str) -> None:
    assert fires_at_zero(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "* * * * *",
        "*/15 * * * *",
        "10 0 * * *",
        "5-0 * * * *",
        "01 * * * *",
        "0 * * *",
        "0 0 * * * *",
        "@hourly",
        "",
    ],
)
def test_stars_other_minutes_and_other_grammars_are_left_alone(expression: str) -> None:
    assert not fires_at_zero(expression)
