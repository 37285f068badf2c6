"""A limit for the whole run. Every question about a program has its own bound; this one is for what nobody foresaw, so
that no job hangs until somebody ends it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from convexlint.cli import progress
from convexlint.cli.ends import FAILED
from convexlint.cli.output import complain
from convexlint.forks import end_all

SECONDS = 600.0
"""A hundred times what the largest known project takes."""
VARIABLE = "CONVEXLINT_TIME_LIMIT"

_LONG_LIVED = frozenset({"server", "mcp"})


class LimitError(Exception):
    """The variable holds no number of seconds."""


def seconds_allowed() -> float:
    """The limit in seconds; 0 where there is none. Raises LimitError."""
    wanted = os.environ.get(VARIABLE, "").strip()
    if not wanted:
        return SECONDS
    try:
        seconds = float(wanted)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise LimitError(f"{VARIABLE} is {wanted!r}, not a number of seconds (0: no limit)")
    return seconds


@contextmanager
def limited(arguments: Sequence[str]) -> Iterator[None]:
    """End the process with exit status 2 where the command takes longer than is allowed. Not for commands that live as
    long as somebody wants. Raises LimitError."""
    seconds = 0.0 if _LONG_LIVED & {*arguments[:1]} or "--watch" in arguments else seconds_allowed()
    if not seconds:
        yield
    elif hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        # A signal, and no thread: a process with threads does not part its work among processes.
        def give_up(number: int, frame: FrameType | None) -> None:
            _end(seconds)

        before = signal.signal(signal.SIGALRM, give_up)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
    else:
        timer = threading.Timer(seconds, _end, (seconds,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _end(seconds: float) -> None:
    stage = progress.last_stage()
    complain(
        f"gave up after {seconds:g} seconds" + (f", in stage {stage!r}" if stage else ""),
        "exclude what is too large, name single files, or allow more by "
        f"{VARIABLE}=SECONDS (0: no limit); code that leads here should be reported",
    )
    end_all()
    os._exit(FAILED)
