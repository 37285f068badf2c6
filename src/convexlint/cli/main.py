"""The console script. `--version` answers before anything else is imported; with `--verbose` it says what a report of
a defect needs."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from typing import NoReturn

from convexlint import __version__

_ABOUT = [{version, verbose} for version in ("--version", "-V") for verbose in ("--verbose", "-v")]


def main() -> None:
    """Run the command line of this process and exit with its status."""
    gc.disable()  # nothing that a run makes is garbage before the process ends: see `_leave`
    if sys.stdin is None or sys.stdout is None or sys.stderr is None:
        from convexlint.cli.streams import open_streams

        open_streams()
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        _say(f"convexlint {__version__}")
        return
    if len(arguments) == 2 and set(arguments) in _ABOUT:
        from convexlint.cli.about import about

        _say(about().rstrip("\n"))
        return
    try:
        from convexlint.cli.app import run

        _leave(run(arguments))
    except KeyboardInterrupt:  # while modules are still being imported
        sys.exit(130)


def _say(text: str) -> None:
    """Write a line."""
    try:
        print(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _leave(0)
    except OSError as error:
        print(f"error: cannot write the output: {(error.strerror or 'unknown').lower()}", file=sys.stderr)
        _leave(2)


def _leave(status: int) -> NoReturn:
    """End at once: taking apart the millions of objects of a large program, one by one, is most of a second."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(
            OSError, ValueError
        ):  # a reader that went away, a full disk, a closed stream
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
