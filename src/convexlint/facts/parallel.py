"""Facts of many modules, on several processes when that pays."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from functools import partial

from convexlint.facts import codec
from convexlint.facts.ir import ModuleFacts
from convexlint.facts.module import extract
from convexlint.forks import can_fork, fork

# Starting a worker costs about as much as lowering this many bytes.
_WORTH_A_WORKER = 400_000


def extract_all(items: Sequence[tuple[str, bytes]], jobs: int) -> list[ModuleFacts]:
    """The facts of each (name, source), in the order given. The result does not depend on `jobs`.

    Work goes out in shares of about equal size and comes back as msgpack. With one job, or too little work to
    pay for another process, everything runs here.
    """
    size = sum(len(source) for _, source in items)
    workers = min(jobs, len(items), size // _WORTH_A_WORKER)
    if workers <= 1:
        return _extract_here(items)
    shares = _shares(items, workers)
    return _on_forks(items, shares) if can_fork() else _on_processes(items, shares)


def _on_forks(items: Sequence[tuple[str, bytes]], shares: list[list[int]]) -> list[ModuleFacts]:
    def work(share: list[int]) -> bytes:
        return _share([items[index] for index in share])

    forks = [fork(partial(work, share)) for share in shares[1:]]
    facts = dict(zip(shares[0], _extract_here([items[index] for index in shares[0]]), strict=True))
    for share, one in zip(shares[1:], forks, strict=True):
        data = one.result() if one is not None else None
        if data is not None:
            facts.update(zip(share, codec.decode_all(data), strict=True))
        else:
            facts.update(zip(share, _extract_here([items[index] for index in share]), strict=True))
    return [facts[index] for index in range(len(items))]


def _on_processes(items: Sequence[tuple[str, bytes]], shares: list[list[int]]) -> list[ModuleFacts]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    facts: dict[int, ModuleFacts] = {}
    # Not fork: the caller may have threads, and a forked child would inherit their locks.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(shares) - 1, mp_context=context) as pool:
        pending = [pool.submit(_share, [items[index] for index in share]) for share in shares[1:]]
        facts.update(zip(shares[0], _extract_here([items[index] for index in shares[0]]), strict=True))
        for share, future in zip(shares[1:], pending, strict=True):
            facts.update(zip(share, codec.decode_all(future.result()), strict=True))
    return [facts[index] for index in range(len(items))]


def _shares(items: Sequence[tuple[str, bytes]], count: int) -> list[list[int]]:
    """Indexes of the items in `count` shares: largest first, each to the share that has least."""
    shares: list[list[int]] = [[] for _ in range(count)]
    loads = [0] * count
    for index in sorted(range(len(items)), key=lambda index: (-len(items[index][1]), index)):
        least = loads.index(min(loads))
        shares[least].append(index)
        loads[least] += len(items[index][1])
    return shares


def _share(items: list[tuple[str, bytes]]) -> bytes:
    return codec.encode_all(_extract_here(items))


def _extract_here(items: Sequence[tuple[str, bytes]]) -> list[ModuleFacts]:
    # Lowering makes millions of objects and no cycles: the collector would only walk them again and again.
    enabled = gc.isenabled()
    gc.disable()
    try:
        return [extract(source, name) for name, source in items]
    finally:
        if enabled:
            gc.enable()
