"""`make new-rule` writes the two files of a rule, and says no where there is a rule or no such category."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.new_rule import create


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for category in ("queries", "schema"):
        folder = tmp_path / "src/convexlint/rules" / category
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("", encoding="utf-8")
    return tmp_path


def test_check_and_card_are_written(house: Path) -> None:
    check, card = create("no-wild-reads", "queries", house)
    assert check == house / "src/convexlint/rules/queries/no_wild_reads.py"
    assert card == house / "rules/no-wild-reads.md"
    assert "Category.QUERIES" in check.read_text(encoding="utf-8")
    assert card.read_text(encoding="utf-8").startswith("# no-wild-reads\n")


@pytest.mark.parametrize(
    ("name", "category", "problem"),
    [
        ("NoWildReads", "queries", "kebab-case"),
        ("no-wild-reads", "quieries", "there are queries, schema"),
        ("no-wild-reads", "", "no category"),
    ],
)
def test_names_that_cannot_be_rules_are_refused(house: Path, name: str, category: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        create(name, category, house)


def test_an_existing_rule_is_not_overwritten(house: Path) -> None:
    check, _ = create("no-wild-reads", "queries", house)
    check.write_text("mine\n", encoding="utf-8")
    with pytest.raises(ValueError, match="exists already"):
        create("no-wild-reads", "queries", house)
    assert check.read_text(encoding="utf-8") == "mine\n"
