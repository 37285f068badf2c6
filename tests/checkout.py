"""A copy of this checkout as a stranger would clone it: without environments, caches and build results."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from convexlint.patterns import Patterns

ROOT = Path(__file__).resolve().parent.parent


@cache
def fixtures() -> Path:
    """A copy of `fixtures/` in no repository of git. Within this one each project has a thousand neighbours that may be
    its clients, our own programs and the other projects, and to look at them takes far longer than the project."""
    folder = Path(tempfile.mkdtemp(prefix="convexlint-fixtures-")).resolve()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(shutil.copytree(ROOT / "fixtures", folder / "fixtures"))


def copy(target: Path) -> Path:
    """Copy what .gitignore does not name to `target`, which is made; returns it."""
    ignored = Patterns((ROOT / ".gitignore").read_text(encoding="utf-8").splitlines())
    for where, children, files in os.walk(ROOT):
        here = Path(where).relative_to(ROOT)
        children[:] = [
            name
            for name in children
            if name != ".git" and ignored.verdict((here / name).as_posix(), True) is not True
        ]
        (target / here).mkdir(parents=True, exist_ok=True)
        for name in files:
            if name != ".git" and ignored.verdict((here / name).as_posix(), False) is not True:
                shutil.copy2(Path(where) / name, target / here / name)
    return target
