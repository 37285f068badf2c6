"""Which version of the npm package `convex` a project uses, from lock files and package.json."""

from __future__ import annotations

import re

from convexlint.discovery.listing import Listing, ancestors, inside
from convexlint.discovery.manifests import dependency, read_package_json
from convexlint.discovery.marks import read_bytes

Version = tuple[int, int, int]

_NUMBER = r"(\d+)(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?"
_RANGE = re.compile(rf"^\s*(?:npm:convex@)?(?:\^|~|>=|=|v)?\s*v?{_NUMBER}")
_EXACT = re.compile(r"^\s*=?v?(\d+)\.(\d+)\.(\d+)(?:[-+][\w.+-]*)?\s*$")


def convex_version(root: str, top: str, listing: Listing) -> Version | None:
    """The version in force for the package in `root`: its own exact pin, else the nearest lock file from
    `root` up to `top`, else the lower bound of the nearest range. None = unknown.

    "workspace:", "latest" and the like are unknown; "catalog:" is looked up further above.
    """
    folders = [folder for folder in ancestors(root) if inside(folder, top)] or [root]
    ranges = [
        found
        for folder in folders
        if listing.has_file(f"{folder}/package.json")
        and (found := dependency(read_package_json(f"{folder}/package.json"), "convex"))
    ]
    if ranges and (pinned := _EXACT.match(ranges[0])):
        return int(pinned[1]), int(pinned[2]), int(pinned[3])
    for folder in folders:
        locked = _locked(folder, root[len(folder.rstrip("/")) + 1 :], listing)
        if locked is not None:
            return locked
    for found in ranges:
        if not found.startswith("catalog:"):
            return lower_bound(found)
    return None


def lower_bound(wanted: str) -> Version | None:
    """The lowest version that an npm range allows: "^1.31.0" and ">=1.31 <2" are (1, 31, 0)."""
    bounds = [_parse(_RANGE.match(part)) for part in wanted.split("||")]
    known = [bound for bound in bounds if bound is not None]
    return min(known) if known and len(known) == len(bounds) else None


def _locked(folder: str, workspace: str, listing: Listing) -> Version | None:
    """What the lock file in `folder` settles for the package in the sub-folder `workspace` ("" = itself)."""
    names = listing.folder(folder).names
    for name in ("package-lock.json", "npm-shrinkwrap.json"):
        if name in names:
            return _from_npm(read_bytes(f"{folder}/{name}"), workspace)
    if "pnpm-lock.yaml" in names:
        return _from_pnpm(read_bytes(f"{folder}/pnpm-lock.yaml"), workspace)
    if "yarn.lock" in names:
        pattern = rb'^"?convex@[^\n]*:\r?\n\s+"?version"?:?\s+"?' + _VERSION
        return _first(pattern, read_bytes(f"{folder}/yarn.lock"))
    if "bun.lock" in names:
        data = read_bytes(f"{folder}/bun.lock")
        return _first(rb'^\s*"convex":\s*\[\s*"convex@' + _VERSION, data)
    return None


_VERSION = rb"(\d+)\.(\d+)\.(\d+)"


def _from_npm(data: bytes, workspace: str) -> Version | None:
    own = f'"{workspace}/node_modules/convex"'.encode() if workspace else b'"node_modules/convex"'
    for key in (own, b'"node_modules/convex"', b'"convex"'):
        found = _first(re.escape(key) + rb'\s*:\s*\{\s*"version"\s*:\s*"' + _VERSION, data)
        if found is not None:
            return found
    return None


def _from_pnpm(data: bytes, workspace: str) -> Version | None:
    importer = re.search(
        rb"^  '?" + re.escape(workspace.encode() or b".") + rb"'?:\r?\n((?:(?:    [^\n]*)?\r?\n)*)",
        data,
        re.M,
    )
    if importer is not None:
        found = _first(rb"^ +convex:\r?\n +specifier:[^\n]*\n +version: '?" + _VERSION, importer[1])
        if found is not None:
            return found
    for pattern in (rb"^  convex:(?:\r?\n +specifier:[^\n]*\n +version:)? '?", rb"^ +'?/?convex[@/]"):
        found = _first(pattern + _VERSION, data)
        if found is not None:
            return found
    return None


def _first(pattern: bytes, data: bytes) -> Version | None:
    match = re.search(pattern, data, re.M)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def _parse(match: re.Match[str] | None) -> Version | None:
    if match is None:
        return None
    major, minor, patch = (int(part) if part and part.isdigit() else 0 for part in match.groups())
    return major, minor, patch
