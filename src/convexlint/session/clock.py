"""Where the time of a run goes, and telling somebody while it goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from convexlint.defects import note_stage

Progress = Callable[[str, int, int], None]
"""Called with the stage's name, the steps done and the steps in all (0, 0 where they are not counted)."""


class Stopwatch:
    """Seconds per stage, in the order in which the stages first ran; a stage that runs again adds up."""

    def __init__(self, progress: Progress | None = None) -> None:
        self._progress = progress
        self.seconds: dict[str, float] = {}
        self.about = ""
        """The project that the stages are about, where there are several."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.seconds.setdefault(name, 0.0)
        self.tell(name, 0, 0)
        began = time.perf_counter()
        try:
            yield
        except Exception as error:
            note_stage(error, name)
            raise
        finally:
            self.seconds[name] += time.perf_counter() - began

    def add(self, name: str, seconds: float) -> None:
        """Time that another process has spent."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def tell(self, name: str, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress(f"{self.about}: {name}" if self.about else name, done, total)
