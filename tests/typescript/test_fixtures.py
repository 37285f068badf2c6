"""Every clean fixture is a project that TypeScript accepts; a fixed one is, but for what its findings name."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.typescript.compiler import CompileError, check, read_project

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("typescript"), pytest.mark.usefixtures("typescript")]

_COMPILER_TOO = ("index-field-order",)
"""Rules that warn of what the compiler calls an error."""

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


def test_clean_fixtures_compile() -> None:
    clean = sorted(FIXTURES.glob("*/clean"))
    assert clean, "fixtures/ holds no clean project"
    errors = check({folder.parent.name: read_project(folder) for folder in clean})
    assert errors == {folder.parent.name: () for folder in clean}


def test_fixed_fixtures_compile_but_for_what_their_findings_name() -> None:
    fixed = sorted(FIXTURES.glob("*/fixed"))
    assert [folder.parent for folder in fixed] == sorted(
        folder.parent for folder in FIXTURES.glob("*/broken")
    )
    errors = check({folder.parent.name: read_project(folder) for folder in fixed})
    named = {folder.parent.name: error_lines(folder) for folder in fixed}
    unnamed = [
        f"{name}: {error}"
        for name, found in errors.items()
        for error in found
        if not is_named(error, named[name], FIXTURES / name / "fixed")
    ]
    assert unnamed == []
    # An error that no rule can see would go unnoticed here if none were left at all.
    assert sum(len(found) for found in errors.values()) > 10


def error_lines(fixed: Path) -> set[tuple[str, int]]:
    """(path, line) of each line of a finding that is an error: what remains in the fixed project."""
    kept = json.loads((fixed.parent / "expected" / "fixed.json").read_text(encoding="utf-8"))
    return {
        (found["path"].removeprefix("fixed/"), line)
        for found in kept["diagnostics"]
        if found["level"] == "error" or found["rule"] in _COMPILER_TOO
        for line in range(found["range"]["start"]["line"], found["range"]["end"]["line"] + 1)
    }


def is_named(error: CompileError, named: set[tuple[str, int]], root: Path) -> bool:
    """Whether a finding stands on the error's line, or above it in the same definition: what has an unknown table
    or no database has no type either, and the compiler stumbles again over each use."""
    if (error.path, error.line) in named:
        return True
    lines = (root / error.path).read_text(encoding="utf-8").splitlines()
    for line in range(error.line - 1, 0, -1):
        if (error.path, line) in named:
            return True
        if re.match(r"(export )?(default |async |const |function )", lines[line - 1]):
            return False
    return False
