"""Which code of convexlint runs: what is kept on disk by other code says nothing about this one."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from functools import lru_cache
from pathlib import Path

import convexlint

_PARSERS = ("tree_sitter", "tree_sitter_typescript")


@lru_cache(maxsize=1)
def code_version() -> str | None:
    """A text that changes whenever a module of convexlint, the parser, or Python itself does.

    Files are told apart by size and time, which an installation and an editor both change; None where the
    package is not a folder on disk.
    """
    digest = hashlib.blake2b(f"{convexlint.__version__}\n{sys.version}\n".encode(), digest_size=16)
    home = Path(convexlint.__file__).parent
    if not home.is_dir():
        return None
    for folder in (home, *(found for name in _PARSERS if (found := _folder_of(name)))):
        for line in _state(folder):
            digest.update(line)
    return digest.hexdigest()


def _folder_of(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _state(folder: Path) -> list[bytes]:
    """Name, size and time of every file below `folder` that holds code or data, sorted."""
    found = []
    pending = [str(folder)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        pending.append(entry.path)
                else:  # `.pyc` too: outside of __pycache__ they are the modules of a frozen program
                    status = entry.stat()
                    found.append(f"{entry.path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return sorted(found)
