"""The source around a project that may call its functions: everything in the repository that is not its program."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from convexlint.clients.scripts import is_written
from convexlint.discovery.around import MANIFESTS, MAX_BYTES, Around
from convexlint.discovery.fetched import read_sites
from convexlint.discovery.mentions import NO, YES, Mentions, mentions_in
from convexlint.discovery.resolve import Resolver
from convexlint.reading import read_regular
from convexlint.session.gates import Gates
from convexlint.session.python_clients import read_programs
from convexlint.session.scripts import (
    API,
    ScriptFile,
    clients_among,
    digest,
    imports_of_ours,
    is_script,
    speaks,
)
from convexlint.session.words import WordBook, Words, imports_convex

if TYPE_CHECKING:
    from convexlint.program.callers import ClientFile, RequestFile

_NAMES_FROM = re.compile(rb"\bimport\s*\{([^{}]*)\}\s*from\s*[\"']([^\"'\n]+)[\"']")
LEFT_OUT, UNREADABLE = "minified or generated client", "unreadable client"
_CONFIGS = ("/tsconfig.json", "/jsconfig.json")
_PYTHON = "?python"
"""The key of the answer that stands for the Python programs as they were read."""
_SCRIPTED = "?scripts"
"""The same for the clients in TypeScript and JavaScript."""
_FETCHED = "?fetched"
"""The same for the requests to routes."""
_GATE = "?gate "
"""What the keys of answers begin with that say whether a gate may stand over a client."""
_OPEN = "?open "
"""The same for the places that may mean any of some functions."""
_IN = "?in "
"""What the keys of answers begin with that list the files which name a function."""


class Imports:
    """What imports of clients mean for one backend."""

    def __init__(self, resolver: Resolver, backend: str) -> None:
        self._resolver = resolver
        self.backend = backend
        self.package_of = resolver.package_of

    def heads(self, tsconfigs: Iterable[str]) -> tuple[str, ...]:
        """What imports of the backend's code by an alias begin with."""
        return self._resolver.heads_into(self.backend, tsconfigs)

    def leads_to(self, path: str, specifier: str, alone: bool) -> str | None:
        """The file that an import leads to, `API` for the generated api."""
        made = self._resolver.generated_module(path, specifier, alone=alone)
        return API if made == API else self._resolver.of_client(path, specifier)


