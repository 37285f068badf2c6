"""A rule is two new files: a check and a card. Nothing else is edited."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import convexlint
from convexlint.rules.card import cards_folder

CHECK = '''
"""Modules that shout."""

from collections.abc import Iterator
from dataclasses import dataclass

from convexlint.findings import Category, Edit, Finding, Fix, Level, Span
from convexlint.program.program import Program
from convexlint.rules.rule import rule


@dataclass(frozen=True)
class Options:
    """Options of no-shouting.

    Attributes:
        max_marks: how many exclamation marks may stand together.
    """

    max_marks: int = 1


@rule(category=Category.QUERIES, level=Level.WARNING, fix="safe", options=Options)
def check(program: Program, options: Options) -> Iterator[Finding]:
    for module in program.reported:
        at = module.source.find(b"!" * (options.max_marks + 1))
        if at >= 0:
            span = Span(at, at + options.max_marks + 1)
            fix = Fix.safe("Speak softly", Edit(module.path, span, ""))
            yield Finding(module.path, span, "`!!` is loud", fix=fix)
'''

CARD = """# no-shouting

Modules that shout.

## What

Exclamation marks in a row.

## Why

They wake the neighbours.

## How to fix

Use fewer.

## Limits

It does not look at capital letters.

## Examples

```ts bad a.ts
export const word = "hey!!";
                      //^^ is loud
```

```ts fixed a.ts
export const word = "hey";
```

```ts good a.ts
export const word = "hey!";
```
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the package with its cards, and the two new files in it."""
    source = Path(convexlint.__file__).parent
    package = tmp_path / "site" / "convexlint"
    shutil.copytree(source, package, ignore=shutil.ignore_patterns("__pycache__"))
    if not (package / "cards").is_dir():
        shutil.copytree(cards_folder(), package / "cards")
    (package / "rules" / "queries" / "no_shouting.py").write_text(CHECK, encoding="utf-8")
    (package / "cards" / "no-shouting.md").write_text(CARD, encoding="utf-8")
    return tmp_path / "site"


def convexlint_in(tree: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "convexlint", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_check_and_a_card_are_all_that_a_new_rule_needs(tree: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "convex" / "_generated").mkdir(parents=True)
    (project / "convex" / "a.ts").write_text('export const word = "hey!!";\n', encoding="utf-8")

    ran = convexlint_in(tree, project, "check", "--no-cache", "--output-format", "json")
    assert ran.returncode == 1, ran.stderr
    (found,) = json.loads(ran.stdout)["diagnostics"]
    assert (found["rule"], found["level"], found["category"]) == ("no-shouting", "warning", "queries")

    page = convexlint_in(tree, project, "rule", "no-shouting")
    assert page.returncode == 0, page.stderr
    assert "They wake the neighbours." in page.stdout

    (project / "convexlint.toml").write_text("[rules]\nno-shouting = { max-marks = 2 }\n", encoding="utf-8")
    assert convexlint_in(tree, project, "check", "--no-cache").returncode == 0

    (project / "convexlint.toml").unlink()
    assert convexlint_in(tree, project, "check", "--no-cache", "--fix").returncode == 0
    assert (project / "convex" / "a.ts").read_text(encoding="utf-8") == 'export const word = "hey";\n'
