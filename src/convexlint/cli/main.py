"""The console script. `--version` answers before anything else is imported; with `--verbose` it says what a report of
a defect needs."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

from convexlint import __version__

_ABOUT = [{version, verbose} for version in ("--version", "-V") for verbose in ("--verbose", "-v")]


def main() -> None:
    """Run the command line of this process and exit with its status."""
    gc.disable()  # nothing that a run makes is garbage before the process ends: see `_leave`
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        print(f"convexlint {__version__}")
        return
    if len(arguments) == 2 and set(arguments) in _ABOUT:
        from convexlint.cli.about import about

        print(about(), end="")
        return
    try:
        from convexlint.cli.app import run

        _leave(run(arguments))
    except KeyboardInterrupt:  # while modules are still being imported
        sys.exit(130)


def _leave(status: int) -> NoReturn:
    """End at once: taking apart the millions of objects of a large program, one by one, is most of a second."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (
        OSError,
        ValueError,
    ):  # a reader that went away, or a stream that was closed: Python knows what to do
        sys.exit(status)
    os._exit(status)


if __name__ == "__main__":
    main()
