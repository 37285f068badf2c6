"""Reading files that somebody else put there: regular files alone, and no more than a limit of them.

A repository may hold links to devices and pipes, and files without end. Opening a pipe must not wait, and nothing is
read from what is not a file.
"""

from __future__ import annotations

import errno
import os
import stat

MB = 1_000_000
MAX_SOURCE = 16 * MB
"""Bytes of a module."""

MAX_SETTING = 4 * MB
"""Bytes of what tools read: manifests, ignore files, settings."""

MAX_LOCK = 64 * MB
"""Bytes of a lock file, or of a pack."""

_AT_ONCE = MB
"""Bytes that are asked for where a file's size is not what it said."""


def read_regular(path: str | os.PathLike[str], limit: int = MAX_SOURCE, *, follow: bool = True) -> bytes:
    """The bytes of a regular file. `follow`: whether it may be reached by a symbolic link.

    Raises OSError, whose `strerror` says in words what is wrong, also for what is not a regular file or too large."""
    flags = (
        os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
    )
    if not follow:
        flags |= getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(path, flags)
    except ValueError as error:  # a name with NUL or half a surrogate pair
        raise OSError(errno.EINVAL, "not a name of a file", str(path)) from error
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        found = _up_to(limit + 1, descriptor, state.st_size) if state.st_size <= limit else None
    finally:
        os.close(descriptor)
    if found is None or len(found) > limit:
        raise OSError(errno.EFBIG, too_large(limit), str(path))
    return found


def _up_to(limit: int, descriptor: int, size: int) -> bytes:
    """What can be read of a file that said to have `size` bytes, and may have others by now; no more than `limit`."""
    found = os.read(descriptor, size + 1)
    if len(found) == size:
        return found
    parts = [found]
    while found and limit > sum(map(len, parts)):
        found = os.read(descriptor, _AT_ONCE)
        parts.append(found)
    return b"".join(parts)[:limit]


def too_large(limit: int) -> str:
    """Why a file is not read, in words."""
    return f"larger than {max(1, limit // MB)} megabytes, the most that is read"
