"""Writing fixed files: each is whole at any moment, whatever stops us."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


def obstacle(path: str) -> str | None:
    """Why the file cannot be replaced, as words for the user; None when it can.

    A file without any write permission is left alone even for a user (root) whom the system would let.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode
    except OSError as error:
        return _words(error)
    if not stat.S_ISREG(mode):
        return "not a regular file"
    if not mode & 0o222 or not os.access(target, os.W_OK):
        return "the file is write-protected"
    if not os.access(target.parent, os.W_OK | os.X_OK):
        return "its folder is write-protected"
    return None


def write_all(contents: Mapping[str, bytes]) -> dict[str, str]:
    """Replace each file by its new bytes; returns path -> reason for those that could not be written.

    The new bytes go to a hidden file beside the old one (Convex never pushes names that begin with a dot),
    which then takes its place in one step. A symbolic link stays one; the file that it names is replaced.
    """
    failed: dict[str, str] = {}
    for path in sorted(contents):
        try:
            _replace(Path(os.path.realpath(path)), contents[path])
        except OSError as error:
            failed[path] = _words(error)
    return failed


def _replace(target: Path, content: bytes) -> None:
    mode = stat.S_IMODE(target.stat().st_mode)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".convexlint-tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.chmod(mode)
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _words(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
