"""`check --fix` killed at any moment: every file is whole, old or new, and nothing that matters is left behind."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.expected import FIXTURES, tree
from tools.linter import ROOT, convexlint

LEFT_BEHIND = re.compile(r"(.*/)?\.convexlint-[a-z0-9_]{8}\.tmp")
OPTIONS = ("--fix", "--unsafe-fixes", "--no-cache")
HOUSE = FIXTURES / "guide-part5"


def start(root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "convexlint", "check", *OPTIONS],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_for_the_first_write(root: Path, process: subprocess.Popen[bytes]) -> None:
    """Until a file was made or replaced in the project, or the process is over."""
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    before = [folder.stat().st_mtime_ns for folder in folders]
    while process.poll() is None and [folder.stat().st_mtime_ns for folder in folders] == before:
        time.sleep(0)


def whole(root: Path, old: dict[str, bytes], new: dict[str, bytes]) -> tuple[int, int]:
    """How many of the files that fixes change are new, and how many hidden ones lie about."""
    now = tree(root)
    hidden = [name for name in now if LEFT_BEHIND.fullmatch(name)]
    assert sorted(set(now) - set(hidden)) == sorted(old)
    for name in old:
        assert now[name] in (old[name], new[name]), f"{name} is neither as before nor as fixed"
    return sum(now[name] == new[name] != old[name] for name in old), len(hidden)


@pytest.mark.slow
def test_every_file_is_old_or_new_and_the_next_run_goes_on(tmp_path: Path) -> None:
    old, new = tree(HOUSE / "broken"), tree(HOUSE / "fixed")
    changes = sum(old[name] != new[name] for name in old)
    assert changes > 5
    chance = random.Random(11)
    seen: set[int] = set()
    for number in range(48):  # on a busy machine a process may have written all before it is killed
        if number >= 12 and len(seen) > 2:
            break
        root = Path(shutil.copytree(HOUSE / "broken", tmp_path / str(number)))
        process = start(root)
        if number % 4 == 0:
            time.sleep(chance.uniform(0, 1.5))
        else:
            wait_for_the_first_write(root, process)
            time.sleep(chance.uniform(0, 0.004))
        kill(process)
        written, hidden = whole(root, old, new)
        seen.add(written)
        if not hidden:
            continue
        ran = convexlint("check", "--no-cache", "--output-format", "concise", folder=root)
        assert ran.returncode == 1
        assert "convexlint-" not in ran.stdout + ran.stderr
    assert len(seen) > 2, "no kill hit the writing"


def test_the_next_run_sweeps_what_a_killed_one_left(tmp_path: Path) -> None:
    root = Path(shutil.copytree(HOUSE / "broken", tmp_path / "root"))
    hidden = root / "convex" / ".convexlint-abcdefgh.tmp"
    hidden.write_bytes(b"export const half = ")
    long_ago = time.time() - 86_400
    os.utime(hidden, (long_ago, long_ago))
    ran = convexlint("check", *OPTIONS, folder=root)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert tree(root) == tree(HOUSE / "fixed")
