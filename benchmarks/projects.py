"""Which files of a checkout are Convex backend code, told without convexlint so that its own gaps show.

A functions folder is one named `convex`, one that holds `_generated/` or a `convex.config.*`, or the one that
the `functions` key of a convex.json names.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

KINDS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
_TEST = re.compile(r"\.(test|spec)\.|\.d\.[mc]?ts$|(^|/)__tests__/")
_RUNNER = re.compile(
    r"""(?:from|require\()\s*["'](?:vitest|jest|@jest/globals|node:test|bun:test|convex-test)["']"""
)


def source_files(root: Path) -> list[Path]:
    """Every module of every functions folder under `root`, relative to it, sorted.

    Tests, declaration files and generated code are left out, since neither linter should judge them. A module with a
    second dot in its name, which Convex never pushes, is a test too where it imports a test runner.
    """
    folders: list[str] = []
    for where, children, files in os.walk(root):
        children[:] = sorted(name for name in children if name not in ("node_modules", ".git"))
        here = Path(where)
        generated = "_generated" in children and here != root
        configured = any(name.startswith("convex.config.") for name in files)
        if here.name == "convex" or generated or configured:
            folders.append(where)
        if "convex.json" in files:
            functions = _configured_folder(here / "convex.json")
            if functions is not None:
                folders.append(str(functions))
    found = {path for folder in folders for path in _modules(Path(folder))}
    return sorted(path.relative_to(root) for path in found)


def copy_sources(root: Path, files: list[Path], target: Path) -> None:
    """Copy `files` of `root` under `target`, byte by byte, and the manifests that tools look for."""
    for file in files:
        place = target / file
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / file, place)
    for where, children, names in os.walk(root):
        children[:] = sorted(name for name in children if name not in ("node_modules", ".git"))
        for name in sorted({"package.json", "convex.json"}.intersection(names)):
            place = target / Path(where).relative_to(root) / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(where) / name, place)


def _configured_folder(file: Path) -> Path | None:
    try:
        named = json.loads(file.read_text(encoding="utf-8")).get("functions")
    except ValueError:
        return None
    return (file.parent / named).resolve() if isinstance(named, str) else None


def _modules(folder: Path) -> list[Path]:
    found = []
    for where, children, files in os.walk(folder):
        children[:] = [name for name in children if name not in ("node_modules", "_generated", ".git")]
        for name in files:
            path = Path(where) / name
            if not name.endswith(KINDS) or _TEST.search(path.relative_to(folder).as_posix()):
                continue
            if name.count(".") < 2 or not _RUNNER.search(path.read_text(encoding="utf-8", errors="replace")):
                found.append(path)
    return found
