"""How much work a project of size n makes, in seconds of this process."""

from __future__ import annotations

import math
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from convexlint.config.settings import Overrides
from convexlint.session.contract import Outcome, Request
from convexlint.session.run import check
from tests.bounded.nasty import Files

LIMIT = 20.0
"""Seconds of this process after which a check is given up: far more than any of these may take."""


class TooLong(BaseException):
    """Not an Exception, so that nothing on the way takes it for a defect of a rule."""


@contextmanager
def limited(seconds: float = LIMIT) -> Iterator[None]:
    """Give up what takes longer. Where the system has no such clock, nothing is limited."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def give_up(number: int, frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    except TooLong:
        pytest.fail(f"not done after {seconds:.0f} s of CPU time")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def lint_files(files: Files, folder: Path) -> Outcome:
    """The outcome of all rules on a project of these files."""
    (folder / ".git").mkdir(exist_ok=True)
    (folder / "package.json").write_text('{"dependencies": {"convex": "1.31.0"}}')
    (folder / "convex/_generated").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    with limited():
        return check(Request((str(folder),), Overrides(select=("all",)), jobs=1))


def seconds(files: Files, runs: int = 2) -> float:
    """The shortest of some runs."""
    taken: list[float] = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            began = time.process_time()
            outcome = lint_files(files, Path(folder))
            taken.append(time.process_time() - began)
            assert outcome.defects == ()
        if taken[0] > 1:
            break
    return min(taken)


def growth(maker: Callable[[int], Files], n: int, runs: int = 2) -> tuple[float, float]:
    """By which power of the text's length the time grows from n to 8n, and the seconds at 8n: of each the shortest of
    some runs."""
    texts = [maker(k * n) for k in (1, 8)]
    lengths = [sum(map(len, files.values())) for files in texts]
    first, last = (seconds(files, runs) for files in texts)
    first = max(first, 0.01)  # less is noise
    return math.log(last / first) / math.log(lengths[1] / lengths[0]), last
