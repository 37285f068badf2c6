"""`python -m tools.release.version TAG`: whether TAG, the package and the changelog speak of one version.

`--notes` prints what the changelog says of it. A release that differs from its tag cannot be taken back, neither from
PyPI nor from npm, so the release workflow asks this first. Needs nothing but the checkout.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class VersionError(Exception):
    """Two places name different versions; the text names both."""


def source_version(root: Path = ROOT) -> str:
    """The version that the package tells of itself. Raises VersionError where pyproject.toml has another."""
    told = _one(root / "src" / "convexlint" / "__init__.py", r'^__version__ = "(.+)"$')
    built = _one(root / "pyproject.toml", r'^version = "(.+)"$')
    if told != built:
        raise VersionError(f"src/convexlint/__init__.py has {told}, pyproject.toml has {built}")
    return told


def notes(version: str, root: Path = ROOT) -> str:
    """What CHANGELOG.md says of a version. Raises VersionError where it has no dated section with text."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    pattern = rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$\n(?P<body>.*?)(?=^## |\Z)"
    found = re.search(pattern, text, re.MULTILINE | re.DOTALL)
    if found is None or not found["body"].strip():
        raise VersionError(f"CHANGELOG.md has no section `## [{version}] - YYYY-MM-DD` with what changed")
    return found["body"].strip() + "\n"


def check(tag: str, root: Path = ROOT) -> str:
    """The version that `tag` (`v` and a version) releases. Raises VersionError."""
    version = source_version(root)
    if tag != f"v{version}":
        raise VersionError(f"the tag is {tag}, the package is {version}: its tag is v{version}")
    notes(version, root)
    return version


def _one(path: Path, pattern: str) -> str:
    found = re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    if len(found) != 1:
        raise VersionError(f"{path.name} names its version {len(found)} times, not once")
    return str(found[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tag")
    parser.add_argument("--notes", action="store_true", help="print what changed")
    options = parser.parse_args()
    try:
        version = check(options.tag)
        print(notes(version) if options.notes else version, end="" if options.notes else "\n")
    except VersionError as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
