"""The nearest known name: what somebody who mistyped it may have meant."""

from __future__ import annotations

import pytest

from convexlint.program.convex.near import nearest

TABLES = ("users", "userSettings", "messages")


@pytest.mark.parametrize(("name", "meant"), [("user", "users"), ("Users", "users"), ("mesages", "messages")])
def test_a_mistyped_name_finds_its_neighbour(name: str, meant: str) -> None:
    assert nearest(name, TABLES) == meant


def test_what_is_like_nothing_finds_nothing() -> None:
    assert nearest("invoices", TABLES) is None
    assert nearest("users", ()) is None


def test_of_equals_the_first_in_the_alphabet_wins_whatever_the_order_given() -> None:
    assert nearest("tabl", ("tablz", "tabla")) == nearest("tabl", ("tabla", "tablz")) == "tabla"
