"""The real pre-commit, with our hook out of a copy of this checkout, on a repository made for the test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT, copy
from tests.readme import block

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]

CLEAN = ROOT / "fixtures" / "notes" / "clean"
BROKEN = ROOT / "fixtures" / "notes" / "broken"


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"]
    command = ["git", *who, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def commit_all(folder: Path) -> str:
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "all")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a clean Convex project, files beside it, and README's pre-commit configuration."""
    hooks = copy(tmp_path_factory.mktemp("hooks"))
    revision = commit_all(hooks)
    app = tmp_path_factory.mktemp("app")
    shutil.copytree(CLEAN, app, dirs_exist_ok=True)
    recipe = block("recipe", "pre-commit").splitlines()
    config = [
        line.split("repo:")[0] + f"repo: {hooks}"
        if "repo:" in line
        else line.split("rev:")[0] + f"rev: {revision}"
        if "rev:" in line
        else line
        for line in recipe
    ]
    (app / ".pre-commit-config.yaml").write_text("\n".join(config) + "\n", encoding="utf-8")
    (app / "web").mkdir()
    (app / "web" / "page.ts").write_text(
        "export const page = [1, 2].filter((n) => n > 1);\n", encoding="utf-8"
    )
    commit_all(app)
    return app


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """pre-commit's own cache: the hook is installed once for all tests of this module."""
    return tmp_path_factory.mktemp("pre-commit")


def run_hook(repository: Path, home: Path, *files: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pre_commit", "run", "convexlint", "--verbose", "--files", *files]
    environment = {**os.environ, "PRE_COMMIT_HOME": str(home), "PRE_COMMIT_COLOR": "never"}
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "PYTHONPATH"):
        environment.pop(name, None)
    return subprocess.run(
        command, cwd=repository, env=environment, capture_output=True, text=True, check=False
    )


def test_clean_modules_pass(repository: Path, home: Path) -> None:
    ran = run_hook(repository, home, "convex/notes.ts", "convex/schema.ts")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Passed" in ran.stdout


def test_a_broken_module_fails_and_its_findings_are_shown(repository: Path, home: Path) -> None:
    module = repository / "convex" / "notes.ts"
    clean = module.read_bytes()
    module.write_bytes((BROKEN / "convex" / "notes.ts").read_bytes())
    try:
        ran = run_hook(repository, home, "convex/notes.ts")
    finally:
        module.write_bytes(clean)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "Failed" in ran.stdout
    assert "convex/notes.ts" in ran.stdout
    assert "no-filter-in-query" in ran.stdout


def test_a_module_outside_of_the_convex_folder_passes(repository: Path, home: Path) -> None:
    ran = run_hook(repository, home, "web/page.ts")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Passed" in ran.stdout


def test_files_of_other_kinds_do_not_start_the_hook(repository: Path, home: Path) -> None:
    ran = run_hook(repository, home, "package.json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "no files to check" in ran.stdout
