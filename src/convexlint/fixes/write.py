"""Writing fixed files: each is whole at any moment, whatever stops us, and nobody else's work is lost.

The new bytes go to a hidden file beside the old one, which then takes its place in one step. Who is killed in between
leaves such hidden files behind: Convex never pushes names that begin with a dot, convexlint never reads them, and the
next run that writes into the folder removes them.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from convexlint.discovery.listing import base

_PREFIX, _SUFFIX = ".convexlint-", ".tmp"
_OURS = re.compile(r"\.convexlint-[a-z0-9_]{8}\.tmp")
_LEFT_BEHIND = 600.0
"""Seconds after which nobody works on a hidden file any more."""

_WAITS = (0.02, 0.05, 0.1, 0.2, 0.4)
"""Seconds between tries where something else has a file open, as virus scanners of Windows do for a moment."""

_IN_USE = (5, 32, 33)
"""Windows' numbers for it: access denied, sharing violation, lock violation."""

_CHANGED = "it was changed while convexlint worked"


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


def write_all(
    contents: Mapping[str, bytes], before: Mapping[str, bytes], together: Iterable[Iterable[str]] = ()
) -> dict[str, str]:
    """Replace each file by its new bytes; returns path -> reason for those that were not written.

    `before`: the bytes that the new ones were made from; a file that holds others by now is left alone. `together`:
    files that one fix changes, so that the one makes no sense without the other: when one cannot be written none is,
    and those that were replaced before it get their old bytes back.
    A symbolic link stays one; the file that it names is replaced.
    """
    failed: dict[str, str] = {}
    for folder in sorted({os.path.dirname(os.path.realpath(path)) for path in contents}):  # noqa: PTH120
        _sweep(Path(folder))
    for group in _groups(sorted(contents), together):
        reasons = _write_group(group, contents, before)
        for path in group if reasons else ():
            failed[path] = reasons.get(path) or f"it is fixed together with {base(next(iter(reasons)))}"
    return failed


def _write_group(
    group: Sequence[str], contents: Mapping[str, bytes], before: Mapping[str, bytes]
) -> dict[str, str]:
    """Write files that belong together; returns the reasons why they were not, the first one first. After a failure
    each of them holds its old bytes again, or the reason for it says that it does not."""
    temporaries: dict[str, Path] = {}
    backups: dict[str, Path] = {}
    replaced: list[str] = []
    try:
        for path in group:
            target = Path(os.path.realpath(path))
            try:
                temporaries[path] = _beside(target, contents[path])
                if len(group) > 1:  # what may have to be put back is on the disk before anything is replaced
                    backups[path] = _beside(target, before[path])
            except OSError as error:
                return {path: _words(error)}
        reasons = {path: why for path in group if (why := _changed(path, before)) is not None}
        if reasons:
            return reasons
        for path in group:
            # Asked once more at the last moment: many files may have been written in between.
            why = _changed(path, before)
            if why is None:
                why = _replace(temporaries[path], path)
            if why is not None:
                return {path: why, **_put_back(replaced, backups, contents)}
            replaced.append(path)
        return {}
    except BaseException:  # the user's Ctrl-C, between two of them
        _put_back(replaced, backups, contents)
        raise
    finally:
        for temporary in (*temporaries.values(), *backups.values()):
            with suppress(OSError):
                temporary.unlink()


def _replace(temporary: Path, path: str) -> str | None:
    """Let the hidden file take the place of `path`; the reason when it could not."""
    waits = iter(_WAITS)
    while True:
        try:
            temporary.replace(Path(os.path.realpath(path)))
        except OSError as error:
            wait = next(waits, None) if getattr(error, "winerror", None) in _IN_USE else None
            if wait is None:
                return _words(error)
            time.sleep(wait)
        else:
            return None


def _put_back(
    replaced: Sequence[str], backups: Mapping[str, Path], contents: Mapping[str, bytes]
) -> dict[str, str]:
    """Give the files their old bytes again, the last one first; path -> why one still holds the new bytes. A file that
    somebody changed after we wrote it stays as it is."""
    stuck: dict[str, str] = {}
    for path in reversed(replaced):
        why = _changed(path, contents)
        if why is None:
            why = _replace(backups[path], path)
        if why is not None:
            stuck[path] = f"it holds the fix, and its old bytes could not be put back: {why}"
    return stuck


def _beside(target: Path, content: bytes) -> Path:
    """A new hidden file beside `target` with these bytes, and with its mode and owner."""
    now = target.stat()
    handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        made = temporary.stat()
        if (made.st_uid, made.st_gid) != (now.st_uid, now.st_gid):
            with suppress(OSError):  # only root may give files away
                os.chown(temporary, now.st_uid, now.st_gid)
        temporary.chmod(stat.S_IMODE(now.st_mode))
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    return temporary


def _changed(path: str, before: Mapping[str, bytes]) -> str | None:
    try:
        return None if Path(path).read_bytes() == before[path] else _CHANGED
    except OSError as error:
        return _words(error)


def _sweep(folder: Path) -> None:
    """Remove what a killed run left behind; what is young may be at work."""
    with suppress(OSError):
        for entry in sorted(folder.iterdir()):
            if _OURS.fullmatch(entry.name) and time.time() - entry.lstat().st_mtime > _LEFT_BEHIND:
                entry.unlink()


def _groups(paths: Sequence[str], together: Iterable[Iterable[str]]) -> list[list[str]]:
    """The paths in groups that belong together, each in order."""
    home = {path: path for path in paths}

    def root(path: str) -> str:
        while home[path] != path:
            home[path] = home[home[path]]
            path = home[path]
        return path

    for some in together:
        first, *rest = sorted(path for path in some if path in home) or [""]
        for other in rest:
            home[root(other)] = root(first)
    groups: dict[str, list[str]] = {}
    for path in paths:
        groups.setdefault(root(path), []).append(path)
    return list(groups.values())


def _words(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
