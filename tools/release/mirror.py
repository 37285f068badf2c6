"""`python -m tools.release.mirror FOLDER`: the files of the mirror that pre-commit installs from.

pre-commit builds what it installs from the repository that it is given. From this one it would build the package
without compiled modules; from the mirror, whose only contents are these files, pip takes the released wheel of the
system. A release writes them anew and tags the commit like itself.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tools.release.version import source_version

ROOT = Path(__file__).resolve().parents[2]

_PROJECT = """\
[build-system]
requires = ["setuptools>=75"]
build-backend = "setuptools.build_meta"

[project]
name = "convexlint-pre-commit"
version = "0"
requires-python = ">=3.10"
dependencies = ["convexlint=={version}"]

[tool.setuptools]
py-modules = []
"""

_README = """\
# convexlint for pre-commit

```yaml
repos:
  - repo: the address of this repository
    rev: v{version}
    hooks:
      - id: convexlint
```

The hook lints the Convex backend that the changed files belong to, as convexlint {version} does.
"""


def write(target: Path, version: str) -> list[Path]:
    """The files of the mirror for a version, in the folder `target`, which is made; returns their paths."""
    target.mkdir(parents=True, exist_ok=True)
    files = {
        "pyproject.toml": _PROJECT.format(version=version),
        "README.md": _README.format(version=version),
        ".pre-commit-hooks.yaml": (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"),
        "LICENSE": (ROOT / "LICENSE").read_text(encoding="utf-8"),
    }
    for name, text in files.items():
        (target / name).write_text(text, encoding="utf-8")
    return [target / name for name in files]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    for path in write(parser.parse_args().folder, source_version()):
        print(path)


if __name__ == "__main__":
    main()
