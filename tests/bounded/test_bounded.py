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
