"""The program as a process: speed of start, imports, closed pipes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from convexlint import __version__

SRC = str(Path(__file__).parents[2] / "src")


def process(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *(("-c", code) if code else ("-m", "convexlint")), *arguments]
    environment = {**os.environ, "PYTHONPATH": SRC}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(option: str) -> None:
    ran = process(option)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"convexlint {__version__}\n", "")


def test_version_imports_neither_click_nor_rich() -> None:
    code = (
        "import sys; sys.argv[1:] = ['--version']; from convexlint.cli.main import main; main();"
        "print([name for name in ('click', 'rich', 'msgspec', 'convexlint.session') if name in sys.modules])"
    )
    assert process(code=code).stdout.splitlines()[1] == "[]"


def test_help_lists_the_commands_and_imports_none_of_them() -> None:
    code = (
        "import sys; from convexlint.cli.app import run; run(['--help']);"
        "print([name for name in ('convexlint.cli.check', 'convexlint.session') if name in sys.modules])"
    )
    lines = process(code=code).stdout.splitlines()
    assert lines[-1] == "[]"
    assert [line.split()[0] for line in lines if line.startswith(("  c", "  r"))] == [
        "check",
        "rule",
        "config",
        "clean",
        "completion",
    ]


def test_version_costs_little_more_than_python_itself() -> None:
    """At most six times an empty program; the machine may be busy, so the best of some runs of each count."""

    def seconds(run: Callable[[], object]) -> float:
        begun = time.perf_counter()
        run()
        return time.perf_counter() - begun

    nothing = min(seconds(lambda: process(code="pass")) for _ in range(5))
    assert min(seconds(lambda: process("--version")) for _ in range(5)) <= 6 * nothing


def test_without_a_command_the_help_is_shown_and_the_run_fails() -> None:
    ran = process()
    assert ran.returncode == 2
    assert ran.stderr.startswith("Usage: convexlint")


def test_a_mistyped_command_is_answered_with_the_nearest() -> None:
    ran = process("chek")
    assert ran.returncode == 2
    assert ran.stderr == "error: there is no command 'chek'\nhelp: did you mean 'check'?\n"


def test_a_closed_pipe_ends_the_program_quietly() -> None:
    code = (
        "import sys; from convexlint.cli import app, check;"
        "from tests.reports.outcomes import RETURNS, outcome;"
        "check.check = lambda *given, **more: outcome(*[RETURNS] * 5000);"
        "sys.exit(app.run(['check']))"
    )
    environment = {**os.environ, "PYTHONPATH": f"{SRC}{os.pathsep}{Path(SRC).parent}"}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.read(100)
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(timeout=60) == 1
