"""What shells are told: the scripts, and the answers to what they ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from convexlint.cli.app import _COMMANDS, run
from convexlint.rules.loader import load_rules
from tools.linter import ROOT


def answers(words: str) -> list[str]:
    """What zsh is offered for the last of these words."""
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "_CONVEXLINT_COMPLETE": "zsh_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - (not words.endswith(" "))),
    }
    command = [sys.executable, "-m", "convexlint"]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()[1::3]


def test_commands_options_and_rules_are_offered() -> None:
    assert answers("convexlint ") == list(_COMMANDS)
    assert "--select" in answers("convexlint check --sel")
    assert answers("convexlint rule no-filter-in") == ["no-filter-in-query"]
    names = [rule.name for rule in load_rules()]
    assert set(names) <= set(answers("convexlint check --select "))
    assert {"all", "queries"} <= set(answers("convexlint check --ignore "))


def test_a_list_of_rules_is_completed_at_its_end() -> None:
    assert answers("convexlint check --select unused-index,no-filter-in") == [
        "unused-index,no-filter-in-query"
    ]
    assert answers("convexlint check --level no-filter-in-query=of") == ["no-filter-in-query=off"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_accepts_its_script(
    shell: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run(["completion", shell]) == 0
    script = capfdbinary.readouterr().out
    assert b"_CONVEXLINT_COMPLETE" in script
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not on the PATH")
    (tmp_path / "script").write_bytes(script)
    subprocess.run([found, "-n", str(tmp_path / "script")], check=True)


def test_bash_completes_by_it(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not on the PATH")
    assert run(["completion", "bash"]) == 0
    program = tmp_path / "convexlint"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT / "src"}" exec "{sys.executable}" -m convexlint "$@"\n')
    program.chmod(0o755)
    asked = (
        capfdbinary.readouterr().out.decode()
        + "\nCOMP_WORDS=(convexlint rule no-filter-in); COMP_CWORD=2\n"
        + '_convexlint_completion convexlint; echo "${COMPREPLY[@]}"\n'
    )
    env = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    ran = subprocess.run([bash, "-c", asked], env=env, capture_output=True, text=True, check=False)
    assert ran.stdout.split() == ["no-filter-in-query"], ran.stderr


def test_an_unknown_shell_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "tcsh"]) == 2
    assert "bash" in capfd.readouterr().err
