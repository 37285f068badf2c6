"""Where the repository begins in which a file lies: what code hosts take paths from."""

from __future__ import annotations

import os
from pathlib import Path

from convexlint.reports.rooted import RootOf

_VARIABLES = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


def root_finder(cwd: str) -> RootOf:
    """A function that says for the absolute path of a file where its repository begins.

    The checkout of a CI job when the file lies in it, else the git root above the file, else `cwd`.
    """
    checkouts = [folder for name in _VARIABLES for folder in _folders(os.environ.get(name))]
    known: dict[str, str] = {}

    def root_of(path: str) -> str:
        folder = path.rpartition("/")[0]
        root = known.get(folder)
        if root is None:
            inside = (one for one in checkouts if f"{folder}/".startswith(one.rstrip("/") + "/"))
            root = known[folder] = next(inside, None) or _git_root(folder) or cwd
        return root

    return root_of


def _folders(variable: str | None) -> list[str]:
    """A folder as the variable names it, and without symbolic links."""
    if not variable:
        return []
    return [Path(variable).absolute().as_posix(), Path(variable).resolve().as_posix()]


def _git_root(folder: str) -> str | None:
    """The nearest folder with `.git`, which is a file in worktrees and submodules."""
    start = Path(folder)
    for one in (start, *start.parents):
        if (one / ".git").exists():
            return one.as_posix()
    return None
