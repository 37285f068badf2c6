"""The files around a project that may call its functions: everything of the repository that is source, a script, a
request or a manifest. One walk serves all of them."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator

from msgspec import Struct

from convexlint.discovery.ignore import Ignored
from convexlint.discovery.listing import Listing
from convexlint.discovery.roles import is_test

SCRIPTS = (
    *(".ts", ".tsx", ".js", ".jsx", ".mts", ".cts", ".mjs", ".cjs"),
    *(".svelte", ".vue", ".astro", ".mdx", ".html"),
)
"""What may use the generated `api`."""
PROGRAMS = (
    *(".py", ".swift", ".kt", ".kts", ".java", ".rs", ".go", ".dart", ".rb", ".php", ".cs", ".m", ".ex"),
    ".exs",
)
"""What names functions in texts."""
TEXTS = (
    *PROGRAMS,
    *(".sh", ".bash", ".zsh", ".fish", ".ps1", ".http", ".rest", ".json", ".jsonc", ".yml", ".yaml", ".toml"),
)
"""The same, and what names them in commands and requests (`npx convex run tasks:list`)."""
NAMES = frozenset({"Makefile", "Justfile", "justfile", "Dockerfile", "Procfile"})
MANIFESTS = frozenset({"package.json", "tsconfig.json", "jsconfig.json", "pnpm-workspace.yaml"})
"""What says where imports lead."""
SUFFIXES = (*SCRIPTS, *TEXTS)
SKIPPED = frozenset(
    {"node_modules", "dist", "build", "out", "coverage", "venv", "__pycache__", "_generated", "Pods"}
)
_HIDDEN = frozenset({".github", ".circleci", ".husky", ".storybook", ".maestro"})
"""Folders that are looked into although their names begin with a dot."""
_LOCKS = frozenset({"package-lock.json", "pnpm-lock.yaml", "npm-shrinkwrap.json", "composer.lock"})
MAX_FILES = 20_000
MAX_BYTES = 1_000_000
"""What is longer was not written by a person."""
SETTLED_SECONDS = 2
"""A file changed later than this before it was looked at may change again without another time stamp."""


_TESTS = frozenset({"e2e", "test", "tests", "cypress", "playwright"})


def is_application(path: str) -> bool:
    """Whether a file may be part of an application: no test, script of a shell, manifest or setting, which a backend
    without any client may have as well."""
    folders = path.split("/")
    return (
        path.endswith((*SCRIPTS, *PROGRAMS))
        and not is_test("/".join(folders[-3:]))
        and _TESTS.isdisjoint(folders)
    )


class State(Struct, frozen=True, array_like=True):
    """What tells that a file is the same, without a look into it. `settled`: it does."""

    size: int
    modified: int
    changed: int
    number: int
    settled: bool


class Around:
    """The files below `top`, found when somebody asks."""

    def __init__(self, top: str, listing: Listing | None = None) -> None:
        self.top = top
        self._ignored = Ignored(top, top, listing or Listing())
        self._files: dict[str, State] | None = None
        self._backends: set[str] = set()

    @property
    def files(self) -> dict[str, State]:
        """By path, sorted; of more than MAX_FILES one more than that."""
        if self._files is None:
            latest = time.time() - SETTLED_SECONDS
            found = dict(self._walk(latest))
            self._files = {path: found[path] for path in sorted(found)}
        return self._files

    @property
    def are_too_many(self) -> bool:
        """Whether not all were looked at."""
        return len(self.files) > MAX_FILES

    @property
    def backends(self) -> int:
        """How many functions folders there are, without those of components that lie in another one."""
        found = self._backends if self.files is not None else set()
        return sum(not any(one.startswith(f"{other}/") for other in found) for one in found)

    def is_ignored(self, path: str) -> bool:
        """Whether git ignores the file."""
        return self._ignored.file(path)

    def stamp(self, own: frozenset[str]) -> str:
        """Stands for the files as they are, without those of `own`; "" while they may change unseen."""
        files = [(path, state) for path, state in self.files.items() if path not in own]
        if self.are_too_many or not all(state.settled for _, state in files):
            return ""
        listed = [(path, s.size, s.modified, s.changed, s.number) for path, s in files]
        return hashlib.blake2b(repr(listed).encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()

    def _walk(self, latest: float) -> Iterator[tuple[str, State]]:
        seen = 0
        folders = [self.top]
        while folders:
            try:
                with os.scandir(folders.pop()) as entries:
                    for entry in entries:
                        name = entry.name
                        if entry.is_dir(follow_symlinks=False):
                            path = entry.path.replace(os.sep, "/")
                            if name in ("_generated", "convex"):
                                self._backends.add(path.rpartition("/")[0] if name == "_generated" else path)
                            hidden = name.startswith(".") and name not in _HIDDEN
                            if name not in SKIPPED and not hidden and not self._ignored.folder(path):
                                folders.append(entry.path)
                        elif (name.endswith(SUFFIXES) or name in NAMES) and name not in _LOCKS:
                            state = entry.stat()
                            if entry.is_file() and state.st_size <= MAX_BYTES:
                                seen += 1
                                yield entry.path.replace(os.sep, "/"), _state(state, latest)
                                if seen > MAX_FILES:
                                    return
            except OSError:
                continue


def _state(state: os.stat_result, latest: float) -> State:
    settled = max(state.st_mtime, state.st_ctime) <= latest
    return State(state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino, settled)
