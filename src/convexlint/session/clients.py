"""The source around a project that may call its functions: everything in the application that is not its program."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from convexlint.discovery.listing import Listing, ancestors, join, parent
from convexlint.discovery.manifests import read_package_json
from convexlint.discovery.mentions import Mentions
from convexlint.discovery.resolve import Resolver
from convexlint.reading import read_regular
from convexlint.session.scripts import API, ScriptFile, clients_among, digest, is_script
from convexlint.structs import replace

if TYPE_CHECKING:
    from convexlint.program.callers import ClientFile

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


_PYTHON = "?python"
"""The key of the answer that stands for the Python programs as they were read."""
_SCRIPTED = "?scripts"
"""The same for the clients in TypeScript and JavaScript."""
_MANIFESTS = ("package.json", "tsconfig.json", "jsconfig.json", "pnpm-workspace.yaml")


class Imports:
    """What imports of clients mean for one backend."""

    def __init__(self, resolver: Resolver, backend: str, listing: Listing) -> None:
        self._resolver = resolver
        self.backend = backend
        self._listing = listing

    def leads_to(self, path: str, specifier: str, alone: bool) -> str | None:
        """The file that an import leads to, `API` for the generated api."""
        made = self._resolver.generated_module(path, specifier, alone=alone)
        return API if made == API else self._resolver.resolve(path, specifier)

    def package_of(self, path: str) -> str | None:
        """The name of the package that a file lies in."""
        for folder in ancestors(parent(path)):
            if self._listing.has_file(join(folder, "package.json")):
                name = read_package_json(join(folder, "package.json")).get("name")
                return name if isinstance(name, str) else None
        return None


class Clients:
    """Answers whether source below `top` names a function. Nothing is read before the first question."""

    def __init__(
        self, top: str, wanted: Callable[[str], bool] | None = None, imports: Imports | None = None
    ) -> None:
        """`wanted`: which programs (absolute paths) shall be read; None = all. `imports`: who knows what their imports
        mean; without it there are no clients in TypeScript and JavaScript."""
        self._top = top
        self.imports = imports
        self._mentions: Mentions | None = None
        self._programs: tuple[ClientFile, ...] | None = None
        self._scripts: tuple[ScriptFile, ...] | None = None
        self._texts: list[tuple[str, bytes]] = []
        self._manifests: dict[str, bytes] = {}
        self._wanted = wanted
        self._backends: set[str] = set()
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
        if path == _PYTHON:
            self.python(own)
            return self.answers[path]
        if path == _SCRIPTED:
            self.scripts(own)
            return self.answers[path]
        if self._mentions is None or own != self._own:
            kept = {key: self.answers[key] for key in (_PYTHON, _SCRIPTED) if key in self.answers}
            self._mentions, self._own, self.answers = self._read(own), own, kept
        if path not in self.answers:
            self.answers[path] = self._mentions.of(path)
        return self.answers[path]

    def python(self, own: frozenset[str]) -> tuple[ClientFile, ...]:
        """The Python programs that use the package `convex`, by path. Raises RuntimeError as `named` does."""
        if os.getpid() != self._process:
            raise RuntimeError("clients are asked for in the first process alone")
        if self._programs is None:
            sources = self._python_sources(own)
            self._programs = _read_programs(sources, self._top, alone=len(self._backends) < 2)
            self.answers[_PYTHON] = _digest(sources)
        return self._programs

    @property
    def alone(self) -> bool:
        """Whether no other backend lies in the same application. To be asked once something was read."""
        return len(self._backends) < 2

    def scripts(
        self, own: frozenset[str], replaced: Mapping[str, bytes] | None = None
    ) -> tuple[ScriptFile, ...]:
        """The clients in TypeScript and JavaScript, by path; `replaced`: files that are not as on disk. Raises
        RuntimeError as `named` does."""
        if os.getpid() != self._process:
            raise RuntimeError("clients are asked for in the first process alone")
        if self._scripts is None:
            self._texts = list(self._script_texts(own))
            self._scripts = self._chosen(self._texts)
            self.answers[_SCRIPTED] = digest(self._scripts, self._manifests)
        other = {p: t for p, t in (replaced or {}).items() if is_script(p) and p not in own}
        other = {p: t for p, t in other.items() if p.startswith(f"{self._top}/") and self._is_wanted(p)}
        if not other:
            return self._scripts
        return self._chosen([*((p, t) for p, t in self._texts if p not in other), *other.items()])

    def _chosen(self, texts: Iterable[tuple[str, bytes]]) -> tuple[ScriptFile, ...]:
        imports = self.imports
        if imports is None:
            return ()
        return clients_among(
            texts,
            lambda path, text: imports.leads_to(path, text, self.alone),
            imports.package_of,
            imports.backend,
        )

    def _script_texts(self, own: frozenset[str]) -> Iterator[tuple[str, bytes]]:
        """Those that a client can be."""
        for path, _ in self._files(own):
            name = path.replace(os.sep, "/")
            base = name.rpartition("/")[2]
            if not (is_script(name) and self._is_wanted(name)) and base not in _MANIFESTS:
                continue
            try:
                source = read_regular(path, MAX_BYTES)
            except OSError:
                continue
            if base in _MANIFESTS:
                self._manifests[name] = source
            else:
                yield name, source

    def _is_wanted(self, path: str) -> bool:
        return self._wanted is None or self._wanted(path)

    def _python_sources(self, own: frozenset[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for path, state in self._files(own):
            name = path.replace(os.sep, "/")
            if not name.endswith(".py") or state.st_size > MAX_BYTES:
                continue
            if not self._is_wanted(name):
                continue
            try:
                source = read_regular(path, MAX_BYTES)
            except OSError:
                continue
            if b"convex" in source:
                found[name] = source
        return dict(sorted(found.items()))

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
            if not path.endswith(SUFFIXES):
                continue
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
                            if name in ("_generated", "convex"):
                                here = Path(entry.path)
                                self._backends.add(str(here.parent if name == "_generated" else here))
                            if name not in SKIPPED and not name.startswith("."):
                                folders.append(entry.path)
                        elif (name.endswith(SUFFIXES) or name in _MANIFESTS) and entry.path.replace(
                            os.sep, "/"
                        ) not in own:
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


def _digest(sources: Mapping[str, bytes]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for path, source in sources.items():
        digest.update(f"{path}\0{len(source)}\0".encode("utf-8", "surrogateescape") + source)
    return digest.hexdigest()


def _read_programs(sources: Mapping[str, bytes], top: str, *, alone: bool) -> tuple[ClientFile, ...]:
    """Those that can be read and call something. What libcst cannot parse is not our code, and no finding."""
    if not sources:
        return ()
    from convexlint.clients.python import UnreadableError, read, text_constants

    known: dict[str, Mapping[str, str]] = {}

    def constants_of(folder: str, name: str, dots: int) -> Mapping[str, str]:
        base = folder
        for _ in range(dots - 1):
            base = base.rpartition("/")[0]
        inner = name.replace(".", "/")
        for place in (
            f"{base}/{inner}.py",
            *(() if dots else (f"{top}/{inner}.py", f"{top}/src/{inner}.py")),
        ):
            if place not in known:
                try:
                    known[place] = text_constants(read_regular(place, MAX_BYTES))
                except (OSError, UnreadableError, ValueError):
                    known[place] = {}
            if known[place]:
                return known[place]
        return {}

    found = []
    for path, source in sources.items():
        folder = path.rpartition("/")[0]
        try:
            file = read(path, source, partial(constants_of, folder))
        except UnreadableError:
            continue
        if file.calls:
            found.append(replace(file, alone=alone))
    return tuple(found)
