"""The facts of one project's modules: made once, kept in memory and, where there is a cache, on disk."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from convexlint.cache import FactsCache, content_key
from convexlint.facts import codec
from convexlint.facts.client import is_client
from convexlint.facts.ir import ModuleFacts
from convexlint.facts.lowered import Lowered, lowered
from convexlint.facts.parallel import Item, extract_all
from convexlint.forks import Fork, Tell, fork
from convexlint.program.modules.index import ModuleIndex
from convexlint.program.modules.walk import index_module

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
        self._keys: dict[tuple[bool, str, bytes], str] = {}
        self._memory: dict[str, Lowered] = {}
        # By file name and key: modules with the same text have nodes of their own, which the program tells by identity.
        self._own: dict[tuple[str, str], Lowered] = {}
        self._owned: set[str] = set()
        # As bytes, of those that another process lowered: as they go to disk.
        self._bytes: dict[str, bytes] = {}
        # With the facts themselves, so that no others can get their number.
        self._indices: dict[int, tuple[ModuleFacts, ModuleIndex]] = {}
        # What another process saves at this moment, by key.
        self._saving: Fork | None = None
        self._being_saved: set[str] = set()

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
                self._on_disk.discard(key)
                self._being_saved.discard(key)
                return self._extract([item])[0]

        try:
            return Lowered(codec.decode_head(entry), make)
        except codec.DAMAGED:
            return None

    def index(self, facts: ModuleFacts) -> ModuleIndex:
        """The index of facts that were lowered here."""
        found = self._indices.get(id(facts))
        if found is None:
            found = self._indices[id(facts)] = (facts, index_module(facts))
        return found[1]

    def keep_only(self, items: Iterable[Item]) -> None:
        """Forget all modules in memory but these: in a process that lives on, every edit makes another one."""
        keys = {(name, source): self._key(name, source) for name, source in items}
        wanted = frozenset(keys.values())
        pairs = {(name, key) for (name, _), key in keys.items()}
        self._own = {pair: one for pair, one in self._own.items() if pair in pairs}
        self._memory = {key: one for key, one in self._memory.items() if key in wanted}
        self._bytes = {key: data for key, data in self._bytes.items() if key in wanted}
        self._keys = {_module(name, source): key for (name, source), key in keys.items()}
        self._owned &= wanted
        alive = {id(one.made) for one in self._own.values()}
        self._indices = {number: one for number, one in self._indices.items() if number in alive}

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

        self._saving, self._being_saved = fork(work), set(keys)

    def save(self, items: Iterable[Item], *, keep_others: bool) -> None:
        """See to it that the facts of these modules, lowered before, are on disk; `keep_others`: besides what
        is there, not in its place."""
        if self._saving is not None:
            if self._saving.rest():
                self._on_disk.update(self._being_saved)
            self._saving = None
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
        module = _module(name, source)
        if module not in self._keys:
            self._keys[module] = content_key(source, name)
        return self._keys[module]

    def _extract(self, missing: list[Item]) -> list[ModuleFacts]:
        keep = self._keep if self._cache is not None else None
        return extract_all(missing, self._processes(missing), keep, self.index)

    def _processes(self, items: Sequence[Item]) -> int:
        """How many may work on these modules."""
        if self._jobs is not None:
            return self._jobs
        return 1 if is_small(items) else os.cpu_count() or 1

    def _keep(self, item: Item, data: bytes) -> None:
        self._bytes[self._key(*item)] = data


def _module(name: str, source: bytes) -> tuple[bool, str, bytes]:
    """What the facts of a module depend on."""
    return is_client(name), Path(name).suffix, source


def is_small(items: Sequence[Item]) -> bool:
    """Whether another process would cost more than it saves."""
    return sum(len(source) for _, source in items) < SMALL_RUN_BYTES
