"""A run that takes too long ends by itself, says so, and leaves no process behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from convexlint.cli.limit import SECONDS, VARIABLE, LimitError, seconds_allowed
from tests.session.toy import write

SRC = str(Path(__file__).parents[2] / "src")
ENDLESS = (
    "import os, sys, time\n"
    "from convexlint import forks\n"
    "from convexlint.cli import app, progress\n"
    "import convexlint.cli.check as check\n"
    "def endless(request, report, *more, **settings):\n"
    "    report('rule never-done', 0, 0)\n"
    "    forks.fork(lambda tell: time.sleep(600))\n"
    "    print(*forks._at_work, flush=True)\n"
    "    while True:\n"
    "        pass\n"
    "check.check = endless\n"
    "sys.exit(app.run(['check', '.']))\n"
)


def test_an_endless_run_ends_with_2_and_tells_where(tmp_path: Path) -> None:
    write(tmp_path, {"convex/m.ts": "export const a = 1;\n"})
    ran = subprocess.run(
        [sys.executable, "-c", ENDLESS],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": SRC, VARIABLE: "0.5"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[0] == "error: gave up after 0.5 seconds, in stage 'rule never-done'"
    assert VARIABLE in ran.stderr
    for pid in ran.stdout.split():
        for _ in range(100):
            state = Path(f"/proc/{pid}/stat")
            if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
                break
            time.sleep(0.05)
        else:
            pytest.fail(f"process {pid} lives on")


@pytest.mark.parametrize(("wanted", "seconds"), [("", SECONDS), ("0", 0.0), (" 12.5 ", 12.5)])
def test_the_limit_is_a_number_of_seconds(
    wanted: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, wanted)
    assert seconds_allowed() == seconds


@pytest.mark.parametrize("wanted", ["soon", "-1", "nan", "inf"])
def test_what_is_no_number_is_an_error(wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, wanted)
    with pytest.raises(LimitError, match="not a number of seconds"):
        seconds_allowed()
