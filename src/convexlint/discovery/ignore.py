"""`.gitignore` files: nested, with negation, from the repository's root down."""

from __future__ import annotations

from convexlint.discovery.listing import Listing, ancestors, inside, parent
from convexlint.patterns import Patterns
from convexlint.reading import MAX_SETTING, read_regular


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


class Ignored:
    """Which paths below `top` are ignored. Patterns above `start` count as well, unless they ignore `start`
    itself: who names a folder means it."""

    def __init__(self, start: str, top: str, listing: Listing) -> None:
        self._listing = listing
        self._specs: dict[str, Patterns | None] = {}
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
                known = self.folder(parent(path)) or self._matches(path, True)
            self._folders[path] = known
        return known

    def file(self, path: str) -> bool:
        """Whether the file `path` is ignored."""
        return inside(path, self._top) and (self.folder(parent(path)) or self._matches(path, False))

    def _matches(self, path: str, is_folder: bool) -> bool:
        # The innermost file that has a word on the path decides; within one file the last pattern does.
        for folder in ancestors(parent(path)):
            if not inside(folder, self._top):
                break
            spec = self._spec(folder)
            if spec is not None:
                verdict = spec.verdict(path[len(folder.rstrip("/")) + 1 :], is_folder)
                if verdict is not None:
                    return verdict
        return False

    def _spec(self, folder: str) -> Patterns | None:
        if folder not in self._specs:
            self._specs[folder] = self._read(folder)
        return self._specs[folder]

    def _read(self, folder: str) -> Patterns | None:
        if not self._listing.has_file(f"{folder.rstrip('/')}/.gitignore"):
            return None
        try:
            text = read_regular(f"{folder.rstrip('/')}/.gitignore", MAX_SETTING).decode("utf-8", "replace")
        except OSError:
            return None
        found = Patterns(text.removeprefix("\ufeff").split("\n"))
        return found if found else None
