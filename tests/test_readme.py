"""What README.md tells people to write does what it says. Its commands run in tests/packaging and in CI."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from convexlint.rules.loader import load_rules
from tests.checkout import ROOT
from tests.readme import block
from tools.expected import FIXTURES
from tools.linter import convexlint

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_ci_runs_the_test_command_and_installs_nothing_itself() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    extract = next(line for line in script.splitlines() if line.startswith("command=$("))
    shown = subprocess.run(
        ["bash", "-c", f'{extract}\nprintf "%s\\n" "$command"'],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == block("command", "test")
    assert "make check" in shown.stdout
    assert not re.search(r"\b(pip|pytest|make|npm)\b", script)


def test_the_shown_finding_is_what_the_fixture_gives() -> None:
    expected = (FIXTURES / "notes" / "expected" / "broken.txt").read_text(encoding="utf-8")
    assert block("output", "finding").replace("fixtures/notes/", "") in expected


def test_the_six_rules_are_rules() -> None:
    section = README.partition("## Six rules to begin with")[2].partition("\n## ")[0]
    shown = re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)
    assert len(shown) == 6
    assert set(shown) <= {rule.name for rule in load_rules()}


def test_the_configuration_is_accepted(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "notes" / "clean", tmp_path, dirs_exist_ok=True)
    (tmp_path / "convexlint.toml").write_text(block("recipe", "configuration"), encoding="utf-8")
    ran = convexlint("check", "--no-cache", folder=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_ci_recipe_annotates() -> None:
    command = re.search(
        r"run: pipx run convexlint (?P<rest>.*)$", block("recipe", "github-actions"), re.MULTILINE
    )
    assert command is not None
    ran = convexlint(*shlex.split(command["rest"]), "--no-cache", folder=FIXTURES / "notes" / "broken")
    assert ran.returncode == 1, ran.stderr
    assert re.search(r"^::(error|warning) .*file=[\w/]*convex/notes\.ts", ran.stdout, re.MULTILINE)


def test_the_editor_recipe_gives_json_about_the_buffer(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "notes" / "clean", tmp_path, dirs_exist_ok=True)
    broken = (FIXTURES / "notes" / "broken" / "convex" / "notes.ts").read_bytes()
    words = shlex.split(block("recipe", "editor").partition("<")[0])
    assert words[0] == "convexlint"
    ran = convexlint(*words[1:], folder=tmp_path, stdin=broken)
    assert ran.returncode == 1, ran.stderr
    found = json.loads(ran.stdout)["diagnostics"]
    assert {finding["path"] for finding in found} == {"convex/notes.ts"}
    assert "no-filter-in-query" in {finding["rule"] for finding in found}
