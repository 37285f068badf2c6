"""What a user installs: the wheel, in an environment that holds nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.checkout import ROOT, copy
from tests.readme import block

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of this checkout, built with the tools that the development environment has."""
    source = copy(tmp_path_factory.mktemp("source"))
    target = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(target),
        str(source),
    ]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = target.glob("*.whl")
    return found


def test_the_wheel_holds_modules_cards_and_schemas(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    source = ROOT / "src"
    for path in sorted((source / "convexlint").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            assert path.relative_to(source).as_posix() in names
    cards = sorted((ROOT / "rules").glob("*.md"))
    assert cards
    for card in cards:
        assert f"convexlint/cards/{card.name}" in names
    assert any(name.startswith("convexlint/") and name.endswith(".schema.json") for name in names)
    assert not any(name.startswith(("tests/", "tools/", "benchmarks/", "fixtures/")) for name in names)


def test_the_installed_wheel_lints_a_project_far_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", str(wheel)], check=True)
    program = python.with_name("convexlint")
    project = shutil.copytree(ROOT / "fixtures" / "notes" / "broken", tmp_path / "app")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([program, *arguments], cwd=project, capture_output=True, text=True, check=False)

    checked = run("check", "--output-format", "json")
    assert checked.returncode == 1, checked.stderr
    kept = json.loads((ROOT / "fixtures/notes/expected/broken.json").read_text(encoding="utf-8"))
    found = [(finding["rule"], finding["path"]) for finding in json.loads(checked.stdout)["diagnostics"]]
    assert found == [
        (finding["rule"], finding["path"].removeprefix("broken/")) for finding in kept["diagnostics"]
    ]
    explained = run("rule", "no-filter-in-query")
    assert explained.returncode == 0, explained.stderr
    assert "no-filter-in-query" in explained.stdout
    assert run("--version").stdout.split()[-1] == wheel.name.split("-")[1]


def test_the_readme_command_installs_and_shows_findings_and_a_fix(tmp_path: Path) -> None:
    clone = copy(tmp_path / "clone")
    ran = subprocess.run(
        ["bash", "-c", block("command", "lint")], cwd=clone, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1, ran.stderr
    assert "fixtures/notes/broken/convex/notes.ts" in ran.stdout
    assert "= fix: " in ran.stdout
    assert "fixable with --fix" in ran.stdout
