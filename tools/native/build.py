"""`python -m tools.native.build FOLDER`: the compiled modules of this checkout, as they lie in `convexlint/`.

Needs a C compiler, mypy and setuptools (`pip install -e '.[native]'`), and some minutes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.native import kept
from tools.native.codec import codec
from tools.native.defects import unstarred
from tools.native.records import UnknownStructError, records_of, rewrite

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("facts", "program")
"""What is compiled. The rest of a run is not where its time goes."""

REPLACED = {"structs.py": "structs.py", "by_node.py": "facts/by_node.py"}
"""Modules that are others where records are native classes: the file here, and its place in the package."""


class BuildError(Exception):
    """The package cannot be compiled."""


def stage(folder: Path) -> list[str]:
    """Put the sources as mypyc takes them into `folder`; the files to compile, relative to it."""
    package = folder / "convexlint"
    shutil.copytree(ROOT / "src" / "convexlint", package, ignore=shutil.ignore_patterns("__pycache__"))
    found = sorted(path for room in ROOMS for path in (package / room).rglob("*.py"))
    sources = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}
    records = records_of(sources)
    for name, text in sources.items():
        (folder / name).write_text(unstarred(rewrite(text, records[name])), encoding="utf-8")
    written = codec(records["convexlint/facts/ir.py"])
    (package / "facts" / "codec.py").write_text(written, encoding="utf-8")
    for name, place in REPLACED.items():
        shutil.copyfile(ROOT / "tools" / "native" / name, package / place)
    # Packages stay as they are: a compiled `__init__` would gain nothing.
    return ["convexlint/structs.py", *(name for name in sources if not name.endswith("/__init__.py"))]


def build(target: Path) -> list[Path]:
    """Compile; what was made, below `target`: extension modules, which Python prefers to the sources beside them.

    Raises BuildError, whose text ends with what the compiler said.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        try:
            files = stage(folder)
        except UnknownStructError as error:
            raise BuildError(f"tools/native/records.py does not know how to compile this: {error}") from error
        key = kept.key_of(folder, files)
        if kept.take(key, target):
            return _files(target)
        # What builds a wheel may have its own packages on this path.
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        ran = subprocess.run(
            [sys.executable, "-m", "tools.native.compile", str(target.resolve()), *files],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "MYPYPATH": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode != 0:
            said = "\n".join(line[:300] for line in (ran.stdout + ran.stderr).splitlines()[-25:])
            raise BuildError(f"mypyc cannot compile the package:\n{said}")
        kept.keep(key, target)
    return _files(target)


def _files(target: Path) -> list[Path]:
    return sorted(path for path in target.rglob("*") if path.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    try:
        made = build(options.folder)
    except BuildError as error:
        raise SystemExit(f"error: {error}") from None
    print(f"{len(made)} files in {options.folder}")


if __name__ == "__main__":
    main()
