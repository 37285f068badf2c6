"""Callers outside of the functions folder: files that import the generated api, Python programs that use `convex`."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from convexlint.discovery.project import Project
from convexlint.reading import MAX_SETTING, read_regular

_SCRIPTS = (".ts", ".tsx", ".js", ".jsx", ".mts", ".cts", ".mjs", ".cjs", ".svelte", ".vue")
_SKIPPED = frozenset({"node_modules", "dist", "build", "out", "coverage", "venv", "__pycache__"})
MAX_FILES = 20_000  # then the answer is what was seen so far


def client_globs(project: Project) -> tuple[tuple[str, int], ...]:
    """Globs relative to the project's root that cover the clients found, each with how many files it stands for."""
    root = Path(project.root)
    found: Counter[str] = Counter()
    seen = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(d for d in folders if not d.startswith(".") and d not in _SKIPPED)
        here = Path(folder)
        folders[:] = [d for d in folders if (here / d).as_posix() != project.functions_dir]
        for name in sorted(names):
            suffix = Path(name).suffix
            if suffix != ".py" and suffix not in _SCRIPTS:
                continue
            seen += 1
            if seen > MAX_FILES:
                return _sorted(found)
            if _is_client(here / name, suffix):
                found[_glob((here / name).relative_to(root), suffix)] += 1
    return _sorted(found)


def _is_client(path: Path, suffix: str) -> bool:
    try:
        text = read_regular(path, MAX_SETTING)
    except OSError:
        return False
    if suffix == ".py":
        return b"import convex" in text or b"from convex" in text
    return b"_generated/api" in text


def _glob(path: Path, suffix: str) -> str:
    top = path.parts[0] if len(path.parts) > 1 else ""
    return f"{top}/**/*{suffix}" if top else f"*{suffix}"


def _sorted(found: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0])))
