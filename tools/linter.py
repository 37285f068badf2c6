"""This checkout's convexlint as a program, for tests and benchmarks that look at it from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def convexlint(*arguments: str, folder: Path, stdin: bytes | None = None) -> subprocess.CompletedProcess[str]:
    """Run this checkout's convexlint in `folder`, without colour."""
    ran = subprocess.run(
        [sys.executable, "-m", "convexlint", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1"},
        input=stdin,
        capture_output=True,
        check=False,
    )
    out, err = (text.decode("utf-8", "replace") for text in (ran.stdout, ran.stderr))
    return subprocess.CompletedProcess(ran.args, ran.returncode, out, err)
