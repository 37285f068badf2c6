"""What the house styles ask for is checked: each row where it is broken, and where it is to be left in peace."""

from __future__ import annotations

import pytest
import tomli

from convexlint.rules.loader import load_rules
from tests.checkout import fixtures
from tools import conventions
from tools.conventions import SHOWN_IN, Row
from tools.expected import FIXTURES
from tools.linter import ROOT, convexlint

PRESETS = ROOT / "src/convexlint/config/presets"
ROWS = conventions.rows()
HOUSES = list(dict.fromkeys(row.preset for row in ROWS))


def of_kind(kind: str) -> list[Row]:
    return [row for row in ROWS if row.kind == kind]


def turned_off(row: Row) -> list[str]:
    """The rules of a row that its preset turns off."""
    preset = tomli.loads((PRESETS / f"{row.preset}.toml").read_text(encoding="utf-8"))
    return [name for name in row.rules if preset["rules"].get(name) == "off"]


def test_each_house_has_all_of_its_rows() -> None:
    counts = [20, 39, 18, 38, 40]
    names = [f"S{house}-{at:02}" for house, count in enumerate(counts) for at in range(1, count + 1)]
    assert [row.name for row in ROWS] == names


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_names_rules_of_the_catalogue_or_says_why_it_has_none(row: Row) -> None:
    assert row.kind in ("flag", "accept", "out")
    assert (row.kind == "out") == (row.why is not None) == (not row.rules)
    assert set(row.rules) <= {rule.name for rule in load_rules()}


@pytest.mark.parametrize("row", of_kind("flag"), ids=lambda row: row.name)
def test_what_a_house_flags_is_found_where_it_is_broken(row: Row) -> None:
    project = FIXTURES / row.preset / SHOWN_IN[row.kind]
    places = [mark for mark in conventions.marks(project) if mark.row == row.name]
    assert places, f"nothing in {project} goes against {row.name}"
    found = [each for each in conventions.findings(project) if each.rule in row.rules]
    for place in places:
        assert any(each.at(place) for each in found), f"no finding of {row.rules} at {place.place}"


@pytest.mark.parametrize("row", of_kind("accept"), ids=lambda row: row.name)
def test_what_a_house_accepts_is_shown_and_left_in_peace(row: Row) -> None:
    project = FIXTURES / row.preset / SHOWN_IN[row.kind]
    places = [mark for mark in conventions.marks(project) if mark.row == row.name]
    assert places, f"nothing in {project} shows {row.name}"
    assert not [each for each in conventions.findings(project) for place in places if each.at(place)]


@pytest.mark.parametrize(
    "row", [row for row in of_kind("accept") if turned_off(row)], ids=lambda row: row.name
)
def test_what_a_preset_turns_a_rule_off_for_is_what_that_rule_reports(row: Row) -> None:
    project = FIXTURES / row.preset / SHOWN_IN[row.kind]
    selected = ("--select", ",".join(turned_off(row)), "--fail-on", "never", "--output-format", "json")
    ran = convexlint("check", project.name, "--no-cache", *selected, folder=fixtures() / row.preset)
    found = conventions.found_in(ran.stdout, project.parent)
    places = [mark for mark in conventions.marks(project) if mark.row == row.name]
    assert [place for place in places if not any(each.at(place) for each in found)] == []


@pytest.mark.parametrize("house", HOUSES)
def test_every_finding_in_a_broken_house_is_meant(house: str) -> None:
    project = FIXTURES / house / "broken"
    rules = {row.name: row.rules for row in ROWS}
    places = list(conventions.marks(project))
    unmeant = [
        each
        for each in conventions.findings(project)
        if not any(each.at(place) and each.rule in rules[place.row] for place in places)
    ]
    assert unmeant == []


@pytest.mark.parametrize("house", HOUSES)
def test_marks_name_rows_of_their_own_house(house: str) -> None:
    own = {row.name for row in ROWS if row.preset == house}
    for project in ("clean", "broken"):
        assert {mark.row for mark in conventions.marks(FIXTURES / house / project)} <= own


def test_the_page_has_every_row_and_its_place() -> None:
    lines = conventions.page().splitlines()
    for row in ROWS:
        (line,) = (line for line in lines if line.startswith(f"| {row.name} |"))
        assert row.kind == "out" or "`fixtures/" in line
