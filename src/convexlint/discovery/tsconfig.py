"""tsconfig.json: `paths` and `baseUrl`, through `extends`; JSON with comments and trailing commas."""

from __future__ import annotations

import json
import re
from typing import Any

from msgspec import Struct

from convexlint.discovery.listing import Listing, join, normal, parent
from convexlint.discovery.marks import read_bytes

_STRING_OR_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*(?:.*?\*/|.*\Z)', re.S)
_STRING_OR_COMMA = re.compile(r'"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])')


MAX_FILES = 100  # that extend each other


class Aliases(Struct, frozen=True):
    """Which paths a specifier may mean by one tsconfig.json. `paths`: pattern -> absolute targets."""

    base_url: str | None = None
    paths: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def by_paths(self, specifier: str) -> list[str]:
        """Absolute paths (mostly without extension) that `paths` gives for `specifier`, best first."""
        match = substitute(specifier, [pattern for pattern, _ in self.paths])
        if match is None:
            return []
        return [normal(target.replace("*", match[1], 1)) for target in dict(self.paths)[match[0]]]

    def by_base_url(self, specifier: str) -> list[str]:
        """The absolute path that `baseUrl` gives for `specifier`, if there is one."""
        return [normal(join(self.base_url, specifier))] if self.base_url is not None else []


def substitute(specifier: str, patterns: list[str]) -> tuple[str, str] | None:
    """The pattern that `specifier` matches best, and what its `*` stands for: exact, then longest prefix."""
    best: tuple[str, str] | None = None
    for pattern in patterns:
        head, star, tail = pattern.partition("*")
        if not star:
            if pattern == specifier:
                return pattern, ""
        elif (
            specifier.startswith(head)
            and specifier.endswith(tail)
            and len(specifier) >= len(head) + len(tail)
            and (best is None or len(head) > len(best[0].partition("*")[0]))
        ):
            best = pattern, specifier[len(head) : len(specifier) - len(tail)]
    return best


def read_aliases(path: str, listing: Listing) -> Aliases:
    """The aliases of the tsconfig file `path`; none where it cannot be read."""
    return _read(path, parent(path), listing, {})


def _read(path: str, leaf: str, listing: Listing, known: dict[str, Aliases]) -> Aliases:
    """`known`: the files read so far, each once, however often it is extended; one that is still read has nothing."""
    if path in known:
        return known[path]
    known[path] = Aliases()
    if len(known) <= MAX_FILES:
        known[path] = _read_anew(path, leaf, listing, known)
    return known[path]


def _read_anew(path: str, leaf: str, listing: Listing, known: dict[str, Aliases]) -> Aliases:
    table = parse_jsonc(read_bytes(path))
    options = table.get("compilerOptions")
    options = options if isinstance(options, dict) else {}
    folder = parent(path)
    below = Aliases()
    extends = table.get("extends")
    for one in extends if isinstance(extends, list) else [extends]:
        target = _extended(one, folder, listing) if isinstance(one, str) else None
        if target is not None:
            added = _read(target, leaf, listing, known)
            below = Aliases(added.base_url or below.base_url, added.paths or below.paths)
    base_url = options.get("baseUrl")
    base = normal(join(folder, base_url.replace("${configDir}", leaf))) if isinstance(base_url, str) else None
    if isinstance(base_url, str) and base_url.startswith("${configDir}"):
        base = normal(base_url.replace("${configDir}", leaf))
    paths = options.get("paths")
    if not isinstance(paths, dict):
        return Aliases(base or below.base_url, below.paths)
    home = base or below.base_url or folder
    own = tuple(
        (pattern, tuple(_target(one, home, leaf) for one in targets if isinstance(one, str)))
        for pattern, targets in paths.items()
        if isinstance(targets, list)
    )
    return Aliases(base or below.base_url, own)


def _target(target: str, home: str, leaf: str) -> str:
    if target.startswith("${configDir}"):
        return target.replace("${configDir}", leaf)
    return target if target.startswith("/") else join(home, target)


def _extended(name: str, folder: str, listing: Listing) -> str | None:
    """The file that `extends` names by a path. Packages are not followed: they lie in node_modules."""
    if not name.startswith((".", "/")):
        return None
    path = normal(name if name.startswith("/") else join(folder, name))
    for candidate in (path, f"{path}.json", join(path, "tsconfig.json")):
        if listing.has_file(candidate):
            return candidate
    return None


def parse_jsonc(data: bytes) -> dict[str, Any]:
    """The object in a JSON text with comments and trailing commas; empty where there is none."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    text = _STRING_OR_COMMENT.sub(lambda match: match[0] if match[0][0] == '"' else " ", text)
    text = _STRING_OR_COMMA.sub(lambda match: match[0] if match[0][0] == '"' else "", text)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
