"""A bar on stderr for long work: on terminals only, and only once the work takes long enough to wonder."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Report = Callable[[str, int, int], None]
"""Called with a stage, how many pieces of it are done, and how many there are (0 = not known)."""

_PATIENCE = 0.5
"""Seconds of work before a bar appears."""

_INTERVAL = 0.1
_LONG = 15.0
"""Seconds after which a hint says how the run can be narrowed."""

_stage = ""


def last_stage() -> str:
    """The stage that the session reported last, to name it in an internal error; empty before the first."""
    return _stage


class _Bar:
    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._drawn = 0.0
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._hinted = False

    def update(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._begun < _PATIENCE or now - self._drawn < _INTERVAL:
            return
        self._drawn = now
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn

            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.fields[steps]}", markup=False),
                console=Console(stderr=True),
                transient=True,
                auto_refresh=False,  # a thread of its own would keep the session from using processes
            )
            self._bar.start()
            self._task = self._bar.add_task(stage, total=1, steps="")
        if now - self._begun > _LONG and not self._hinted:
            self._hinted = True
            self._bar.console.print("a path, or `exclude` in convexlint.toml, narrows the run", markup=False)
        if self._task is not None:
            # A stage that counts nothing leaves the bar as the last one that did: it neither pulses nor jumps to 0.
            if total:
                self._bar.update(self._task, completed=done, total=total, steps=f"{done}/{total}")
            self._bar.update(self._task, description=stage)
            self._bar.refresh()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()


@contextmanager
def shown(wanted: bool) -> Iterator[Report]:
    """What a session may call as it works: the stage is remembered, and drawn if `wanted` on a terminal."""
    bar = _Bar() if wanted and sys.stderr.isatty() else None

    def report(stage: str, done: int, total: int) -> None:
        global _stage
        _stage = stage
        if bar is not None:
            bar.update(stage, done, total)

    try:
        yield report
    finally:
        if bar is not None:
            bar.close()
