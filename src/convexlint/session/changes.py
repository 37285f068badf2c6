"""Which files and lines a run reports when it is asked for what changed (--since) or is staged (--staged).

The program is always that of the whole project. Under --staged it is the program that the index has: contents, files
that are missing on disk, and without files that git does not know.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from convexlint.discovery.listing import Folder, Listing, base, inside, join, parent, real
from convexlint.discovery.project import Discovered, Project, Target
from convexlint.discovery.roles import is_source
from convexlint.findings import Span
from convexlint.git.patches import Lines
from convexlint.session.contract import Request

if TYPE_CHECKING:
    from convexlint.git.repository import Repository

_MOST_LINES = 20_000
"""Lines of a changed stretch that are compared one by one: more of them count as changed."""


class Changes:
    """What git says of the projects of one run. Raises GitError."""

    def __init__(self, request: Request, projects: Iterable[Project]) -> None:
        self._request = request
        self._started_in = real(str(Path.cwd()))
        self._repositories: dict[str, Repository] = {}
        self._bases: dict[str, str | None] = {}
        self._lines: dict[str, Lines | None] = {}
        self._changed: dict[str, frozenset[str]] = {}
        self.paths: set[str] = set()
        """All paths that changed, as the projects spell them, gone ones included."""
        self.contents: dict[str, bytes] = {}
        """Under --staged: what the index has for files that are otherwise on disk."""
        self.listing: Listing | None = None
        """Under --staged, where the index has other files than the disk: the folders as it has them."""
        for project in projects:
            self._take(project)
        if request.staged:
            self._take_index()

    def limited(self, found: Discovered) -> Discovered:
        """The same projects, of which only changed files are asked for; those that have none are left out."""
        targets = []
        for target in found.targets:
            self._take(target.project)
            changed = self._of(target.project)
            self.paths |= changed
            only = changed if target.only is None else changed & target.only
            if any(self._matters(path, target.project) for path in only):
                targets.append(Target(target.project, only))
        return replace(found, targets=tuple(targets), looked_in=())

    @property
    def differs_from_disk(self) -> bool:
        """Whether what is linted is not what the disk has."""
        return bool(self.contents) or self.listing is not None

    def holds(self, path: str, span: Span, now: bytes, asked_about: bytes) -> bool:
        """Whether the span in `now` lies, with one of its lines, on changed lines. `asked_about`: the bytes that git
        knows; `now` has others once fixes were applied."""
        if not self._request.since_lines:
            return True
        changed = self._lines_of(path)
        if changed is not None and asked_about != now:
            changed = moved(changed, asked_about, now)
        if changed is None:
            return True
        first = now.count(b"\n", 0, span.start) + 1
        last = first + now.count(b"\n", span.start, max(span.start, span.end - 1))
        at = bisect_left(changed, first, key=lambda lines: lines[1])
        return at < len(changed) and changed[at][0] <= last

    def _take(self, project: Project) -> None:
        """Ask about the repository of the project."""
        repository = self._repository(project)
        if repository.top not in self._changed:
            if self._request.staged:
                self._changed[repository.top] = repository.staged()
            else:
                base = self._bases[repository.top] = repository.base(
                    self._request.since or "", self._started_in
                )
                self._changed[repository.top] = repository.changed(base)

    def _take_index(self) -> None:
        missing: set[str] = set()
        unknown: set[str] = set()
        for repository in {one.top: one for one in self._repositories.values()}.values():
            index = repository.index()
            self.contents.update(index.contents)
            missing |= index.missing
            unknown |= index.unknown
        if missing or unknown:
            self.listing = _OfIndex(missing, unknown)

    def respelled(self, projects: Iterable[Project]) -> dict[str, bytes]:
        """`contents` by the paths that the projects use."""
        found = dict(self.contents)
        for project in projects if self.contents else ():
            there = _Real()
            for file in project.files:
                content = self.contents.get(there(file.path))
                if content is not None:
                    found[file.path] = content
        return found

    def _of(self, project: Project) -> frozenset[str]:
        """The changed files, as the project spells them."""
        changed = self._changed[self._repository(project).top]
        there = _Real()
        own = {file.path for file in project.files if there(file.path) in changed}
        own |= {
            file.path
            for file in project.files
            if file.path not in own and Path(file.path).is_symlink() and real(file.path) in changed
        }
        root = real(project.root)
        others = changed if root == project.root else {_below(path, root, project.root) for path in changed}
        return frozenset(own | others)

    def _matters(self, path: str, project: Project) -> bool:
        """Whether something about the project may stand in the file."""
        return is_source(base(path)) or any(problem.path == path for problem in project.problems)

    def _lines_of(self, path: str) -> Lines | None:
        if path not in self._lines:
            there = join(real(parent(path)), base(path))
            repository = max(
                (one for one in self._repositories.values() if inside(there, one.top)),
                key=lambda one: len(one.top),
                default=None,
            )
            if repository is None:
                self._lines[path] = None
            elif self._request.staged:
                self._lines[path] = repository.staged_lines([there])[there]
            else:
                self._lines[path] = repository.changed_lines(self._bases[repository.top], [there])[there]
        return self._lines[path]

    def _repository(self, project: Project) -> Repository:
        from convexlint.git.repository import Repository

        folder = project.functions_dir
        if folder not in self._repositories:
            self._repositories[folder] = Repository.around(real(folder))
        return self._repositories[folder]


def moved(changed: Lines, before: bytes, after: bytes) -> Lines:
    """Where lines of `before` are in `after`, and the lines that are new there."""
    from difflib import SequenceMatcher

    old, new = before.split(b"\n"), after.split(b"\n")
    head = _same(old, new)
    tail = _same(old[head:][::-1], new[head:][::-1])
    middle = (old[head : len(old) - tail], new[head : len(new) - tail])
    marked = {line for first, last in changed for line in range(first - 1, last)}
    kept = {line for line in marked if line < head}
    kept |= {line + len(new) - len(old) for line in marked if line >= len(old) - tail}
    if sum(map(len, middle)) > _MOST_LINES:
        kept |= set(range(head, len(new) - tail))
    else:
        for tag, a, b, c, d in SequenceMatcher(None, *middle, autojunk=False).get_opcodes():
            if tag == "equal":
                kept |= {line - a + c for line in range(head + a, head + b) if line in marked}
            else:
                kept |= set(range(head + c, head + d))
    return _ranges(sorted(kept))


def _same(one: Sequence[bytes], other: Sequence[bytes]) -> int:
    return next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _ranges(lines: Sequence[int]) -> Lines:
    """Lines counted from 0, sorted, as ranges counted from 1."""
    found: list[tuple[int, int]] = []
    for line in lines:
        if found and found[-1][1] == line:
            found[-1] = (found[-1][0], line + 1)
        else:
            found.append((line + 1, line + 1))
    return tuple(found)


class _Real:
    """Where files really are; each folder is looked at once, and the last part of a path stays."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def __call__(self, path: str) -> str:
        folder = parent(path)
        if folder not in self._folders:
            self._folders[folder] = real(folder)
        return join(self._folders[folder], base(path))


