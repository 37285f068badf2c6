"""All projects of a run, recalled or linted; small ones by several processes, each of which takes the next one when it
has time.

Large projects are shared by processes from within (`facts/parallel.py`, `judge.py`), one project after the other. What
another process lints is here as what a run recalls: what is known of it, without a program.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from convexlint.discovery.listing import relative
from convexlint.forks import Tell, Turns, can_fork, fork
from convexlint.session.clock import Stopwatch
from convexlint.session.contract import PathError, Request
from convexlint.session.files import Files
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


class Together:
    """The lints of a run's projects."""

    def __init__(
        self, request: Request, workspaces: Sequence[Workspace], files: Files, clock: Stopwatch
    ) -> None:
        self._workspaces = workspaces
        self._files = files
        self._clock = clock
        self._processes = min(request.jobs or os.cpu_count() or 1, MOST_PROCESSES)
        self._focuses = [one.focus(files) if request.fix == "none" else None for one in workspaces]

    def lints(self, save: Callable[[int, Linted], None] | None) -> list[Linted]:
        """The lint of each project. `save`: how another process saves one; None: no other may lint, because somebody
        goes on with the programs. Raises PathError of what a project is compared with."""
        made: dict[int, Linted] = {}
        for number in range(len(self._workspaces)):
            known = self._guarded(number, self._recall)
            if known is not None:
                made[number] = known
        left = [number for number in range(len(self._workspaces)) if number not in made]
        if save is not None and len(left) > 1:
            made |= self._shared(left, save)
        for number in left:
            if number not in made:
                one = self._guarded(number, self._lint)
                assert one is not None
                made[number] = one
        self._clock.about = ""
        return [made[number] for number in range(len(self._workspaces))]

    def _recall(self, number: int) -> Linted | None:
        return self._workspaces[number].recall(self._files, self._focuses[number])

    def _lint(self, number: int) -> Linted:
        return self._workspaces[number].lint(self._files, self._focuses[number])

    def _guarded(self, number: int, make: Callable[[int], Linted | None]) -> Linted | None:
        workspace, count = self._workspaces[number], len(self._workspaces)
        functions = relative(workspace.target.project.functions_dir, ".")
        self._clock.about = "" if count == 1 else f"{functions} ({number + 1} of {count})"
        try:
            return make(number)
        except PathError:
            raise
        except Exception as error:  # a defect, which must not cost the other projects their findings
            return workspace.nothing(error)

    def _shared(self, left: Sequence[int], save: Callable[[int, Linted], None]) -> dict[int, Linted]:
        """The lints of the small ones among these projects, where it pays; what no process could do is left out."""
        from convexlint.session.judge import WORTH_A_PROCESS

        small = [n for n in left if self._workspaces[n].bytes_of(self._files) < WORTH_A_PROCESS][: Turns.MOST]
        processes = min(self._processes, len(small))
        if processes < 2 or not can_fork():
            return {}
        self._workspaces[small[0]].rules()  # before there are several processes that would load them
        turns = Turns(len(small))

        def take_turns(tell: Tell) -> None:
            while (turn := turns.take()) is not None:
                number, before = small[turn], dict(self._clock.seconds)
                with contextlib.suppress(Exception):  # it goes wrong again where it can be told
                    linted = self._lint(number)
                    save(number, linted)
                    spent = {name: took - before.get(name, 0.0) for name, took in self._clock.seconds.items()}
                    tell(_encode(_Message(number, linted, spent)))

        forks = [fork(take_turns) for _ in range(processes - 1)]
        made: dict[int, Linted] = {}
        while (turn := turns.take()) is not None:
            linted = self._guarded(small[turn], self._lint)
            assert linted is not None
            made[small[turn]] = linted
        turns.close()
        for other in filter(None, forks):
            for message in map(_decode, other.rest()):
                self._workspaces[message.number].adopt(message.linted)
                made[message.number] = message.linted
                for name, took in message.seconds.items():
                    self._clock.add(name, took)
        return made
