"""The contents of files as they are on disk, read again only where size or time say so."""

from __future__ import annotations

from pathlib import Path

from convexlint.session.files import read_file

_Stamp = tuple[int, int, int, int]


class Shelf:
    """Bytes by path. While a file does not change, the same object is given."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[_Stamp, bytes | str]] = {}

    def read(self, path: str) -> bytes | str:
        """The file's bytes, or in words why it cannot be read."""
        try:
            status = Path(path).stat()
        except OSError as error:
            self._known.pop(path, None)
            return (error.strerror or type(error).__name__).lower()
        except ValueError:
            return "no such file"
        stamp = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        known = self._known.get(path)
        if known is None or known[0] != stamp:
            known = self._known[path] = (stamp, read_file(path))
        return known[1]

    def forget(self, path: str) -> None:
        """Read the file again when it is asked for: somebody says that it has changed."""
        self._known.pop(path, None)
