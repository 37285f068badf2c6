"""`.gitignore` files: nested, with negation, from the repository's root down."""

from __future__ import annotations

from pathlib import Path

import pathspec

from convexlint.discovery.listing import Listing, ancestors, inside, join, parent

_Spec = pathspec.GitIgnoreSpec


def repository_root(folder: str, listing: Listing) -> str:
    """The folder that holds `.git`; without one the outermost folder with a package.json, else `folder`."""
    outermost = folder
    for above in ancestors(folder):
        entries = listing.folder(above)
        if ".git" in entries.folders or ".git" in entries.names:
            return above
        if "package.json" in entries.names:
            outermost = above
    return outermost


def git_root(folder: str, listing: Listing) -> str | None:
    """The folder at or above `folder` that holds `.git`, a folder or, in a worktree or a submodule, a file."""
    for above in ancestors(folder):
        entries = listing.folder(above)
        if ".git" in entries.folders or ".git" in entries.names:
            return above
    return None


def application_root(folder: str, repository: str, listing: Listing) -> str:
    """The folder that holds the whole application of a project: the outermost one with a package.json, inside of the
    repository; `repository` where there is none."""
    above = [
        f for f in ancestors(folder) if inside(f, repository) and listing.has_file(join(f, "package.json"))
    ]
    return above[-1] if above else repository


class Ignored:
    """Which paths below `top` are ignored. Patterns above `start` count as well, unless they ignore `start`
    itself: who names a folder means it."""

    def __init__(self, start: str, top: str, listing: Listing) -> None:
        self._listing = listing
        self._specs: dict[str, _Spec | None] = {}
        self._folders: dict[str, bool] = {}
        self._top = top
        if start != top and self.folder(start):
            self._top = start
            self._folders.clear()

    def folder(self, path: str) -> bool:
        """Whether the folder `path`, or one above it, is ignored."""
        known = self._folders.get(path)
        if known is None:
            if path == self._top or not inside(path, self._top):
                known = False
            else:
                known = self.folder(parent(path)) or self._matches(path, "/")
            self._folders[path] = known
        return known

    def file(self, path: str) -> bool:
        """Whether the file `path` is ignored."""
        return inside(path, self._top) and (self.folder(parent(path)) or self._matches(path, ""))

    def _matches(self, path: str, suffix: str) -> bool:
        # The innermost file that has a word on the path decides; within one file the last pattern does.
        for folder in ancestors(parent(path)):
            if not inside(folder, self._top):
                break
            spec = self._spec(folder)
            if spec is not None:
                verdict = spec.check_file(path[len(folder.rstrip("/")) + 1 :] + suffix).include
                if verdict is not None:
                    return verdict
        return False

    def _spec(self, folder: str) -> _Spec | None:
        if folder not in self._specs:
            self._specs[folder] = self._read(folder)
        return self._specs[folder]

    def _read(self, folder: str) -> _Spec | None:
        if not self._listing.has_file(f"{folder.rstrip('/')}/.gitignore"):
            return None
        try:
            lines = Path(folder, ".gitignore").read_text("utf-8", "replace").splitlines()
        except OSError:
            return None
        patterns = []
        for line in lines:
            try:
                _Spec.from_lines([line])
            except ValueError:
                continue  # git passes over a pattern that it cannot read
            patterns.append(line)
        return _Spec.from_lines(patterns) if patterns else None
