"""No legal program keeps convexlint busy for long: work grows with the text, whatever names what how often."""

from __future__ import annotations

import pytest

from tests.bounded.measure import growth, seconds
from tests.bounded.nasty import MAKERS, star_ring

TOLERANCE = 0.25
"""Of the exponent, for the noise of short runs on a busy machine; a square would be off by 1."""

ROWS = {
    "star_ring": 40,
    "star_clique": 8,
    "star_diamond": 20,
    "helper_clique": 6,
    "helper_clique_over_files": 6,
    "spread_twice": 12,
    "plain_spread_twice": 12,
    "union_twice": 16,
    "data_twice": 16,
    "type_twice": 16,
    "generic_twice": 16,
    "helper_chain": 30,
    "helper_fan": 20,
    "object_chain": 20,
    "classes": 20,
    "routes": 20,
    "big_switch": 25,
    "variables_of_each_other": 20,
}
"""For each maker, the size from which it is grown eight times."""


@pytest.fixture(scope="module", autouse=True)
def _everything_imported() -> None:
    seconds(star_ring(2))


@pytest.mark.parametrize("name", sorted(ROWS))
def test_time_grows_with_the_text(name: str) -> None:
    exponent, last = growth(MAKERS[name], ROWS[name])
    assert last < 2
    assert exponent < 1.15 + TOLERANCE
