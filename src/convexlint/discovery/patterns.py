"""Globs on the command line: scripts of package.json quote them, so that no shell expands them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from glob import has_magic
from pathlib import Path

_BRACES = re.compile(r"\{([^{}]*)\}")
_PART = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)
MOST = 20_000
"""Names that one glob may stand for."""


def is_glob(path: str) -> bool:
    """Whether the path has signs of a glob. A name that exists is meant as it is: ask that first."""
    return has_magic(path) or _BRACES.search(path) is not None


def matches(pattern: str) -> list[str]:
    """The files and folders that a glob stands for, sorted: `**` crosses folders, `{a,b}` is either. `node_modules` and
    hidden folders are not entered. Raises ValueError for more than MOST."""
    found: set[str] = set()
    for one in _without_braces(pattern.replace(os.sep, "/")):
        words = one.split("/")
        plain = next((n for n, word in enumerate(words) if has_magic(word)), len(words) - 1)
        base = "/".join(words[:plain])
        rest = re.compile("".join(map(_translated, _PART.findall("/".join(words[plain:])))))
        top = base or ("/" if one.startswith("/") else ".")
        for path in _below(top, max_depth=None if "**" in one else len(words) - plain):
            if rest.fullmatch(path):
                found.add(f"{base}/{path}" if base or one.startswith("/") else path)
            if len(found) > MOST:
                raise ValueError(f"{pattern} stands for more than {MOST} names")
    return sorted(found)


def _below(top: str, max_depth: int | None) -> Iterator[str]:
    """Everything below a folder, as paths from there."""
    pending = [("", 1)]
    while pending:
        prefix, depth = pending.pop()
        try:
            with os.scandir(Path(top, prefix)) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in listed:
            if entry.name.startswith(".") or entry.name == "node_modules":
                continue
            yield prefix + entry.name
            if entry.is_dir(follow_symlinks=False) and (max_depth is None or depth < max_depth):
                pending.append((f"{prefix}{entry.name}/", depth + 1))


def _translated(part: str) -> str:
    known = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if part in known:
        return known[part]
    if len(part) > 1 and part.startswith("["):
        inner = part[1:-1].replace("\\", "\\\\")
        return f"[^/{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
    return re.escape(part)


def _without_braces(pattern: str) -> Iterator[str]:
    match = _BRACES.search(pattern)
    if match is None:
        yield pattern
        return
    for word in match[1].split(","):
        yield from _without_braces(pattern[: match.start()] + word + pattern[match.end() :])
