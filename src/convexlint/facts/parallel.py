"""Facts of many modules, on several processes when that pays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from convexlint.collector import collector_at_rest
from convexlint.facts import codec
from convexlint.facts.ir import ModuleFacts
from convexlint.facts.module import extract
from convexlint.forks import Tell, Turns, can_fork, fork

# Starting a worker costs about as much as lowering this many bytes.
_WORTH_A_WORKER = 400_000

Item = tuple[str, bytes]
"""A module's file name and source."""

_NUMBER = 4

_Made = tuple[int, ModuleFacts, bytes | None]
"""The number of a module and its facts; as bytes, too, where they came from another process."""


def extract_all(
    items: Sequence[Item],
    jobs: int,
    keep: Callable[[Item, bytes], object] | None = None,
    prepare: Callable[[ModuleFacts], object] | None = None,
) -> list[ModuleFacts]:
    """The facts of each item, in the order given. What comes out does not depend on `jobs`: with one, or too little
    work to pay for another process, everything is done here.

    `keep` gets the bytes of facts that came from another process. `prepare` gets facts while other processes still make
    some, if any do: what only this process can do with them is best done meanwhile.
    """
    work = _Work(items, min(jobs, len(items), sum(len(source) for _, source in items) // _WORTH_A_WORKER))
    found: dict[int, ModuleFacts] = {}
    with collector_at_rest():
        for index, facts, data in work.shared():
            found[index] = facts
            if keep is not None and data is not None:
                keep(items[index], data)
            if prepare is not None:
                prepare(facts)
        return [found[index] if index in found else work.extract(index) for index in range(len(items))]


class _Work:
    """Modules that several processes lower, this one among them."""

    def __init__(self, items: Sequence[Item], workers: int) -> None:
        self._items = items
        self._workers = workers
        # The largest first, so that at the end nobody waits for one of them.
        self._order = sorted(range(len(items)), key=lambda index: (-len(items[index][1]), index))

    def extract(self, index: int) -> ModuleFacts:
        name, source = self._items[index]
        return extract(source, name)

    def shared(self) -> Iterator[_Made]:
        """What processes make together: nothing where there is but one; what another has failed at is left out."""
        if self._workers > 1:
            yield from self._together() if can_fork() else self._apart()

    def _together(self) -> Iterator[_Made]:
        """Take turns with processes that know what this one knows, and read what they tell as soon as it is there: that
        is work, too."""
        turns = Turns(min(len(self._items), Turns.MOST))
        forks = [one for _ in range(self._workers - 1) if (one := fork(lambda tell: self._tell(turns, tell)))]
        for index in self._turns(turns):
            yield index, self.extract(index), None
            for one in forks:
                yield from map(_read, one.arrived())
        turns.close()
        for one in forks:
            yield from map(_read, one.rest())

    def _turns(self, turns: Turns) -> Iterator[int]:
        """The modules for which there is a turn."""
        while (turn := turns.take()) is not None:
            yield from self._order[turn :: Turns.MOST]

    def _tell(self, turns: Turns, tell: Tell) -> None:
        """Take turns in another process."""
        for index in self._turns(turns):
            tell(index.to_bytes(_NUMBER, "big") + codec.encode(self.extract(index)))

    def _apart(self) -> Iterator[_Made]:
        """Share the work out to processes that know nothing of this one."""
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        here, *shares = (self._order[number :: self._workers] for number in range(self._workers))
        # Not fork: the caller may have threads, and a forked child would inherit their locks.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(len(shares), mp_context=context) as pool:
            pending = [pool.submit(_encoded, [self._items[index] for index in share]) for share in shares]
            for index in here:
                yield index, self.extract(index), None
            for share, future in zip(shares, pending, strict=True):
                for index, data in zip(share, future.result(), strict=True):
                    yield index, codec.decode(data), data


def _read(message: bytes) -> _Made:
    data = message[_NUMBER:]
    return int.from_bytes(message[:_NUMBER], "big"), codec.decode(data), data


def _encoded(items: list[Item]) -> list[bytes]:
    with collector_at_rest():
        return [codec.encode(extract(source, name)) for name, source in items]
