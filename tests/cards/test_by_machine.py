"""What convexlint prints for agents is enough for a machine that reads nothing else: it writes the fixed blocks of the
cards from the edits in the report, and where there is no edit, the report says what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from convexlint.harness.projects import just, lint, of_rule, texts, write_project
from convexlint.reports.agent import agent
from convexlint.rules.card import Example
from convexlint.rules.loader import load_rules
from convexlint.rules.rule import Rule
from tests.cards.test_cards import examples, fixed_examples

MOST_ROUNDS = 40
_EDIT = re.compile(r"    edit (.+):(\d+)")


def first_fix(report: str, rule: Rule, kinds: tuple[str, ...]) -> list[list[str]]:
    """The edits of the report's first fix of these kinds, each with its lines."""
    edits: list[list[str]] = []
    inside = ours = False
    for line in report.splitlines():
        if line.startswith("RULE "):
            ours = line.split()[1] == rule.name
        elif ours and line.startswith(tuple(f"  {kind} fix: " for kind in kinds)):
            inside = True
        elif inside and _EDIT.fullmatch(line):
            edits.append([line])
        elif inside and edits and line.startswith(("    -", "    +")):
            edits[-1].append(line)
        elif inside:
            break
    return edits


def apply(edits: list[list[str]]) -> None:
    """Replace whole lines, the last ones first, as somebody does who has the report and the files."""
    for head, *lines in reversed(edits):
        found = _EDIT.fullmatch(head)
        assert found is not None
        path, at = Path(found[1]), int(found[2]) - 1
        old = [line[5:] for line in lines if line.startswith("    -")]
        new = [line[5:] for line in lines if line.startswith("    +")]
        before = path.read_bytes().decode().split("\n") if path.exists() else [""]
        assert before[at : at + len(old)] == old, head
        before[at : at + len(old)] = new
        path.write_bytes("\n".join(before).encode())


@pytest.mark.parametrize(("rule", "example"), fixed_examples())
def test_the_edits_of_the_report_make_the_fixed_block(tmp_path: Path, rule: Rule, example: Example) -> None:
    root = write_project(tmp_path, example.files, example.config)
    kinds = ("safe",) if example.fixed_mode == "safe" else ("safe", "unsafe")
    for _ in range(MOST_ROUNDS):
        edits = first_fix(report(root, rule), rule, kinds)
        if not edits:
            break
        apply(edits)
    assert texts(root, example.files) == {path: s.text for path, s in example.fixed_files.items()}


def report(root: Path, rule: Rule) -> str:
    outcome = lint(root, just(rule))
    return agent(outcome, root.as_posix(), command="convexlint check", full=True).replace(
        "    edit ", f"    edit {root.as_posix()}/"
    )


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.name)
def test_each_finding_says_what_to_change(tmp_path: Path, rule: Rule) -> None:
    for number, example in enumerate(bad(rule)):
        root = tmp_path / str(number)
        root.mkdir()
        outcome = lint(write_project(root, example.files, example.config), just(rule))
        for d in of_rule(rule, outcome):
            finding = d.finding
            assert finding.fix or finding.suggestions or finding.help, finding.message


def bad(rule: Rule) -> Iterator[Example]:
    for parameters in examples("bad"):
        own, example = parameters.values
        if own is rule and isinstance(example, Example):
            yield example
