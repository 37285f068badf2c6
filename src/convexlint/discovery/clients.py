"""Callers outside of the functions folder, as globs for the settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path


def client_globs(root: str, clients: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Globs relative to a project's root that cover these files below it, each with how many files it stands for."""
    found: Counter[str] = Counter()
    for client in clients:
        path = Path(client)
        if path.is_relative_to(root):
            found[_glob(path.relative_to(root), path.suffix)] += 1
    return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _glob(path: Path, suffix: str) -> str:
    top = path.parts[0] if len(path.parts) > 1 else ""
    return f"{top}/**/*{suffix}" if top else f"*{suffix}"
