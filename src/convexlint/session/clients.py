"""The source around a project that may call its functions: everything in the application that is not its program."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator

from convexlint.discovery.mentions import Mentions
from convexlint.reading import read_regular

_SCRIPTS = (
    ".ts",
    ".tsx",
    ".js",
    ".jsx",
    ".mts",
    ".cts",
    ".mjs",
    ".cjs",
    ".svelte",
    ".vue",
    ".astro",
    ".mdx",
    ".html",
)
_OTHERS = (".py", ".swift", ".kt", ".java", ".rs", ".go", ".dart", ".rb")
SUFFIXES = (*_SCRIPTS, *_OTHERS)
SKIPPED = frozenset({"node_modules", "dist", "build", "out", "coverage", "venv", "__pycache__", "_generated"})
MAX_FILES = 20_000
MAX_BYTES = 1_000_000
"""What is longer was not written by a person."""
SETTLED_SECONDS = 2
"""A file changed later than this before it was read may change again without another time stamp."""


class Clients:
    """Answers whether source below `top` names a function. Nothing is read before the first question."""

    def __init__(self, top: str) -> None:
        self._top = top
        self._mentions: Mentions | None = None
        self._own: frozenset[str] = frozenset()
        self.stamp = ""
        """Stands for the files that were read, by size and times; "" while they are too fresh for that."""
        self.answers: dict[str, str] = {}
        self._process = os.getpid()

    def named(self, path: str, own: frozenset[str]) -> str:
        """Whether the function `path` ("a/b:f") is named: "yes", "no", or "unknown". `own`: the program's modules,
        which are no clients. Raises RuntimeError in a fork of the process that made it: the answers are kept here."""
        if os.getpid() != self._process:
            raise RuntimeError("clients are asked for in the first process alone")
        if self._mentions is None or own != self._own:
            self._mentions, self._own, self.answers = self._read(own), own, {}
        if path not in self.answers:
            self.answers[path] = self._mentions.of(path)
        return self.answers[path]

    def still(self, stamp: str, answers: tuple[tuple[str, str], ...], own: frozenset[str]) -> bool:
        """Whether the answers of an earlier run, with its stamp, are those of now."""
        if not answers or (stamp and self._stamp(list(self._files(own))) == stamp):
            return True
        return all(self.named(path, own) == answer for path, answer in answers)

    def _read(self, own: frozenset[str]) -> Mentions:
        files = list(self._files(own))
        self.stamp = self._stamp(files)
        found = Mentions()
        if len(files) > MAX_FILES:
            found.paths.add(())
            return found
        for path, _ in files:
            try:
                found.read(read_regular(path, MAX_BYTES))
            except OSError:
                found.paths.add(())
        return found

    def _files(self, own: frozenset[str]) -> Iterator[tuple[str, os.stat_result]]:
        """Paths with their states, in any order, one more than MAX_FILES at most."""
        seen = 0
        folders = [self._top]
        while folders:
            try:
                with os.scandir(folders.pop()) as entries:
                    for entry in entries:
                        name = entry.name
                        if entry.is_dir(follow_symlinks=False):
                            if name not in SKIPPED and not name.startswith("."):
                                folders.append(entry.path)
                        elif name.endswith(SUFFIXES) and entry.path.replace(os.sep, "/") not in own:
                            state = entry.stat()
                            if entry.is_file() and state.st_size <= MAX_BYTES:
                                seen += 1
                                yield entry.path, state
                                if seen > MAX_FILES:
                                    return
            except OSError:
                continue

    def _stamp(self, files: list[tuple[str, os.stat_result]]) -> str:
        settled = time.time() - SETTLED_SECONDS
        if len(files) > MAX_FILES or any(max(s.st_mtime, s.st_ctime) > settled for _, s in files):
            return ""
        listed = sorted((path, s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino) for path, s in files)
        return hashlib.blake2b(repr(listed).encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()
