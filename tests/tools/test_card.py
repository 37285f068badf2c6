"""`make card NAME=x UPDATE=1`: marks are drawn where the rule reports, and right ones stay as they are."""

from __future__ import annotations

import pytest

from convexlint.rules.card import cards_folder
from convexlint.rules.loader import rules_by_name
from tools.card import draw

RULES = rules_by_name()


@pytest.mark.parametrize(
    "name",
    ["no-run-in-loop", "no-filter-in-query", "duplicate-http-route", "unused-suppression", "invalid-cron"],
)
def test_marks_that_are_right_stay(name: str) -> None:
    text = (cards_folder() / f"{name}.md").read_text(encoding="utf-8")
    assert draw(RULES[name], text) == text


@pytest.mark.parametrize("name", ["no-run-in-loop", "no-filter-in-query", "invalid-cron"])
def test_a_card_without_marks_gets_them_at_the_same_places(name: str) -> None:
    text = (cards_folder() / f"{name}.md").read_text(encoding="utf-8")
    assert any(map(_is_mark, text.splitlines()))
    bare = "".join(line for line in text.splitlines(keepends=True) if not _is_mark(line))
    drawn = draw(RULES[name], bare)
    assert [_place(line) for line in drawn.splitlines() if _is_mark(line)] == [
        _place(line) for line in text.splitlines() if _is_mark(line)
    ]
    assert draw(RULES[name], drawn) == drawn


def test_a_mark_with_wrong_words_gets_the_message_and_the_level() -> None:
    text = (cards_folder() / "no-run-in-loop.md").read_text(encoding="utf-8")
    wrong = text.replace("warning: runs `tags:add` once per element", "error: does something else", 1)
    drawn = draw(RULES["no-run-in-loop"], wrong)
    assert drawn != wrong
    assert "^^^^ warning: runs `tags:add` once per element" in drawn
    assert "does something else" not in drawn


def _is_mark(line: str) -> bool:
    return line.strip().removeprefix("//").startswith("^")


def _place(line: str) -> tuple[int, int]:
    return line.index("^"), line.count("^")
