"""The project as it was in an earlier revision of git: its program is built from blobs, nothing is written.

Folders and files are those of the commit. What git does not hold (node_modules) is taken as it is on disk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from convexlint.config.settings import Settings
from convexlint.discovery.ignore import Ignored
from convexlint.discovery.listing import (
    NEVER_ENTERED,
    Folder,
    Listing,
    base,
    inside,
    join,
    normal,
    parent,
    real,
)
from convexlint.discovery.marks import Marks
from convexlint.discovery.modules import list_modules
from convexlint.discovery.project import Project
from convexlint.discovery.resolve import Resolver
from convexlint.discovery.roles import is_source
from convexlint.git.repository import GitError, Repository
from convexlint.session.clock import Stopwatch
from convexlint.session.contract import PathError
from convexlint.session.files import Files, read_file

if TYPE_CHECKING:
    from convexlint.program.deployed import Deployed
    from convexlint.session.facts_store import FactsStore


class Deploy(Protocol):
    """What a project is compared with. `commit` names it for good: the same words, the same contents."""

    commit: str

    def deployed(self, settings: Settings, store: FactsStore) -> Deployed | None: ...


def earlier(project: Project, against: str) -> Deploy:
    """The revision of git, or the file with a model, that `against` names. Raises GitError, PathError."""
    if against.endswith(".json") and Path(against).is_file():
        from convexlint.session.modelled import Modelled

        return Modelled(project, against)
    return Earlier(project, against)


class Earlier:
    """One revision of the repository around a project. Raises GitError where git is not there or does not know it."""

    def __init__(self, project: Project, revision: str) -> None:
        self._project = project
        self.revision = revision
        self._repository = Repository.around(real(project.functions_dir), revision)
        self.commit = self._repository.base(revision, real(str(Path.cwd()))) or ""

    def deployed(self, settings: Settings, store: FactsStore) -> Deployed | None:
        """What the revision leaves for a deploy of today to break; None where it has no such project. Raises PathError
        where git fails to tell."""
        try:
            return self._deployed(settings, store)
        except GitError as error:
            raise PathError(str(error)) from None

    def _deployed(self, settings: Settings, store: FactsStore) -> Deployed | None:
        from convexlint.program.evolution.snapshot import snapshot
        from convexlint.session.gather import Gatherer

        if not self.commit:  # of a submodule that was not there
            return None
        tree = _Tree(self._repository, self.commit, self._project.root)
        folder = self._functions_dir(tree)
        listing = _OfTree(tree)
        ignored = Ignored(folder, real(folder), Listing())
        files = list_modules(folder, ignored, listing, Marks(listing)).files
        if not files:
            return None
        project = replace(self._project, functions_dir=folder, files=files)
        tree.fetch(file.path for file in files)
        gatherer = Gatherer(project, settings, store, Stopwatch(), Resolver(project, listing))
        return snapshot(gatherer.gather(Files({}, tree.read)).program, self.revision)

    def _functions_dir(self, tree: _Tree) -> str:
        """Where the functions were: where they are today, else in the folder that the revision's convex.json names,
        unless another backend lies there today. A component has no other place."""
        project = self._project
        if project.component or any(inside(path, project.functions_dir) for path in tree.names):
            return project.functions_dir
        content = tree.read(join(project.root, "convex.json"))
        try:
            named = json.loads(content) if isinstance(content, bytes) else None
        except ValueError:
            named = None
        folder = named.get("functions") if isinstance(named, dict) else None
        found = normal(join(project.root, folder if isinstance(folder, str) else "convex"))
        free = not any(map(is_source, Listing().folder(found).files))
        return found if inside(found, project.root) and free else project.functions_dir


class _Tree:
    """The files of a commit by the paths that the project uses, which may go through links."""

    def __init__(self, repository: Repository, commit: str, root: str) -> None:
        self._repository = repository
        there = real(root)
        top = repository.top
        # Paths of the project that lie in the repository begin with `spelled` where git says `top`.
        below = there[len(top) :]
        self.spelled = root[: len(root) - len(below)] if root.endswith(below) else top
        self.names = {self.spelled + path[len(top) :]: blob for path, blob in repository.tree(commit).items()}
        self._blobs: dict[str, bytes] = {}

    def fetch(self, paths: Iterable[str]) -> None:
        """Read these files at once."""
        names = [self.names[path] for path in paths if path in self.names]
        self._blobs.update(self._repository.blobs(names))

    def read(self, path: str) -> bytes | str:
        """The file as the commit has it, or in words why it cannot be read."""
        blob = self.names.get(path)
        if blob is None:
            return read_file(path) if not self.holds(path) else "no such file in the revision"
        if blob not in self._blobs:
            self._blobs.update(self._repository.blobs([blob]))
        return self._blobs[blob]

    def holds(self, path: str) -> bool:
        """Whether git decides what is there: not outside of the repository, nor in folders of packages."""
        return inside(path, self.spelled) and not NEVER_ENTERED.intersection(path.split("/"))


class _OfTree(Listing):
    """Folders as a commit has them."""

    def __init__(self, tree: _Tree) -> None:
        super().__init__()
        self._tree = tree
        files: dict[str, set[str]] = {}
        folders: dict[str, set[str]] = {tree.spelled: set()}
        for path in tree.names:
            files.setdefault(parent(path), set()).add(base(path))
            folder = parent(path)
            while folder != tree.spelled and base(folder) not in folders.setdefault(parent(folder), set()):
                folders[parent(folder)].add(base(folder))
                folder = parent(folder)
        self._files, self._known = files, folders

    def folder(self, path: str) -> Folder:
        if not self._tree.holds(path):
            return super().folder(path)
        files, folders = self._files.get(path, set()), set(self._known.get(path, set()))
        if not files and not folders:
            return Folder(readable=False)
        folders |= {name for name in NEVER_ENTERED if Path(path, name).is_dir()}
        return Folder(tuple(sorted(files)), tuple(sorted(folders)), frozenset(), True, frozenset(files))
