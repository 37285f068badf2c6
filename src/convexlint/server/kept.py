"""Lints of single files that are kept while nothing changes that they were made from."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from convexlint.facts.lowered import Lowered
from convexlint.findings import Diagnostic
from convexlint.session.reads import Reads
from convexlint.session.workspace import Workspace


class Kept(Struct, frozen=True):
    """What was found in one file."""

    diagnostics: tuple[Diagnostic, ...]
    reads: Reads


class KeptLints:
    """The kept lints of a project by path. They are true of the contents that were met last."""

    def __init__(self) -> None:
        self._by_path: dict[str, Kept] = {}
        self._contents: Mapping[str, bytes | str] = {}
        self._weights: dict[str, int] = {}

    def get(self, path: str) -> Kept | None:
        return self._by_path.get(path)

    def weight(self, path: str) -> int:
        """How many modules the last lint of the file has read: files with few are answered first."""
        return self._weights.get(path, 0)

    def take(self, path: str, kept: Kept) -> None:
        """Keep a lint that was made from the contents that were met last."""
        self._by_path[path] = kept
        self._weights[path] = len(kept.reads.modules)

    def clear(self) -> None:
        """Something else has changed than contents."""
        self._by_path.clear()

    def keep_only(self, paths: frozenset[str]) -> None:
        """Let go of the lints of all other files."""
        self._by_path = {path: one for path, one in self._by_path.items() if path in paths}
        self._weights = {path: one for path, one in self._weights.items() if path in paths}

    def update(self, contents: Mapping[str, bytes | str], workspace: Workspace) -> None:
        """The project's files have these contents now: let go of the lints that they may change."""
        before, self._contents = self._contents, contents
        if before.keys() != contents.keys():
            self.clear()
        if not self._by_path:
            return
        changed = {path: content for path, content in contents.items() if before[path] != content}
        made: dict[tuple[str, bytes], Lowered | None] = {}

        def lower(path: str, content: bytes) -> Lowered | None:
            key = (path, content)
            if key not in made:
                made[key] = workspace.lowered(path, content)
            return made[key]

        for path, content in changed.items():
            self._by_path = {
                kept: one for kept, one in self._by_path.items() if one.reads.outlive(path, content, lower)
            }
