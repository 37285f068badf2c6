"""The three streams of a process, also where it was started without them (`<&-`, `>&-`, a service, pythonw)."""

from __future__ import annotations

import errno
import os
import sys

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


def open_streams() -> None:
    """Let each stream that is closed lead to nowhere, as other runtimes do. Else the next file that is opened would
    take its number, and what is meant for the stream would go into that file."""
    if sys.stdin is not None and sys.stdout is not None and sys.stderr is not None:
        return
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115


def is_of_output(error: OSError) -> bool:
    """Whether an error means that a stream takes no more: the disk behind it is full, or it is gone."""
    return error.filename is None and error.errno in _FULL


def trouble_with(error: OSError, path: str) -> str:
    """What to tell of an error: of the output, or of a file, which is `path` where the error does not say."""
    if is_of_output(error):
        return words_of_output(error)
    return f"{os.fsdecode(error.filename or path)}: {(error.strerror or type(error).__name__).lower()}"


def words_of_output(error: OSError) -> str:
    """What to tell of such an error."""
    return f"cannot write the output: {(error.strerror or type(error).__name__).lower()}"
