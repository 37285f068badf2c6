"""What convexlint fixes compiles as well as it did before."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.typescript.compiler import check, read_project
from tools.expected import FIXTURES
from tools.linter import convexlint

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("typescript"), pytest.mark.usefixtures("typescript")]


@pytest.mark.parametrize("options", [["--fix"], ["--fix", "--unsafe-fixes"]], ids=["safe", "unsafe"])
def test_fixes_bring_no_new_compile_error(options: list[str], tmp_path: Path) -> None:
    projects = {}
    for folder in sorted(FIXTURES.glob("*/broken")):
        name = folder.parent.name
        projects[f"{name} before"] = read_project(folder)
        copied = shutil.copytree(folder, tmp_path / name)
        ran = convexlint("check", "--isolated", "--no-cache", *options, folder=copied)
        assert ran.returncode in (0, 1), ran.stderr
        projects[f"{name} after"] = read_project(copied)
        assert projects[f"{name} after"] != projects[f"{name} before"], "nothing was fixed"
    errors = check(projects)
    for name in sorted({project.partition(" ")[0] for project in projects}):
        before = Counter((error.path, error.code) for error in errors[f"{name} before"])
        after = Counter((error.path, error.code) for error in errors[f"{name} after"])
        assert not after - before, [str(error) for error in errors[f"{name} after"]]
