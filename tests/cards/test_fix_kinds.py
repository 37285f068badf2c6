"""The `fix` of a rule's decorator, which the catalogue prints, is what the rule offers at work in its card."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.harness.projects import just, lint, of_rule, write_project
from convexlint.rules.card import load_card
from convexlint.rules.loader import load_rules
from convexlint.rules.rule import Rule

KINDS = ("suggestion", "unsafe", "safe")


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.name)
def test_the_best_that_a_card_shows_is_what_the_decorator_says(tmp_path: Path, rule: Rule) -> None:
    shown: set[str] = set()
    for at, example in enumerate(load_card(rule.name).examples):
        if example.kind != "bad":
            continue
        root = tmp_path / str(at)
        root.mkdir()
        for diagnostic in of_rule(rule, lint(write_project(root, example.files, example.config), just(rule))):
            finding = diagnostic.finding
            if finding.fix is not None:
                shown.add("safe" if finding.fix.is_safe else "unsafe")
            if finding.suggestions:
                shown.add("suggestion")
    best = max(shown, key=KINDS.index, default=None)
    assert rule.fix == best
