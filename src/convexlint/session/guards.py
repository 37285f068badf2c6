"""Which files fixes may change, and for the others why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from convexlint.discovery.ignore import Ignored
from convexlint.discovery.listing import base, inside, join, parent, real, relative
from convexlint.discovery.project import Project, Role, SourceFile
from convexlint.discovery.roles import is_test
from convexlint.session.files import NOT_PROGRAM

_HEAD = 2048
_COMMENTS = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:#![^\n]*\n)?(?:\s+|//[^\n]*(?:\n|\Z)|/\*.*?(?:\*/|\Z)|[\"']use \w+[\"'];?)*",
    re.DOTALL,
)
_GENERATED = re.compile(
    rb"@generated\b|\bauto(?:matically)?[- ]?generated\b|\bgenerated (?:by|from|with|using|file|code)\b"
    rb"|\b(?:file|code|module) (?:is|was|has been) generated\b|\b(?:do not|don't|never) (?:edit|modify|change)\b",
    re.IGNORECASE,
)


def _says_generated(path: str) -> bool:
    """Whether a comment in front of the code says that a generator writes the file: it would undo what a fix does."""
    try:
        with Path(path).open("rb", buffering=0) as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    comments = _COMMENTS.match(head)
    return comments is not None and _GENERATED.search(b" ".join(comments[0].split())) is not None


class Guards:
    """What stands against changing the files of one project. Each file is looked at once in a run.

    `files`: the files of the program as it is known at the moment, by path.
    """

    def __init__(
        self,
        project: Project,
        ignored: Ignored,
        files: Callable[[], Mapping[str, SourceFile]],
        clients: Callable[[], frozenset[str]] = frozenset,
        top: str = "",
    ) -> None:
        """`clients`: the files around the program that call it, below `top`."""
        self._clients = clients
        self._top = top
        self._project = project
        self._ignored = ignored
        self._files = files
        self._real: dict[str, str] = {}
        self.answers: dict[str, str | None] = {}
        """What `barrier` was asked, and what was found: None where a fix may change the file."""

    def barrier(self, path: str) -> str | None:
        """Why no fix may change the file, as words that follow "because"; None when it may."""
        if path not in self.answers:
            self.answers[path] = self.look(path)
        guard = self.answers[path]
        if guard is None:
            return None
        name = relative(path, self._project.root)
        return f"`{name}` {guard}, so no fix changes it"

    def look(self, path: str) -> str | None:
        """What stands against changing the file, asked anew: a fix may change source of the program that really lies
        inside the project's root, and is neither generated (by its role, or by what its head says), excluded, ignored
        by git nor a test."""
        file = self._files().get(path)
        if file is None and path in self._clients():
            if is_test(path.removeprefix(f"{self._top}/")):
                return "is a test"
            return self._look_at_source(path, self._top)
        if file is None:
            generated = any(f.path == path and f.role is Role.GENERATED for f in self._project.files)
            return "is generated" if generated else "is not part of the program"
        if file.role in NOT_PROGRAM:
            return "is generated" if file.role is Role.GENERATED else "is a test"
        if file.excluded:
            return "is excluded by the settings"
        return self._look_at_source(path, self._project.root)

    def _look_at_source(self, path: str, top: str) -> str | None:
        if _says_generated(path):
            return "says at its head that a generator writes it"
        if self._ignored.file(path):
            return "is ignored by git"
        root = self._real_folder(top)
        there = real(path) if Path(path).is_symlink() else join(self._real_folder(parent(path)), base(path))
        if "/node_modules/" in there:
            return "belongs to a dependency"
        return None if inside(there, root) else "lies outside of the project"

    def _real_folder(self, path: str) -> str:
        if path not in self._real:
            self._real[path] = real(path)
        return self._real[path]
