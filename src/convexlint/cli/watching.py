"""`check --watch`: lints again when files change, until `q` or Ctrl-C. Needs the extra `watch`."""

from __future__ import annotations

import gc
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convexlint.discovery.around import SKIPPED, SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Sequence

Watch = Callable[..., Any]
"""`watchfiles.watch`: sets of (change, path), as they come."""

MISSING = "--watch needs the package watchfiles"
HOW = "`pip install 'convexlint[watch]'`, `uvx --with watchfiles convexlint check --watch`"
_CONFIGS = frozenset(
    {
        "convexlint.toml",
        "pyproject.toml",
        "convex.json",
        "package.json",
        "tsconfig.json",
        "convexlint-baseline.json",
    }
)
_LOCKS = ("-lock.json", "-lock.yaml", ".lock", ".lockb")
_NEVER = SKIPPED - {"_generated"}
_ADDED = 1
"""`watchfiles.Change.added`."""
_QUIT = "quit"
_CLEAR = "\x1b[2J\x1b[3J\x1b[H"
_BEAT = 300
"""Milliseconds after which a watcher without news says so: it is at work then."""
_LONGEST_START = 10.0
_DEBOUNCE = 200
"""Milliseconds in which changes count as one: editors and git write several files at a time."""


def watch_files_or_none() -> Watch | None:
    """`watchfiles.watch`, if it is installed."""
    try:
        from watchfiles import watch
    except ImportError:
        return None
    return watch


def keep_watching(
    watch: Watch,
    once: Callable[[], object],
    places: Callable[[], Sequence[tuple[str, bool]]],
) -> None:
    """Call `once`, and again whenever something changes in `places` ((folder, with all below it); asked anew each
    time)."""
    events: queue.Queue[str] = queue.Queue()
    stop = threading.Event()
    watched: set[tuple[str, bool]] = set()

    def look(folder: str, deep: bool, ready: threading.Event) -> None:
        for changes in watch(
            folder,
            watch_filter=matters,
            recursive=deep,
            debounce=_DEBOUNCE,
            stop_event=stop,
            raise_interrupt=False,
            yield_on_timeout=True,
            rust_timeout=_BEAT,
        ):
            ready.set()
            if changes:
                events.put(min(path for _, path in changes))

    terminal = sys.stdout.isatty()
    with _keys(events, stop):
        try:
            while True:
                if terminal:
                    sys.stdout.write(_CLEAR)
                begun = time.time()
                once()
                gc.collect()  # what the last program was made of
                sys.stdout.flush()
                new = [place for place in places() if place not in watched]
                starting = [threading.Event() for _ in new]
                for place, ready in zip(new, starting, strict=True):
                    watched.add(place)
                    threading.Thread(target=look, args=(*place, ready), daemon=True).start()
                for ready in starting:
                    ready.wait(_LONGEST_START)
                if any(_changed_since(place, begun) for place in new):
                    continue  # before anybody looked
                print(_closing(watched), file=sys.stderr, flush=True)
                if _QUIT in _all(events):
                    return
        finally:
            stop.set()


def _changed_since(place: tuple[str, bool], begun: float) -> bool:
    """Whether a file that matters was written since a time."""
    folder, deep = place
    for above, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if deep and name not in _NEVER and not name.startswith(".")]
        for name in names:
            path = Path(above, name)
            with suppress(OSError):
                if matters(None, str(path)) and path.stat().st_mtime > begun:
                    return True
    return False


def _closing(watched: Iterable[tuple[str, bool]]) -> str:
    folders = ", ".join(sorted(Path(folder).name for folder, deep in watched if deep))
    return f"watching {folders}; q quits" if sys.stdin.isatty() else f"watching {folders}; Ctrl-C quits"


def _all(events: queue.Queue[str]) -> set[str]:
    """What has happened, as soon as something has."""
    happened: set[str] = set()
    while not happened:  # with a limit, so that Ctrl-C is heard on Windows
        try:
            happened.add(events.get(timeout=0.5))
        except queue.Empty:
            continue
    while True:
        try:
            happened.add(events.get_nowait())
        except queue.Empty:
            return happened


def matters(change: object, path: str) -> bool:
    """Whether a change of the file may change what is found."""
    parts = path.replace("\\", "/").split("/")
    if not _NEVER.isdisjoint(parts) or ".git" in parts or ".convexlint_cache" in parts:
        return False
    if change == _ADDED and Path(path).is_dir():
        return True  # what lies in it may have come before anybody looked there
    name = parts[-1]
    return name.endswith(SUFFIXES) or name in _CONFIGS or name.endswith(_LOCKS) or name == ".gitignore"


@contextmanager
def _keys(events: queue.Queue[str], stop: threading.Event) -> Iterator[None]:
    """While it lasts, `q` on a terminal is an event."""
    if not sys.stdin.isatty():
        yield
        return
    if sys.platform == "win32":
        import msvcrt

        def listen_there() -> None:
            while not stop.wait(0.1):
                if msvcrt.kbhit() and msvcrt.getwch() in "qQ":
                    events.put(_QUIT)

        threading.Thread(target=listen_there, daemon=True).start()
        yield
        return
    import select
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)

    def listen() -> None:
        while not stop.is_set():
            ready, _, _ = select.select([descriptor], [], [], 0.1)
            if ready and sys.stdin.read(1) in ("q", "Q", ""):
                events.put(_QUIT)
                return

    try:
        tty.setcbreak(descriptor)
        threading.Thread(target=listen, daemon=True).start()
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
