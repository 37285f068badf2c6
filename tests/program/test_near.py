"""The nearest known name: what somebody who mistyped it may have meant."""

from __future__ import annotations

import pytest

from convexlint.program.convex.near import nearest, nearest_function

TABLES = ("users", "userSettings", "messages")


@pytest.mark.parametrize(("name", "meant"), [("user", "users"), ("Users", "users"), ("mesages", "messages")])
def test_a_mistyped_name_finds_its_neighbour(name: str, meant: str) -> None:
    assert nearest(name, TABLES) == meant


def test_what_is_like_nothing_finds_nothing() -> None:
    assert nearest("invoices", TABLES) is None
    assert nearest("users", ()) is None


def test_of_equals_the_first_in_the_alphabet_wins_whatever_the_order_given() -> None:
    assert nearest("tabl", ("tablz", "tabla")) == nearest("tabl", ("tabla", "tablz")) == "tabla"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("tasks:lst", "tasks:list"),
        ("taskz:list", "tasks:list"),
        ("task:lists", "tasks:list"),
        ("threads:create", "threads:createThread"),
        ("threads:getThread", "threads:get"),
        ("old/mail:send", "mail/out:send"),
        ("tasks:close", "tasks:closeInternal"),
        ("tasks:listQuery", "tasks:list"),
        ("tasks:nope", None),
        ("tasks:gone", None),
        ("users:create", None),
    ],
)
def test_a_function_is_near_by_its_module_and_by_its_name(path: str, found: str | None) -> None:
    known = (
        "tasks:list",
        "tasks:page",
        "tasks:closeInternal",
        "threads:createThread",
        "threads:get",
        "mail/out:send",
    )
    assert nearest_function(path, known) == found


def test_a_name_that_two_modules_have_is_near_to_neither() -> None:
    assert nearest_function("old:send", ("mail:send", "push:send")) is None
