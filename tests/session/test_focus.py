"""Asked for some files, a run looks at these alone, and says of them what a run over everything says."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.config.settings import Overrides
from convexlint.findings import Diagnostic
from convexlint.session.contract import Outcome, Request
from convexlint.session.run import check

FIXTURES = Path(__file__).parents[2] / "fixtures"
PROJECTS = sorted(p.parent.name + "/" + p.name for p in FIXTURES.glob("*/*") if (p / "convex").is_dir())


def lint(*paths: Path) -> Outcome:
    """Every rule there is, on one process and without a cache."""
    return check(Request(tuple(str(p) for p in paths), overrides=Overrides(extend_select=("all",)), jobs=1))


def in_file(diagnostics: tuple[Diagnostic, ...], path: Path) -> list[Diagnostic]:
    return [d for d in diagnostics if d.finding.path == str(path)]


@pytest.mark.parametrize("project", PROJECTS)
def test_a_file_alone_gets_the_findings_that_it_has_among_all(project: str) -> None:
    folder = FIXTURES / project
    whole = lint(folder)
    files = [f for f in sorted((folder / "convex").rglob("*.[jt]s*")) if "_generated" not in f.parts]
    assert len(files) > 3
    for file in files:
        alone = lint(file)
        assert list(alone.diagnostics) == in_file(whole.diagnostics, file), file
        assert [n for n in whole.notes if n[1] == str(file)] == list(alone.notes), file


@pytest.mark.parametrize("project", [p for p in PROJECTS if p.endswith("/broken")])
def test_two_files_get_theirs(project: str) -> None:
    folder = FIXTURES / project
    whole = lint(folder)
    files = [f for f in sorted((folder / "convex").rglob("*.[jt]s*")) if "_generated" not in f.parts]
    for one, other in zip(files[::2], files[1::2], strict=False):
        found = lint(one, other).diagnostics
        assert list(found) == in_file(whole.diagnostics, one) + in_file(whole.diagnostics, other)
