"""Facts of many modules, on several processes when that pays."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from convexlint.facts import codec
from convexlint.facts.ir import ModuleFacts
from convexlint.facts.module import extract
from convexlint.forks import Fork, Tell, Turns, can_fork, fork

# Starting a worker costs about as much as lowering this many bytes.
_WORTH_A_WORKER = 400_000

Item = tuple[str, bytes]
"""A module's file name and source."""

_NUMBER = 4


class Lowering:
    """The facts of modules, in the making: other processes begin at once, this one joins in when it is asked for them.

    With one job, or too little work to pay for another process, everything is done here. What comes out does not
    depend on `jobs`.
    """

    def __init__(self, items: Sequence[Item], jobs: int) -> None:
        self.items = items
        size = sum(len(source) for _, source in items)
        self._workers = min(jobs, len(items), size // _WORTH_A_WORKER)
        self._forks: list[Fork] = []
        self._turns: Turns | None = None
        # The largest first, so that at the end nobody waits for one of them.
        self._order = sorted(range(len(items)), key=lambda index: (-len(items[index][1]), index))
        if self._workers > 1 and can_fork():
            self._turns = Turns(min(len(items), Turns.MOST))
            made = (fork(self._tell) for _ in range(self._workers - 1))
            self._forks = [one for one in made if one is not None]

    def facts(
        self,
        keep: Callable[[Item, bytes], object] | None = None,
        prepare: Callable[[ModuleFacts], object] | None = None,
    ) -> list[ModuleFacts]:
        """The facts of each item, in the order given.

        `keep` gets the bytes of those that came from elsewhere. `prepare` gets facts while other processes still make
        some, if any do: what only this process can do with them is best done meanwhile.
        """
        found: dict[int, ModuleFacts] = {}
        told = self._together(found, prepare) if self._turns is not None else self._apart(found)
        for index, data in told:
            found[index] = codec.decode(data)
            if keep is not None:
                keep(self.items[index], data)
            if prepare is not None:
                prepare(found[index])
        with _collector_at_rest():
            for index in self._order:
                if index not in found:
                    found[index] = self._extract(index)
        return [found[index] for index in range(len(self.items))]

    def _extract(self, index: int) -> ModuleFacts:
        name, source = self.items[index]
        return extract(source, name)

    def _turn(self) -> list[int]:
        """The modules of the next turn; none when all are taken."""
        assert self._turns is not None
        turn = self._turns.take()
        return [] if turn is None else self._order[turn :: min(len(self.items), Turns.MOST)]

    def _tell(self, tell: Tell) -> None:
        """Take turns in another process."""
        with _collector_at_rest():
            while share := self._turn():
                for index in share:
                    tell(index.to_bytes(_NUMBER, "big") + codec.encode(self._extract(index)))

    def _together(
        self, found: dict[int, ModuleFacts], prepare: Callable[[ModuleFacts], object] | None
    ) -> Iterator[tuple[int, bytes]]:
        """Take turns, and give what other processes tell as soon as it is there: to read it is work, too."""
        assert self._turns is not None
        while share := self._turn():
            with _collector_at_rest():
                for index in share:
                    found[index] = self._extract(index)
                    if prepare is not None:
                        prepare(found[index])
            for one in self._forks:
                yield from map(_split, one.arrived())
        self._turns.close()
        for one in self._forks:
            yield from map(_split, one.rest())

    def _apart(self, found: dict[int, ModuleFacts]) -> Iterator[tuple[int, bytes]]:
        """The same with processes that know nothing of this one, where none can be forked."""
        if self._workers <= 1:
            return
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        here, *shares = (self._order[number :: self._workers] for number in range(self._workers))
        # Not fork: the caller may have threads, and a forked child would inherit their locks.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(len(shares), mp_context=context) as pool:
            pending = [pool.submit(_encoded, [self.items[index] for index in share]) for share in shares]
            with _collector_at_rest():
                found.update((index, self._extract(index)) for index in here)
            for share, future in zip(shares, pending, strict=True):
                yield from zip(share, future.result(), strict=True)


def extract_all(items: Sequence[Item], jobs: int) -> list[ModuleFacts]:
    """The facts of each item, in the order given, with as many processes as `jobs`."""
    return Lowering(items, jobs).facts()


def _split(message: bytes) -> tuple[int, bytes]:
    return int.from_bytes(message[:_NUMBER], "big"), message[_NUMBER:]


def _encoded(items: list[Item]) -> list[bytes]:
    with _collector_at_rest():
        return [codec.encode(extract(source, name)) for name, source in items]


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Lowering makes millions of objects and no cycles: the collector would only walk them again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
