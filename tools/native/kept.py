"""Builds that are kept by what they were made from, so that tests compile the same sources once.

Only where CONVEXLINT_NATIVE_DIR names a folder: a release is always compiled anew. The newest builds stay, at some
20 MB each; older ones go.
"""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

VARIABLE = "CONVEXLINT_NATIVE_DIR"
MOST = 3
"""So many builds stay."""
_ENVIRONMENT = ("CC", "CFLAGS", "CPPFLAGS", "LDFLAGS")


def key_of(staged: Path, names: Iterable[str]) -> str:
    """What a build depends on, as one word: the staged sources `names` with all that they import of the package, how
    they are compiled, and by which programs."""
    digest = hashlib.sha256()

    def add(*words: str | bytes) -> None:
        for word in words:
            data = word if isinstance(word, bytes) else word.encode("utf-8", "surrogateescape")
            digest.update(b"%d:" % len(data) + data)

    for name in sorted(_with_imported(staged, names)):
        add(name, (staged / name).read_bytes())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        add(path.name, path.read_bytes())
    add(sys.version, sysconfig.get_platform(), *(version(one) for one in ("mypy", "setuptools", "msgspec")))
    add(*(f"{name}={os.environ.get(name, '')}" for name in _ENVIRONMENT))
    compiler = os.environ.get("CC") or "cc"
    told = subprocess.run([*compiler.split(), "--version"], capture_output=True, check=False).stdout
    add(told)
    return digest.hexdigest()[:32]


def _with_imported(staged: Path, names: Iterable[str]) -> set[str]:
    """The sources and what they import, directly or not: mypyc reads its types."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found and (staged / name).is_file():
            found.add(name)
            for node in ast.walk(ast.parse((staged / name).read_bytes())):
                for module in _imported(node):
                    parts = module.split(".")
                    left.append("/".join(parts) + ".py")
                    left += ["/".join((*parts[:end], "__init__.py")) for end in range(1, len(parts) + 1)]
    return found


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [one.name for one in node.names]
    if isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
        return [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
    return []


def take(key: str, target: Path) -> bool:
    """Put the build into `target`; whether there is one."""
    folder = _folder()
    kept = None if folder is None else folder / key
    if kept is None or not kept.is_dir():
        return False
    shutil.copytree(kept, target, dirs_exist_ok=True)
    os.utime(kept)
    return True


def keep(key: str, target: Path) -> None:
    """Keep what was built in `target`. Two processes may do so at once: the first to finish wins."""
    folder = _folder()
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="new-", dir=folder))
    try:
        shutil.copytree(target, scratch / "build")
        try:
            (scratch / "build").rename(folder / key)
        except OSError:
            if not (folder / key).is_dir():
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    kept = sorted(
        (path for path in folder.iterdir() if not path.name.startswith("new-")),
        key=lambda path: path.stat().st_mtime,
    )
    for old in kept[:-MOST]:
        shutil.rmtree(old, ignore_errors=True)


def _folder() -> Path | None:
    chosen = os.environ.get(VARIABLE)
    return Path(chosen) if chosen else None
