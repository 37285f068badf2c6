"""Python's garbage collector, at rest while there is no garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Facts, a program and all else that a run makes are millions of objects that live until its end: to look for
    garbage among them, over and over, would take a fifth of its time, and half of that of building a program."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
