"""Index names and their fields."""

from __future__ import annotations

import pytest

from convexlint.program.convex.naming import is_usable, names_its_fields, prevailing_style

ANY = {"prefix": "any", "separator": "any", "casing": "any", "scope": "all"}


@pytest.mark.parametrize(
    "name",
    [
        "by_userId_and_status",
        "by_user_id_status",
        "byUserIdStatus",
        "userIdAndStatus",
        "ix_user_id_and_status",
    ],
)
def test_any_common_style_names_its_fields(name: str) -> None:
    assert names_its_fields(name, ("userId", "status"), **ANY)


@pytest.mark.parametrize(
    "name", ["by_user_and_status", "by_userId", "by_status_userId", "by_userId_status_at"]
)
def test_missing_shortened_reordered_or_further_words_do_not_name_the_fields(name: str) -> None:
    assert not names_its_fields(name, ("userId", "status"), **ANY)


def test_dots_of_nested_fields_count_as_underscores() -> None:
    assert names_its_fields("by_address_city", ("address.city",), **{**ANY, "casing": "exact"})


def test_characters_of_a_prefix_mean_themselves() -> None:
    assert not names_its_fields("byxuser", ("user",), **{**ANY, "prefix": "by.", "casing": "exact"})


def test_exact_casing_wants_prefix_and_separator_as_they_are() -> None:
    house = {"prefix": "by_", "separator": "_and_", "casing": "exact", "scope": "all"}
    assert names_its_fields("by_userId_and_status", ("userId", "status"), **house)
    assert not names_its_fields("by_user_id_and_status", ("userId", "status"), **house)
    assert not names_its_fields("by_userId_status", ("userId", "status"), **house)
    assert not names_its_fields("userId_and_status", ("userId", "status"), **house)


def test_an_empty_prefix_refuses_a_prefix() -> None:
    bare = {**ANY, "prefix": "", "separator": "_"}
    assert names_its_fields("user_status", ("user", "status"), **bare)
    assert not names_its_fields("by_user_status", ("user", "status"), **bare)


def test_scope_first_accepts_whatever_follows_the_first_field() -> None:
    first = {**ANY, "scope": "first"}
    assert names_its_fields("by_user", ("user", "status"), **first)
    assert names_its_fields("by_user_newest", ("user", "status"), **first)
    assert not names_its_fields("by_status", ("user", "status"), **first)


def test_the_style_of_most_names_prevails() -> None:
    names = [("by_a_b", ("a", "b")), ("by_c_d", ("c", "d")), ("by_e_and_f", ("e", "f")), ("x", ("g",))]
    style = prevailing_style(names, prefix="any", separator="any", casing="any")
    assert style.name(("userId", "status")) == "by_userId_status"


def test_snake_case_projects_get_snake_case_names() -> None:
    names = [("by_user_id", ("userId",)), ("by_team_id", ("teamId",)), ("by_name", ("name",))]
    style = prevailing_style(names, prefix="any", separator="any", casing="any")
    assert style.name(("ownerId", "status")) == "by_owner_id_and_status"


def test_how_names_join_words_counts_where_none_names_its_fields() -> None:
    style = prevailing_style([("kind_of", ("userId", "kind"))], prefix="any", separator="any", casing="any")
    assert style.name(("userId", "status")) == "userId_status"


@pytest.mark.parametrize("name", ["newest", "by_writer"])
def test_a_name_without_form_teaches_nothing(name: str) -> None:
    style = prevailing_style([(name, ("author", "sentAt"))], prefix="any", separator="any", casing="any")
    assert style.name(("userId", "status")) == "by_userId_and_status"


def test_without_names_to_learn_from_the_guideline_of_convex_prevails() -> None:
    style = prevailing_style([], prefix="any", separator="any", casing="any")
    assert style.name(("userId", "status")) == "by_userId_and_status"


def test_what_is_prescribed_wins_over_what_is_common() -> None:
    names = [("by_a_b", ("a", "b"))]
    style = prevailing_style(names, prefix="", separator="_and_", casing="exact")
    assert style.name(("userId", "status")) == "userId_and_status"


@pytest.mark.parametrize("name", ["by_id", "by_creation_time", "_hidden", "1st", "a" * 65, ""])
def test_names_that_convex_refuses_are_not_usable(name: str) -> None:
    assert not is_usable(name)


def test_sixty_four_characters_are_usable() -> None:
    assert is_usable("a" * 64)
