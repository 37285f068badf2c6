"""From a project's files to its program: read, lower to facts, follow imports out of the functions folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from convexlint.cache import FactsCache, content_key
from convexlint.config.settings import Settings
from convexlint.discovery.project import Project, Role, SourceFile
from convexlint.discovery.resolve import Resolver
from convexlint.facts import codec
from convexlint.facts.ir import ModuleFacts
from convexlint.facts.lowered import Lowered, lowered
from convexlint.facts.parallel import Item, Lowering
from convexlint.forks import Fork, Tell, fork
from convexlint.program.build import ProgramInputs, build_program
from convexlint.program.model import Program
from convexlint.program.modules.generated import GeneratedSource
from convexlint.program.modules.walk import ModuleIndex, index_module
from convexlint.session.clients import Clients
from convexlint.session.clock import Stopwatch
from convexlint.session.files import NOT_PROGRAM, Files
from convexlint.session.reach import may_follow
from convexlint.syntax import decode_problem

MAX_OUTSIDE_FILES = 1000
SMALL_RUN_BYTES = 1_500_000
"""Below this much source, starting worker processes costs more than it saves."""


class FactsStore:
    """Facts of one project's modules by content: in memory, and on disk when a cache folder is given."""

    def __init__(self, cache_dir: str | None, jobs: int | None, project: str) -> None:
        self._cache = FactsCache(cache_dir) if cache_dir is not None else None
        self._jobs = jobs
        self._project = project
        # What is on disk and nobody has asked for yet.
        self._pack = dict(self._cache.load(project)) if self._cache is not None else {}
        self._on_disk = set(self._pack)
        self._damaged: set[str] = set()
        self._keys: dict[tuple[str, bytes], str] = {}
        self._memory: dict[str, Lowered] = {}
        # By file name and key: modules with the same text have nodes of their own, which the program tells by identity.
        self._own: dict[tuple[str, str], Lowered] = {}
        self._owned: set[str] = set()
        # As bytes, of those that another process lowered: as they go to disk.
        self._bytes: dict[str, bytes] = {}
        self._indices: dict[int, ModuleIndex] = {}
        self._saving: tuple[Fork, list[str]] | None = None

    def lower(self, items: Sequence[Item]) -> list[Lowered]:
        """Each (file name, source) lowered, in order."""
        keys = [self._key(name, source) for name, source in items]
        missing: dict[str, Item] = {}
        for key, item in zip(keys, items, strict=True):
            if key in self._memory or key in missing:
                continue
            entry = self._pack.pop(key, None)
            known = self._kept(key, item, entry) if entry is not None else None
            if known is not None:
                self._memory[key] = known
            else:
                self._on_disk.discard(key)
                missing[key] = item
        facts = self._extract(list(missing.values()))
        self._memory.update(zip(missing, map(lowered, facts), strict=True))
        return [self._of(name, key) for (name, _), key in zip(items, keys, strict=True)]

    def _of(self, name: str, key: str) -> Lowered:
        found = self._own.get((name, key))
        if found is None:
            first = self._memory[key]
            if key in self._owned:
                found = Lowered(first.head, lambda: codec.decode(codec.encode(first.facts())))
            else:
                found = first
                self._owned.add(key)
            self._own[name, key] = found
        return found

    def _kept(self, key: str, item: Item, entry: bytes) -> Lowered | None:
        """What an entry from disk holds; None if it is damaged. Where that shows later, the module is lowered after
        all."""

        def make() -> ModuleFacts:
            try:
                return codec.decode(entry)
            except codec.DAMAGED:
                self._damaged.add(key)
                self._on_disk.discard(key)
                return self._extract([item])[0]

        try:
            return Lowered(codec.decode_head(entry), make)
        except codec.DAMAGED:
            return None

    def index(self, facts: ModuleFacts) -> ModuleIndex:
        """The index of facts that were lowered here."""
        found = self._indices.get(id(facts))
        if found is None:
            found = self._indices[id(facts)] = index_module(facts)
        return found

    def save_meanwhile(self, items: Sequence[Item]) -> None:
        """Begin to save the facts of all modules, in the place of what is there, while this process does something that
        no other can help with: where another process is there for it. `save` waits for it, and does what it has not
        done."""
        if self._cache is None or self._saving is not None or self._jobs == 1 or is_small(items):
            return
        keys = [self._key(name, source) for name, source in items]
        if self._on_disk.issuperset(keys):
            return

        def work(tell: Tell) -> None:
            if self._save(keys, keep_others=False):
                tell(b"saved")

        other = fork(work)
        if other is not None:
            self._saving = other, keys

    def save(self, items: Iterable[Item], *, keep_others: bool) -> None:
        """See to it that the facts of these modules, lowered before, are on disk; `keep_others`: besides what
        is there, not in its place."""
        if self._saving is not None:
            other, saved = self._saving
            self._saving = None
            if other.rest():
                self._on_disk.update(key for key in saved if key not in self._damaged)
        keys = [self._key(name, source) for name, source in items]
        if not self._on_disk.issuperset(keys):
            self._save(keys, keep_others=keep_others)

    def _save(self, keys: Sequence[str], *, keep_others: bool) -> bool:
        if self._cache is None:
            return False
        stored = self._cache.load(self._project)
        others = stored if keep_others else {}
        good = {key: stored[key] for key in self._on_disk.intersection(keys, stored)}
        entries = {
            key: good.get(key) or self._bytes.get(key) or codec.encode(self._memory[key].facts())
            for key in keys
        }
        self._on_disk.update(entries)
        return self._cache.store(self._project, {**others, **entries})

    def _key(self, name: str, source: bytes) -> str:
        module = (Path(name).suffix, source)
        if module not in self._keys:
            self._keys[module] = content_key(source, name)
        return self._keys[module]

    def _extract(self, missing: list[Item]) -> list[ModuleFacts]:
        keep = self._keep if self._cache is not None else None
        return Lowering(missing, self._processes(missing)).facts(keep, self.index)

    def _processes(self, items: Sequence[Item]) -> int:
        """How many may work on these modules."""
        if self._jobs is not None:
            return self._jobs
        return 1 if is_small(items) else os.cpu_count() or 1

    def _keep(self, item: Item, data: bytes) -> None:
        self._bytes[self._key(*item)] = data