def _below(path: str, root: str, spelled: str) -> str:
    return spelled + path[len(root) :] if inside(path, root) else path


class _OfIndex(Listing):
    """Folders as the index has them; ignored files stay as they are on disk."""

    def __init__(self, missing: Iterable[str], unknown: Iterable[str]) -> None:
        super().__init__()
        self._unknown = frozenset(unknown)
        self._files: dict[str, set[str]] = {}
        self._folders_of: dict[str, set[str]] = {}
        for path in missing:
            self._files.setdefault(parent(path), set()).add(base(path))
            folder = parent(path)
            while parent(folder) != folder and not Path(folder).is_dir():
                self._folders_of.setdefault(parent(folder), set()).add(base(folder))
                folder = parent(folder)
        self._seen: dict[str, Folder] = {}

    def folder(self, path: str) -> Folder:
        known = self._seen.get(path)
        if known is None:
            known = self._seen[path] = self._overlaid(path, super().folder(path))
        return known

    def _overlaid(self, path: str, on_disk: Folder) -> Folder:
        there = real(path)
        files = {name for name in on_disk.files if join(there, name) not in self._unknown}
        files |= self._files.get(there, set())
        folders = {*on_disk.folders, *self._folders_of.get(there, set())}
        readable = on_disk.readable or bool(files or folders)
        return Folder(tuple(sorted(files)), tuple(sorted(folders)), on_disk.links, readable, frozenset(files))


def limited_by_git(
    request: Request, found: Discovered, again: Callable[[Listing], Discovered]
) -> tuple[Discovered, Changes | None]:
    """`found` with what changed alone, where the request asks for that. `again` looks for projects in other folders
    than those on disk."""
    if request.since is None and not request.staged:
        return found, None
    changes = Changes(request, [target.project for target in found.targets])
    if changes.listing is not None:
        found = again(changes.listing)
    return changes.limited(found), changes
