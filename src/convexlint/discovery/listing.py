"""Folders as they stand on disk, each read once and remembered."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from unicodedata import normalize

from msgspec import Struct

NEVER_ENTERED = frozenset({"node_modules", "__pycache__"})

_ONE_NAME: bool = sys.platform == "darwin"
"""Whether the file system takes the composed and the decomposed form of a name for one. There names are composed, as
people type them in imports, whatever form the disk gives back."""


def absolute(path: str | os.PathLike[str]) -> str:
    """`path` made absolute and normalised, with `/`. Symbolic links stay as they are."""
    return normal(str(Path.cwd() / path))


def normal(path: str) -> str:
    """`path` with `/`, without `.` and `..`, links left alone."""
    return _spelled(os.path.normpath(path))


def real(path: str) -> str:
    """Where `path` really is, once all links are followed, with `/`."""
    return _spelled(os.path.realpath(path))


def _spelled(path: str) -> str:
    """The one spelling of a path that the rest of convexlint sees: with `/`, and a drive in capitals."""
    path = path.replace(os.sep, "/")
    if path[1:2] == ":":
        path = path[0].upper() + path[1:]
    return _named(path)


def _named(name: str) -> str:
    return normalize("NFC", name) if _ONE_NAME and not name.isascii() else name


def relative(path: str, folder: str) -> str:
    """`path` as seen from `folder`, with `/`; as it is where no way leads there, since it lies on another drive."""
    try:
        return os.path.relpath(path, folder).replace(os.sep, "/")
    except ValueError:
        return path.replace(os.sep, "/")


def parent(path: str) -> str:
    """The folder that holds `path`; the root of the file system is its own parent."""
    above = path.rpartition("/")[0]
    if not above or above.endswith(":"):
        return path[: len(above) + 1]
    return above


def base(path: str) -> str:
    """The last part of `path`."""
    return path.rpartition("/")[2]


def join(folder: str, name: str) -> str:
    """`name` in `folder`, which may be the root of the file system."""
    return f"{folder}{name}" if folder.endswith("/") else f"{folder}/{name}"


def inside(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def ancestors(folder: str) -> list[str]:
    """`folder` and the folders above it, innermost first."""
    chain = [folder]
    while (above := parent(chain[-1])) != chain[-1]:
        chain.append(above)
    return chain


class Folder(Struct, frozen=True):
    """The names in one folder, sorted. `links`: which of `folders` are symbolic links.

    `readable` is False where the folder could not be listed (it then seems empty).
    """

    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    links: frozenset[str] = frozenset()
    readable: bool = True
    names: frozenset[str] = frozenset()


ABSENT = Folder(readable=False)


class Listing:
    """Remembers the listing of every folder asked for. One run makes one; it never looks twice."""

    def __init__(self) -> None:
        self._folders: dict[str, Folder] = {}

    def folder(self, path: str) -> Folder:
        """The names in the folder `path`; `readable=False` where there is no such folder or no right."""
        known = self._folders.get(path)
        if known is None:
            known = self._folders[path] = _scan(path)
        return known

    def has_file(self, path: str) -> bool:
        """Whether `path` is a file (a broken link counts: reading it is what must fail, visibly)."""
        return base(path) in self.folder(parent(path)).names

    def has_folder(self, path: str) -> bool:
        """Whether `path` is a folder."""
        return path == parent(path) or base(path) in self.folder(parent(path)).folders


def _scan(path: str) -> Folder:
    files: list[str] = []
    folders: list[str] = []
    links: set[str] = set()
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                name = _named(entry.name)
                if _is_folder(entry):
                    folders.append(name)
                    if entry.is_symlink():
                        links.add(name)
                elif _is_file(entry):
                    files.append(name)
    except (OSError, ValueError):  # a name with NUL or half a surrogate pair, as only a file's text can give
        return ABSENT
    return Folder(tuple(sorted(files)), tuple(sorted(folders)), frozenset(links), True, frozenset(files))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Regular files and broken links; never pipes or devices, which would block a reader."""
    try:
        return entry.is_file() or (entry.is_symlink() and not Path(entry.path).exists())
    except OSError:
        return True
