"""A second process for half of the work: a copy of this one, which knows all that this one knows.

Nothing has to be imported or handed over first, which is what makes it pay for runs of a few seconds. Only Linux is
known to take it well, and only without threads; elsewhere, and where it fails, the caller does all work itself.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable


class Fork:
    """Work that another process does."""

    def __init__(self, pid: int, source: int) -> None:
        self._pid = pid
        self._source = source

    def result(self) -> bytes | None:
        """What the work gave, once it is done; None where it failed."""
        with open(self._source, "rb") as pipe:  # noqa: PTH123 - a file descriptor is no path
            data = pipe.read()
        _, status = os.waitpid(self._pid, 0)
        return data if status == 0 else None


class Turns:
    """Turns that several processes take of some work, made before they part: each turn is taken once, by whoever has
    time. So a list that one process takes from its begin and another from its end is done when they meet."""

    def __init__(self, count: int) -> None:
        """`count`: at most 65,536, what a pipe holds."""
        self._source, sink = os.pipe()
        os.write(sink, bytes(count))
        os.close(sink)

    def take(self) -> bool:
        """Take a turn; False where none is left."""
        return os.read(self._source, 1) != b""

    def close(self) -> None:
        os.close(self._source)


def can_fork() -> bool:
    return sys.platform == "linux" and threading.active_count() == 1


def fork(work: Callable[[], bytes]) -> Fork | None:
    """Begin `work` in a process of its own; None where that cannot be. Ask for the result in any case."""
    if not can_fork():
        return None
    source, sink = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(source)
        os.close(sink)
        return None
    if pid == 0:
        status = 1
        # Whatever goes wrong in here goes wrong again in the parent, which then does the work and can tell.
        with contextlib.suppress(BaseException):
            os.close(source)
            with open(sink, "wb") as pipe:  # noqa: PTH123 - a file descriptor is no path
                pipe.write(work())
            status = 0
        os._exit(status)
    os.close(sink)
    return Fork(pid, source)
