"""Every card is executed: what it shows as reported, fixed, good and not reported is so, to the column."""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from convexlint.harness import trials
from convexlint.harness.projects import (
    FUNCTIONS,
    admitted,
    just,
    lint,
    place,
    write_project,
)
from convexlint.harness.trials import SCRIPT
from convexlint.rules.card import CardError, Example, Source, cards_folder, load_card
from convexlint.rules.loader import load_rules, rules_by_name
from convexlint.rules.rule import Rule
from convexlint.session import Outcome, Overrides

PYTHON = ".py"


@cache
def examples(*kinds: str) -> list[ParameterSet]:
    """All examples of the given kinds as test parameters; a malformed card fails in its own test."""
    found = []
    for rule in load_rules():
        try:
            card = load_card(rule.name)
        except CardError:
            continue
        for example in card.examples:
            if example.kind in kinds:
                found.append(pytest.param(rule, example, id=f"{rule.name}-{example.title}"))
    return found


def fixed_examples() -> list[ParameterSet]:
    return [p for p in examples("bad") if isinstance(p.values[1], Example) and p.values[1].fixed]


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.name)
def test_every_rule_has_a_card_that_shows_it_at_work(rule: Rule) -> None:
    card = load_card(rule.name)
    kinds = {example.kind for example in card.examples}
    assert card.summary
    assert all(card.sections.values())
    # A file that cannot be read is nothing that a page can show.
    assert "bad" in kinds or rule.name == "unreadable-file"
    assert kinds & {"good", "not-reported"}
    if rule.fix in ("safe", "unsafe"):
        assert any(example.fixed for example in card.examples)


def test_every_card_has_a_rule() -> None:
    assert sorted(path.stem for path in cards_folder().glob("*.md")) == [rule.name for rule in load_rules()]


@pytest.mark.parametrize(("rule", "example"), examples("bad"))
def test_bad_is_reported_exactly_where_it_is_marked(tmp_path: Path, rule: Rule, example: Example) -> None:
    assert list(trials.bad_is_reported_where_it_is_marked(tmp_path, rule, example)) == []


@pytest.mark.parametrize(("rule", "example"), examples("good", "not-reported"))
def test_good_and_not_reported_raise_nothing_of_the_rule(
    tmp_path: Path, rule: Rule, example: Example
) -> None:
    assert list(trials.good_is_silent(tmp_path, rule, example)) == []


@pytest.mark.parametrize(("rule", "example"), examples("good"))
def test_good_raises_nothing_under_recommended(tmp_path: Path, rule: Rule, example: Example) -> None:
    assert list(trials.good_is_good(tmp_path, rule, example)) == []


@pytest.mark.parametrize(("rule", "example"), fixed_examples())
def test_fixed_raises_nothing_under_recommended(tmp_path: Path, rule: Rule, example: Example) -> None:
    assert list(trials.fixed_is_good(tmp_path, rule, example)) == []


@pytest.mark.parametrize(("rule", "example"), fixed_examples())
def test_fixed_is_what_the_fixes_make_and_the_end_of_it(tmp_path: Path, rule: Rule, example: Example) -> None:
    assert list(trials.fixes_make_what_is_shown(tmp_path, rule, example)) == []


@pytest.mark.parametrize(("rule", "example"), fixed_examples())
def test_no_rule_finds_fault_with_what_a_fix_writes(tmp_path: Path, rule: Rule, example: Example) -> None:
    (tmp_path / "bad").mkdir()
    everything = 'extends = ["all"]\n' if "extends" not in example.config else ""
    config = everything + example.config
    before = lint(write_project(tmp_path / "bad", example.files, config), Overrides())
    known = {(d.rule, d.finding.message) for d in before.diagnostics}
    root = write_project(tmp_path / "fixed", example.fixed_files, config)
    outcome = lint(root, Overrides())
    written = {
        (path, number)
        for path, source in example.fixed.items()
        for number in new_lines(example.files[path].text, source.text)
    }
    expected = admitted(example.fixed_files)
    at_fault = []
    for d in outcome.diagnostics:
        where = place(root, outcome, d)
        new = (where.path, where.line) in written and (d.rule, d.finding.message) not in known
        if new and not d.rule.startswith("unused-") and expected.get(where) != d.rule:
            at_fault.append((d.rule, where, d.finding.message))
    assert at_fault == []


def new_lines(before: str, after: str) -> set[int]:
    """0-based numbers of the lines of `after` that a fix wrote."""
    matcher = difflib.SequenceMatcher(a=before.splitlines(), b=after.splitlines(), autojunk=False)
    return {
        line
        for tag, _, _, start, end in matcher.get_opcodes()
        if tag in ("replace", "insert")
        for line in range(start, end)
    }


@pytest.mark.parametrize(("rule", "example"), examples("bad", "good", "not-reported"))
def test_every_block_parses(tmp_path: Path, rule: Rule, example: Example) -> None:
    if rule.name == "syntax-error" and example.kind == "bad":
        pytest.skip("this card shows what does not parse")
    for number, files in enumerate((example.files, example.fixed_files)):
        outcome = lint(write_project(tmp_path / str(number), files), Overrides(select=("syntax-error",)))
        assert [d.finding.message for d in outcome.diagnostics if d.rule == "syntax-error"] == []


@pytest.mark.parametrize(("rule", "example"), examples("bad"))
def test_cached_equals_cold(tmp_path: Path, rule: Rule, example: Example) -> None:
    root = write_project(tmp_path / "project", example.files, example.config)
    cold, filling, warm = (
        lint(root, just(rule), cache=cache) for cache in (None, tmp_path / "cache", tmp_path / "cache")
    )
    assert comparable(cold) == comparable(filling) == comparable(warm)


def comparable(outcome: Outcome) -> tuple[object, ...]:
    """All of an outcome but its timings."""
    return (outcome.diagnostics, outcome.notes, outcome.files, outcome.functions, dict(outcome.sources))


@pytest.mark.parametrize(("rule", "example"), examples("bad"))
def test_a_suppression_comment_silences_bad(tmp_path: Path, rule: Rule, example: Example) -> None:
    assert list(trials.a_comment_silences_bad(tmp_path, rule, example)) == []


@pytest.mark.parametrize(("rule", "example"), examples("good", "not-reported"))
def test_a_suppression_comment_is_called_unused_on_good(tmp_path: Path, rule: Rule, example: Example) -> None:
    scripts = [path for path in example.own if path.endswith(SCRIPT) and not path.startswith("../")]
    if not scripts or rule.stage == "after":
        pytest.skip("nothing here that a comment of this rule could stand in")
    files = {
        path: Source(path, source.text + f"// convexlint-disable-file {rule.name}\n")
        if path in scripts
        else source
        for path, source in example.files.items()
    }
    root = write_project(tmp_path, files, example.config)
    outcome = lint(root, Overrides(select=(rule.name, "unused-suppression")))
    unused = {d.finding.path for d in outcome.diagnostics if d.rule == "unused-suppression"}
    assert unused == {(root / FUNCTIONS / path).as_posix() for path in scripts}


def test_rules_are_named_as_their_cards() -> None:
    assert all(load_card(name).name == name for name in rules_by_name())
