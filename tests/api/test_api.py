"""The Python API: what it says is what the command line says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import convexlint
from convexlint.api import ConfigError, NoProjectError, PathError, Program, Settings, fix, lint, report
from tests.checkout import ROOT

EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text("utf-8"), re.S)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    there = tmp_path / "notes"
    shutil.copytree(ROOT / "fixtures" / "notes" / "broken", there)
    monkeypatch.chdir(there)
    return there


def command(*arguments: str) -> dict[str, object]:
    ran = subprocess.run(
        [sys.executable, "-m", "convexlint", *arguments], capture_output=True, text=True, check=False
    )
    found: dict[str, object] = json.loads(ran.stdout)
    return found


def test_lint_says_what_check_says(project: Path) -> None:
    assert report(lint()) == command("check", "--no-cache", "--output-format", "json")


def test_settings_are_those_of_the_command_line(project: Path) -> None:
    settings = Settings(select=["schema"], ignore=["unused-index"], levels={"invalid-index": "info"})
    said = command(
        "check", "--no-cache", "--output-format", "json",
        "--select", "schema", "--ignore", "unused-index", "--level", "invalid-index=info",
    )  # fmt: skip
    assert report(lint(project, settings)) == said
    assert report(lint([project / "convex"], settings))["diagnostics"]


def test_the_program_is_what_model_prints(project: Path) -> None:
    program = Program.load()
    printed: Any = command("model", "--no-cache", "--output-format", "json")["projects"]
    (printed,) = printed
    assert [table.name for table in program.tables] == [table["name"] for table in printed["tables"]]
    assert [f.path for f in program.functions] == [f["path"] for f in printed["functions"]]
    notes = program.table("notes")
    assert notes is not None
    assert notes.indexes[0].name == "by_notebookId"
    write = program.function("notes:write")
    assert write is not None
    assert {effect.table for effect in write.effects if effect.kind == "db-write"} == {"notes"}
    assert program.function("notes:nothing") is None and program.table("nothing") is None
    assert all(reference.to == "mail:sendReminder" for reference in program.callers("mail:sendReminder"))
    assert program.callers("mail:sendReminder")


def test_fix_without_write_leaves_the_files_alone(project: Path) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*.ts")}
    outcome = fix(project, write=False)
    assert outcome.before
    assert {path: path.read_bytes() for path in project.rglob("*.ts")} == before
    written = fix(project)
    assert written.fixed
    assert {path: path.read_bytes() for path in project.rglob("*.ts")} != before


def test_trouble_is_an_exception_with_words(project: Path, tmp_path: Path) -> None:
    with pytest.raises(PathError, match="nowhere"):
        lint("nowhere")
    with pytest.raises(ConfigError, match="no-such-rule"):
        lint(".", Settings(select=["no-such-rule"]))
    with pytest.raises(ValueError, match="loud"):
        lint(".", Settings(levels={"unused-index": "loud"}))
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoProjectError):
        Program.load(tmp_path / "empty")
    shutil.copytree(project, tmp_path / "both" / "a")
    shutil.copytree(project, tmp_path / "both" / "b")
    with pytest.raises(ValueError, match="2 Convex projects"):
        Program.load(tmp_path / "both")
    assert len(Program.load_all(tmp_path / "both")) == 2


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_page_run(
    project: Path, example: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(example, "docs/python.md", "exec"), {})
    assert capsys.readouterr().out.strip()


def test_there_are_five_examples() -> None:
    assert len(EXAMPLES) == 5


def test_the_package_imports_nothing_before_it_is_asked() -> None:
    loaded = "print('convexlint.session' in sys.modules)"
    code = f"import sys, convexlint; {loaded}; convexlint.lint; {loaded}"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "True"]
    assert set(convexlint.__all__) == {"Program", "Settings", "__version__", "fix", "lint", "report"}
    with pytest.raises(AttributeError):
        convexlint.nothing  # noqa: B018
