"""Streams that are closed or full end no command with a defect."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.session.toy import write

FULL = Path("/dev/full")
COMMANDS = (
    "check .",
    "check . --output-format json",
    "check . --fix --diff",
    "model .",
    "rule --all",
    "config .",
    "why convex/m.ts:2",
    "init . --agents --print",
    "completion bash",
    "clean",
    "--version",
    "--help",
    "",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    there = tmp_path_factory.mktemp("streams")
    write(
        there,
        {
            "convex/schema.ts": 'import { defineSchema } from "convex/server";\nexport default defineSchema({});\n',
            "convex/m.ts": 'import { query } from "./_generated/server";\nexport const q = query(async () => null);\n',
        },
    )
    return there


def run(folder: Path, command: str, redirections: str) -> subprocess.CompletedProcess[str]:
    """The command in a shell that redirects its streams; the status 1 of a defect's traceback is not one of ours."""
    line = f'"$0" -m convexlint {command} {redirections}'
    return subprocess.run(
        ["/bin/sh", "-c", line, sys.executable], cwd=folder, capture_output=True, text=True, timeout=120
    )


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX closes the streams")


@pytest.mark.parametrize("command", COMMANDS)
def test_closed_streams_lead_to_nowhere(folder: Path, command: str) -> None:
    plain = run(folder, command, "</dev/null")
    closed = run(folder, command, "<&- >&-")
    assert closed.returncode == plain.returncode
    assert "internal error" not in closed.stderr and "Traceback" not in closed.stderr
    assert run(folder, command, "<&- >&- 2>&-").returncode == plain.returncode
    assert sorted(one.name for one in folder.iterdir()) == ["convex", "convexlint.toml"]


@pytest.mark.skipif(not FULL.exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("command", [one for one in COMMANDS if one])
def test_an_output_that_takes_no_more_is_told_in_one_line(folder: Path, command: str) -> None:
    ran = run(folder, command, ">/dev/full")
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-1] == "error: cannot write the output: no space left on device"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("command", ["check nowhere", "check --bogus", ""])
def test_a_full_stderr_changes_no_exit_status(folder: Path, command: str) -> None:
    assert run(folder, command, "2>/dev/full").returncode == 2