def is_small(items: Sequence[Item]) -> bool:
    """Whether another process would cost more than it saves."""
    return sum(len(source) for _, source in items) < SMALL_RUN_BYTES


class Gathered(Struct, frozen=True):
    """A program and the files that it is made of, by path; files from outside of the functions folder
    included."""

    program: Program
    files: Mapping[str, SourceFile]


class Gatherer:
    """Builds the program of one project, again and again while fixes are tried.

    `resolved` and `followed` tell what it asked the disk for that is no file's content, with the answers.
    """

    def __init__(
        self,
        project: Project,
        settings: Settings,
        store: FactsStore,
        clock: Stopwatch,
        resolver: Resolver | None = None,
        clients: Clients | None = None,
    ) -> None:
        self._project = project
        self._settings = settings
        self.store = store
        self._clock = clock
        self._resolver = resolver or Resolver(project)
        self._clients = clients or Clients(project.root)
        self.resolved: dict[tuple[str, str], str | None] = {}
        self.followed: dict[str, bool] = {}

    def gather(self, files: Files, focus: frozenset[str] | None = None) -> Gathered:
        """The program as the given bytes make it; `focus`: see `ProgramInputs`."""
        known = {file.path: file for file in self._project.files if file.role not in NOT_PROGRAM}
        others = {file.path for file in self._project.files if file.role in NOT_PROGRAM}
        sources: dict[str, bytes] = {}
        facts: dict[str, Lowered] = {}
        unreadable: dict[str, str] = {}
        wave = list(known)
        while wave:
            with self._clock.stage("read"):
                for path in wave:
                    self._read(files, path, sources, unreadable)
            readable = [path for path in wave if path in sources]
            with self._clock.stage("parse and facts"):
                made = self.store.lower([(path, sources[path]) for path in readable])
            facts.update(zip(readable, made, strict=True))
            with self._clock.stage("imports"):
                wave = self._imported(readable, facts, known, others)
            known.update((path, SourceFile(path, path, Role.HELPER)) for path in wave)
        if focus is None and files.are_on_disk:
            self.store.save_meanwhile([(path, sources[path]) for path in facts])
        with self._clock.stage("program"):
            program = build_program(
                ProgramInputs(
                    project=self._project,
                    sources=sources,
                    facts=facts,
                    files=known,
                    unreadable=unreadable,
                    resolve=self._resolve,
                    builders=self._settings.builders,
                    auth_functions=self._settings.auth_functions,
                    auth_public=self._settings.auth_public,
                    generated=lambda: self._generated(files),
                    focus=focus,
                    index=self.store.index,
                    # Read at once: what a second process would read for itself, the kept lint would not know of.
                    tests=tuple(files.content(f.path) for f in self._project.files if f.role is Role.TEST),
                    named_outside=self._named_outside(frozenset(known)),
                )
            )
        return Gathered(program, known)

    def _named_outside(self, own: frozenset[str]) -> Callable[[str], str]:
        return lambda path: self._clients.named(path, own)

    def _generated(self, files: Files) -> dict[str, GeneratedSource]:
        """The generated files that can be read."""
        found = {}
        for file in self._project.files:
            content = files.read(file.path) if file.role is Role.GENERATED and not file.excluded else ""
            if isinstance(content, bytes):
                spoken_to = b"convexlint-" in content and decode_problem(content) is None
                made = self.store.lower([(file.path, content)]) if spoken_to else []
                comments = tuple(comment for one in made for comment in one.head.comments)
                found[file.path] = GeneratedSource(file.name, content, comments)
        return found

    def _read(self, files: Files, path: str, sources: dict[str, bytes], unreadable: dict[str, str]) -> None:
        content = files.read(path)
        if isinstance(content, str):
            unreadable[path] = content
            return
        problem = decode_problem(content)
        if problem is not None:
            unreadable[path] = problem[1]
        else:
            sources[path] = content

    def _imported(
        self,
        importers: list[str],
        facts: Mapping[str, Lowered],
        known: Mapping[str, SourceFile],
        others: set[str],
    ) -> list[str]:
        """The modules, not known yet, that the importers import; `others` are no part of a program."""
        room = MAX_OUTSIDE_FILES - sum(file.name == file.path for file in known.values())
        found: dict[str, None] = {}
        for path in importers:
            for specifier in facts[path].head.specifiers:
                target = self._resolve(path, specifier.text)
                if target is None or target in known or target in others or target in found:
                    continue
                if len(found) < room and self._may_follow(target):
                    found[target] = None
        return list(found)

    def _resolve(self, from_path: str, specifier: str) -> str | None:
        key = (from_path, specifier)
        if key not in self.resolved:
            self.resolved[key] = self._resolver.resolve(from_path, specifier)
        return self.resolved[key]

    def _may_follow(self, path: str) -> bool:
        if path not in self.followed:
            self.followed[path] = may_follow(path)
        return self.followed[path]
