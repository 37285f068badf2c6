"""Small projects of a run, linted by several processes, each of which takes the next one when it has time.

What another process lints is here as what a run recalls: what is known of it, without a program.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from convexlint.forks import Tell, Turns, can_fork, fork
from convexlint.session.clock import Stopwatch
from convexlint.session.files import Files
from convexlint.session.judge import WORTH_A_PROCESS
from convexlint.session.linted import Linted
from convexlint.session.workspace import Workspace

MOST_PROCESSES = 8


class _Message(Struct, array_like=True, frozen=True):
    """The lint of a project that another process made. `seconds`: what its stages took there."""

    number: int
    linted: Linted
    seconds: dict[str, float]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Message).decode


def linted_in_turns(
    left: Sequence[int],
    workspaces: Sequence[Workspace],
    files: Files,
    jobs: int | None,
    clock: Stopwatch,
    *,
    here: Callable[[int], Linted],
    there: Callable[[int], Linted],
    save: Callable[[int, Linted], None],
) -> dict[int, Linted]:
    """The lints of the small ones among the projects `left`, by number; none where it does not pay. `here` lints one in
    this process, `there` and `save` lint and save one in another. What no process could do is left out."""
    small = [n for n in left if workspaces[n].bytes_of(files) < WORTH_A_PROCESS][: Turns.MOST]
    processes = min(jobs or os.cpu_count() or 1, MOST_PROCESSES, len(small))
    if processes < 2 or not can_fork():
        return {}
    workspaces[small[0]].rules()  # before there are several processes that would load them
    turns = Turns(len(small))

    def take_turns(tell: Tell) -> None:
        while (turn := turns.take()) is not None:
            number, before = small[turn], dict(clock.seconds)
            with contextlib.suppress(Exception):  # it goes wrong again where it can be told
                linted = there(number)
                save(number, linted)
                spent = {name: took - before.get(name, 0.0) for name, took in clock.seconds.items()}
                tell(_encode(_Message(number, linted, spent)))

    others = [fork(take_turns) for _ in range(processes - 1)]
    made: dict[int, Linted] = {}
    while (turn := turns.take()) is not None:
        made[small[turn]] = here(small[turn])
    turns.close()
    for other in filter(None, others):
        for message in map(_decode, other.rest()):
            workspaces[message.number].adopt(message.linted)
            made[message.number] = message.linted
            for name, took in message.seconds.items():
                clock.add(name, took)
    return made
