"""What git said of a failure, in our words."""

from __future__ import annotations

import os
import subprocess


def words_of(ran: subprocess.CompletedProcess[bytes]) -> str:
    """What git said of its failure, on one line."""
    said = os.fsdecode(ran.stderr).strip().replace("\t", " ")
    return "; ".join(line.strip() for line in said.splitlines() if line.strip()) or f"status {ran.returncode}"


def no_repository(folder: str, words: str) -> str:
    if "dubious ownership" in words:
        return (
            f"git does not trust the repository around {folder}, since it belongs to another user; "
            f"run `git config --global --add safe.directory '*'` or name the folder in place of `*`"
        )
    if "not a git repository" in words:
        return f"{folder} is in no repository of git, so nobody knows what changed in it"
    return f"git cannot look at {folder}: {words}"