class Clients:
    """Answers who around a project names its functions. Nothing is read before the first question. Each question raises
    RuntimeError in a fork of the process that made it: the answers are kept here."""

    def __init__(
        self,
        around: Around,
        wanted: Callable[[str], bool] | None = None,
        imports: Imports | None = None,
        book: WordBook | None = None,
    ) -> None:
        """`wanted`: which programs (absolute paths) shall be read; None = all. `imports`: who knows what their imports
        mean; without it there are no clients in TypeScript and JavaScript. `book`: who knows what files say."""
        self._around = around
        self._wanted = wanted
        self.imports = imports
        self._book = book or WordBook(around)
        self._mentions: Mentions | None = None
        self._own: frozenset[str] = frozenset()
        self._programs: tuple[ClientFile, ...] | None = None
        self._scripts: tuple[ScriptFile, ...] | None = None
        self._fetched: tuple[RequestFile, ...] | None = None
        self._by_path: dict[str, list[str]] | None = None
        self._unreadable: list[str] = []
        self._ours: dict[str, bool] = {}
        self._gates: dict[str, Gates] = {}
        self._speaking: dict[str, bytes] = {}
        self._others: list[str] = []
        self.stamp = ""
        """Stands for all files that were looked at, by size and times; "" while they are too fresh for that."""
        self.answers: dict[str, str] = {}
        self._process = os.getpid()

    def save(self) -> None:
        """Keep what files say for later runs."""
        self._book.save()

    @property
    def alone(self) -> bool:
        """Whether no other backend lies in the same repository."""
        return self._around.backends < 2

    def named(self, path: str, own: frozenset[str]) -> str:
        """Whether the function `path` ("a/b:f") is named: "yes", "no", or "unknown". `own`: the program's modules,
        which are not clients."""
        self._ask(own)
        if path == _PYTHON:
            self.python(own)
        elif path == _SCRIPTED:
            self.scripts(own)
        elif path == _FETCHED:
            self.fetched(own)
        elif path.startswith(_GATE):
            self.gated(path[len(_GATE) :], own)
        elif path.startswith(_OPEN):
            self.opening(*msgspec.json.decode(path[len(_OPEN) :], type=tuple[list[str], list[str]]), own=own)
        elif path.startswith(_IN):
            self.naming(path[len(_IN) :], own)
        elif path not in self.answers:
            if self._mentions is None:
                self._mentions = self._read()
            self.answers[path] = self._mentions.of(path)
        return self.answers[path]

    def naming(self, path: str, own: frozenset[str]) -> tuple[str, ...]:
        """The files that surely name the function, and not for its type alone, in whatever language; without a path,
        those that may name one."""
        self._ask(own)
        key = f"{_IN}{path}"
        if key not in self.answers:
            found = self._naming_by_path().get(path, ())
            self.answers[key] = "\n".join(one for one in found if not path or self._is_ours(one))
        return tuple(filter(None, self.answers[key].split("\n")))

    def gated(self, path: str, own: frozenset[str]) -> bool:
        """Whether a test of the sign-in stands, or may stand, over what the client `path` shows."""
        self._ask(own)
        key = f"{_GATE}{path}"
        if key not in self.answers:
            home = self._package(path)
            if home not in self._gates:
                files = (p for p in self._around.files if p not in own and is_script(p))
                imports = self.imports
                self._gates[home] = Gates(
                    (p for p in files if self._package(p) == home),
                    _read,
                    lambda p, text: None if imports is None else imports.leads_to(p, text, self.alone),
                )
            self.answers[key] = YES if self._gates[home].over(path) else NO
        return self.answers[key] == YES

    def _package(self, path: str) -> str:
        """The folder of the package that a file lies in."""
        folder = path.rpartition("/")[0]
        while len(folder) > len(self._around.top) and f"{folder}/package.json" not in self._around.files:
            folder = folder.rpartition("/")[0]
        return folder

    def _is_ours(self, path: str) -> bool:
        """Whether what a file names is of this backend, where others lie in the same repository."""
        imports = self.imports
        if self.alone or imports is None:
            return True
        if path not in self._ours:
            self._ours[path] = is_script(path) and imports_of_ours(
                path, _read(path), lambda file, text: imports.leads_to(file, text, False)
            )
        return self._ours[path]

    def opening(
        self, modules: Iterable[str], names: Iterable[str], own: frozenset[str]
    ) -> tuple[tuple[str, int], ...]:
        """Where something of `modules` is handed on whole, or one of `names` stands behind a module that is put
        together: (file, byte), by file. A module is what stands in front of the colon, "" for all of them."""
        self._ask(own)
        wanted, ends = sorted(set(modules)), set(names)
        key = f"{_OPEN}{msgspec.json.encode((wanted, sorted(ends))).decode()}"
        if key not in self.answers:
            prefixes = {tuple(filter(None, one.split("/"))) for one in wanted}
            found = [
                f"{_first_open(file, prefixes)} {file}"
                for file, words in self._words()
                if not prefixes.isdisjoint(words.paths) or not ends.isdisjoint(words.ends)
            ]
            self.answers[key] = "\n".join(found)
        pairs = (line.split(" ", 1) for line in self.answers[key].split("\n") if line)
        return tuple((file, int(start)) for start, file in pairs)

    def left_out(self, own: frozenset[str]) -> tuple[tuple[str, str], ...]:
        """Clients that are not read, and why."""
        self.python(own)
        self.scripts(own)
        long = ((path, LEFT_OUT) for path, source in self._speaking.items() if not is_written(source))
        return (*long, *((path, UNREADABLE) for path in self._unreadable))

    def _naming_by_path(self) -> dict[str, list[str]]:
        if self._by_path is None:
            found: dict[str, list[str]] = {"": []}
            for file, words in self._words():
                if words.may_name:
                    found[""].append(file)
                    for name in {*words.names()}:
                        found.setdefault(name, []).append(file)
            self._by_path = found
        return self._by_path

    def python(
        self, own: frozenset[str], replaced: Mapping[str, bytes] | None = None
    ) -> tuple[ClientFile, ...]:
        """The Python programs that use the package `convex`, by path; `replaced`: files that are not as on disk."""
        self._ask(own)
        if self._programs is None:
            paths = [p for p, words in self._words() if p.endswith(".py") and words.speaks and self._takes(p)]
            sources = {path: _read(path) for path in paths}
            self._unreadable = []
            self._programs = read_programs(
                sources, self._around.top, alone=self.alone, unreadable=self._unreadable
            )
            self.answers[_PYTHON] = _digest(sources)
        other = {p: t for p, t in (replaced or {}).items() if p.endswith(".py") and imports_convex(t)}
        other = {p: t for p, t in other.items() if p.startswith(f"{self._around.top}/") and self._takes(p)}
        if not other:
            return self._programs
        now = read_programs(other, self._around.top, alone=self.alone)
        kept = (file for file in self._programs if file.path not in other)
        return tuple(sorted((*kept, *now), key=lambda file: file.path))

    def scripts(
        self, own: frozenset[str], replaced: Mapping[str, bytes] | None = None
    ) -> tuple[ScriptFile, ...]:
        """The clients in TypeScript and JavaScript, by path; `replaced`: files that are not as on disk."""
        self._ask(own)
        if self._scripts is None:
            files = [(p, words) for p, words in self._words() if is_script(p)]
            self._speaking = {p: _read(p) for p, words in files if words.speaks and self._takes(p)}
            self._others = [p for p, words in files if words.imports and not words.speaks]
            self._scripts = self._chosen(self._speaking, self._others, _read)
            manifests = [p for p in self._around.files if p.rpartition("/")[2] in MANIFESTS]
            self.answers[_SCRIPTED] = digest(self._scripts, {p: _read(p) for p in manifests})
        other = {p: t for p, t in (replaced or {}).items() if is_script(p) and p not in own}
        other = {p: t for p, t in other.items() if p.startswith(f"{self._around.top}/") and self._takes(p)}
        if not other:
            return self._scripts
        speaking = {p: t for p, t in self._speaking.items() if p not in other}
        speaking |= {p: t for p, t in other.items() if speaks(t)}
        others = [p for p in {*self._others, *other} if p not in speaking]
        return self._chosen(speaking, sorted(others), lambda p: other[p] if p in other else _read(p))

    def fetched(self, own: frozenset[str]) -> tuple[RequestFile, ...]:
        """The files that ask HTTP routes of the backend's site, by path, whatever their language."""
        from convexlint.program.callers import RequestFile

        self._ask(own)
        if self._fetched is None:
            read = {path: _read(path) for path, words in self._words() if words.site and self._takes(path)}
            found = {path: read_sites(source) for path, source in read.items()}
            shared = {path: sites.exported for path, sites in found.items() if sites.exported}
            for path in self._importing(shared):
                source = read.get(path) or _read(path)
                known = self._imported_sites(path, source, shared)
                if known:
                    read[path], found[path] = source, read_sites(source, known)
            files = {path: sites.requests for path, sites in sorted(found.items()) if sites.requests}
            self._fetched = tuple(RequestFile(path, read[path], asked) for path, asked in files.items())
            self.answers[_FETCHED] = _digest({path: read[path] for path in files})
        return self._fetched

    def _importing(self, shared: Mapping[str, tuple[str, ...]]) -> list[str]:
        """The scripts that import something, where a file hands on the address of a site."""
        if not shared or self.imports is None:
            return []
        return [p for p, words in self._words() if words.imports and is_script(p) and self._takes(p)]

    def _imported_sites(
        self, path: str, source: bytes, shared: Mapping[str, tuple[str, ...]]
    ) -> tuple[bytes, ...]:
        """The names that a script imports from files which hand on the address of a site."""
        assert self.imports is not None
        found: list[bytes] = []
        for match in _NAMES_FROM.finditer(source):
            listed = [one.split() for one in match[1].split(b",")]
            wanted = {one[0].decode("utf-8", "replace"): one[-1] for one in listed if one}
            if any(not wanted.keys().isdisjoint(names) for names in shared.values()):
                target = self.imports.leads_to(path, match[2].decode("utf-8", "replace"), self.alone)
                found += [wanted[name] for name in shared.get(target or "", ()) if name in wanted]
        return tuple(found)

    def _ask(self, own: frozenset[str]) -> None:
        if os.getpid() != self._process:
            raise RuntimeError("clients are asked for in the first process alone")
        if own != self._own or not self.stamp:
            self.stamp = self._around.stamp(own)
        if own != self._own:
            self._own, self._mentions, self._programs, self._scripts = own, None, None, None
            self._fetched = self._by_path = None
            self._gates, self._ours = {}, {}
            self.answers = {}

    def _words(self) -> Iterable[tuple[str, Words]]:
        return ((path, self._book.of(path)) for path in self._around.files if path not in self._own)

    def _takes(self, path: str) -> bool:
        """Whether the file shall be read as a program that calls the backend."""
        return (self._wanted is None or self._wanted(path)) and not self._around.is_ignored(path)

    def _chosen(
        self, speaking: Mapping[str, bytes], others: Iterable[str], read: Callable[[str], bytes]
    ) -> tuple[ScriptFile, ...]:
        imports = self.imports
        if imports is None:
            return ()
        return clients_among(
            speaking,
            others,
            read,
            lambda path, text: imports.leads_to(path, text, self.alone),
            imports.package_of,
            imports.backend,
            imports.heads(p for p in self._around.files if p.endswith(_CONFIGS)),
            self._takes,
        )

    def _read(self) -> Mentions:
        found = Mentions()
        if self._around.are_too_many:
            found.paths.add(())
            return found
        for _, words in self._words():
            if words.paths or words.spelled or words.ends:
                found.take(words.mentions())
        return found


def _read(path: str) -> bytes:
    try:
        return read_regular(path, MAX_BYTES)
    except OSError:
        return b""


def _digest(sources: Mapping[str, bytes]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for path, source in sources.items():
        digest.update(f"{path}\0{len(source)}\0".encode("utf-8", "surrogateescape") + source)
    return digest.hexdigest()


def _first_open(file: str, prefixes: set[tuple[str, ...]]) -> int:
    """Where a file first hands one of some modules on."""
    return next((one.start for one in mentions_in(_read(file)) if one.path in prefixes), 0)
