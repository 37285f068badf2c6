"""The fixture projects give exactly the findings that stand beside them on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import expected

PROJECTS = expected.projects()


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_findings_are_the_expected_ones(project: Path) -> None:
    for path, text in expected.files(project).items():
        assert path.is_file(), f"{path} is missing: run make update-expected, and read it"
        assert text == path.read_text(encoding="utf-8"), f"{path.name} differs; see make update-expected"


@pytest.mark.parametrize(
    "project", [path for path in PROJECTS if path.name == "clean"], ids=lambda path: path.parent.name
)
def test_clean_projects_raise_nothing(project: Path) -> None:
    kept = json.loads((project.parent / "expected" / "clean.json").read_text(encoding="utf-8"))
    assert kept["diagnostics"] == []


def test_the_broken_notes_show_every_rule_of_the_first_release() -> None:
    kept = json.loads((expected.FIXTURES / "notes/expected/broken.json").read_text(encoding="utf-8"))
    assert {
        "explicit-table-ids",
        "index-naming",
        "invalid-project-config",
        "invalid-suppression",
        "no-collect-in-query",
        "no-db-in-action",
        "no-duplicate-indexes",
        "no-filter-in-query",
        "no-old-registered-function-syntax",
        "no-top-of-hour-crons",
        "require-access-control",
        "require-args-validator",
        "require-returns-validator",
        "syntax-error",
        "unreadable-file",
        "unused-suppression",
        "use-internal-references",
    } <= {finding["rule"] for finding in kept["diagnostics"]}
