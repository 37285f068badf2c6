"""A second process for half of the work: a copy of this one, which knows all that this one knows.

Nothing has to be imported or handed over first, which is what makes it pay for runs of a few seconds. Only Linux is
known to take it well, and only without threads; elsewhere, and where it fails, the caller does all work itself.

Windows and macOS get no process that is started anew instead: it imports convexlint for 0.09 s of processor time before
it does anything, while modules are lowered at 0.4 s a megabyte, half of that when compiled. It would pay from several
megabytes of source on. Threads gain nothing, since the work is Python.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable

Tell = Callable[[bytes], None]
"""Hands over a message. It never waits for the other process to take it."""

_LENGTH, _NUMBER = 8, 2


_at_work: set[int] = set()
"""The processes that nobody has waited for yet."""


class Fork:
    """Work that another process does. What it tells lies in memory that both see, so neither waits for the other
    before the end."""

    def __init__(self, pid: int, descriptor: int) -> None:
        """`descriptor`: of that memory."""
        self._pid = pid
        self._descriptor = descriptor
        self._at = 0

    def arrived(self) -> list[bytes]:
        """The messages that are there and were not taken before, in order."""
        messages = []
        end = os.fstat(self._descriptor).st_size
        while self._at + _LENGTH <= end:
            begin = self._at + _LENGTH
            length = int.from_bytes(os.pread(self._descriptor, _LENGTH, self._at), "big")
            if begin + length > end:  # it is being written
                break
            messages.append(os.pread(self._descriptor, length, begin))
            self._at = begin + length
        return messages

    def rest(self) -> list[bytes]:
        """Waits for the end of the work; the messages not taken before. Work that failed told less than it should."""
        os.waitpid(self._pid, 0)
        _at_work.discard(self._pid)
        messages = self.arrived()
        os.close(self._descriptor)
        return messages


class Turns:
    """Turns that several processes take of some work, made before they part: each turn is taken once, by the process
    that has time. Turns are numbers, given out in order."""

    MOST = 1000
    """How many there can be: what a pipe is sure to hold."""

    def __init__(self, count: int) -> None:
        if count > self.MOST:
            raise ValueError(f"{count} turns do not fit into a pipe")
        self._source, sink = os.pipe()
        os.write(sink, b"".join(number.to_bytes(_NUMBER, "big") for number in range(count)))
        os.close(sink)

    def take(self) -> int | None:
        """Take the next turn; None where none is left."""
        number = os.read(self._source, _NUMBER)
        return int.from_bytes(number, "big") if number else None

    def close(self) -> None:
        os.close(self._source)


def can_fork() -> bool:
    return sys.platform == "linux" and hasattr(os, "memfd_create") and threading.active_count() == 1


def fork(work: Callable[[Tell], None]) -> Fork | None:
    """Begin `work` in a process of its own; None where that cannot be. Ask for the rest in any case."""
    if sys.platform != "linux" or not can_fork():
        return None
    try:
        descriptor = os.memfd_create("convexlint")
    except OSError:
        return None
    try:
        pid = os.fork()
    except OSError:
        os.close(descriptor)
        return None
    if pid == 0:
        status = 1
        # Whatever goes wrong in here goes wrong again in the parent, which then does the work and can tell.
        with contextlib.suppress(BaseException):
            work(lambda message: _write(descriptor, len(message).to_bytes(_LENGTH, "big") + message))
            status = 0
        os._exit(status)
    _at_work.add(pid)
    return Fork(pid, descriptor)


def end_all() -> None:
    """End the processes that are still at work for this one, which is about to end itself."""
    for pid in sorted(_at_work):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def _write(target: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(target, rest) :]
