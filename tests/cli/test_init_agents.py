"""`convexlint init --agents`: what it writes for coding agents."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from convexlint.cli.app import run
from tests.checkout import ROOT


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    there = tmp_path / "notes"
    shutil.copytree(ROOT / "fixtures" / "notes" / "clean", there)
    monkeypatch.chdir(there)
    return there


def test_a_skill_and_a_section_are_written_and_no_config(project: Path) -> None:
    before = (project / "convexlint.toml").exists()
    (project / "AGENTS.md").write_text("# Ours\n\nKeep this.\n")
    assert run(["init", "--agents"]) == 0
    skill = (project / ".claude/skills/convexlint/SKILL.md").read_text()
    assert re.match(r"---\nname: convexlint\ndescription: .+?\n---\n", skill, re.S)
    guide = (project / "AGENTS.md").read_text()
    assert guide.startswith("# Ours\n\nKeep this.\n\n<!-- convexlint: begin -->\n")
    assert (project / "convexlint.toml").exists() == before
    for text in (skill, guide):
        assert "convexlint check" in text and "convexlint rule" in text
        assert re.search(r"[Dd]o not (silence|write `convexlint-disable`)", text)


def test_a_second_run_changes_nothing_and_an_old_section_is_replaced(project: Path) -> None:
    guide = project / "AGENTS.md"
    assert run(["init", "--agents"]) == 0
    first = guide.read_text()
    assert run(["init", "--agents"]) == 0
    assert guide.read_text() == first
    guide.write_text("a\n" + first.replace("After each edit", "Sometimes") + "\nz\n")
    assert run(["init", "--agents"]) == 0
    assert guide.read_text() == "a\n" + first + "\nz\n"


def test_the_commands_that_it_names_are_there(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "--agents", "--print"]) == 0
    printed = capsys.readouterr().out
    assert not (project / "AGENTS.md").exists()
    assert {"check", "rule", "why", "model"} <= set(re.findall(r"npx convexlint (\w+)", printed))
    for name in re.findall(r"npx convexlint (\w+)", printed):
        assert run([name, "--help"]) == 0
