"""package.json `imports` and `exports`, and the packages of a workspace."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

from convexlint.discovery.listing import NEVER_ENTERED, Listing, join
from convexlint.discovery.manifests import read_package_json
from convexlint.discovery.marks import read_bytes
from convexlint.discovery.tsconfig import substitute

_PNPM_PACKAGE = re.compile(rb"""^\s+-\s+["']?([^"'#\r\n]+?)["']?\s*(?:#.*)?$""", re.M)


def mapped(specifier: str, table: object) -> list[str]:
    """What an `imports` or `exports` table makes of `specifier`, in order: paths relative to the package.

    Conditions are all taken, in the order in which the package lists them: which of the files exists on
    disk as a source decides.
    """
    if not isinstance(table, dict):
        return _leaves(table, "") if specifier == "." else []
    if specifier == "." and not any(key.startswith(".") for key in table):
        return _leaves(table, "")
    match = substitute(specifier, [key for key in table if isinstance(key, str)])
    return _leaves(table[match[0]], match[1]) if match is not None else []


def _leaves(value: object, star: str) -> list[str]:
    if isinstance(value, str):
        return [value.replace("*", star)]
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in _leaves(one, star)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in _leaves(one, star)]
    return []


def workspace_packages(top: str, listing: Listing) -> dict[str, str]:
    """Package name -> folder, for the workspace whose root is `top` (npm, yarn, bun and pnpm)."""
    found: dict[str, str] = {}
    for pattern in _patterns(top, listing):
        for folder in _expand(top, pattern.removeprefix("./").rstrip("/").split("/"), listing):
            name = read_package_json(join(folder, "package.json")).get("name")
            if isinstance(name, str):
                found.setdefault(name, folder)
    return found


def split_package(specifier: str) -> tuple[str, str]:
    """Package name and the rest: "@a/b/c" is ("@a/b", "./c"), "x" is ("x", ".")."""
    parts = specifier.split("/")
    count = 2 if specifier.startswith("@") else 1
    rest = "/".join(parts[count:])
    return "/".join(parts[:count]), f"./{rest}" if rest else "."


def _patterns(top: str, listing: Listing) -> list[str]:
    if listing.has_file(join(top, "pnpm-workspace.yaml")):
        data = read_bytes(join(top, "pnpm-workspace.yaml"))
        section = re.search(rb"^packages:[ \t]*\r?\n((?:[ \t]+[^\n]*\n?|[ \t]*#[^\n]*\n|\r?\n)*)", data, re.M)
        if section is not None:
            return [match.decode("utf-8", "replace") for match in _PNPM_PACKAGE.findall(section[1])]
    spaces: Any = read_package_json(join(top, "package.json")).get("workspaces")
    if isinstance(spaces, dict):
        spaces = spaces.get("packages")
    return [one for one in spaces if isinstance(one, str)] if isinstance(spaces, list) else []


def _expand(folder: str, parts: list[str], listing: Listing) -> list[str]:
    """Folders with a package.json that a workspace pattern names; links (loops) are left out."""
    if not parts:
        return [folder] if listing.has_file(join(folder, "package.json")) else []
    if parts[0].startswith("!"):
        return []
    entries = listing.folder(folder)
    below = [
        join(folder, name)
        for name in entries.folders
        if name not in NEVER_ENTERED and not name.startswith(".") and name not in entries.links
    ]
    if parts[0] == "**":
        found = _expand(folder, parts[1:], listing) if len(parts) > 1 else _expand(folder, [], listing)
        return found + [one for path in below for one in _expand(path, parts, listing)]
    return [
        one
        for path in below
        if fnmatchcase(path.rpartition("/")[2], parts[0])
        for one in _expand(path, parts[1:], listing)
    ]
