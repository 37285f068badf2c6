"""The bytes of files, each read once in a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from convexlint.discovery.project import Role
from convexlint.reading import read_regular

NOT_PROGRAM = (Role.TEST, Role.GENERATED)
"""Roles of files that are neither part of a program nor a place for findings or fixes."""


Reader = Callable[[str], "bytes | str"]
"""Gives a file's bytes, or in words why it cannot be read."""


def read_file(path: str) -> bytes | str:
    """The file's bytes as they are on disk, or in words why it cannot be read."""
    try:
        return read_regular(path)
    except OSError as error:
        return (error.strerror or type(error).__name__).lower()


class Files:
    """Bytes of files, each read once; `replaced` ones (stdin, fixes in memory) stand in for those on disk.

    `asked`: what `read` was called for, in order.
    """

    def __init__(self, replaced: Mapping[str, bytes], on_disk: Reader | None = None) -> None:
        """`on_disk`: who reads what is not replaced, where that is not the disk itself."""
        self._replaced = dict(replaced)
        self._on_disk = on_disk or read_file
        self._read: dict[str, bytes | str] = {}
        self.asked: dict[str, None] = {}

    @property
    def are_on_disk(self) -> bool:
        """Whether none is replaced."""
        return not self._replaced

    @property
    def replaced(self) -> Mapping[str, bytes]:
        """Those that are not as on disk, by path."""
        return self._replaced

    def read(self, path: str) -> bytes | str:
        """The file's bytes, or in words why it cannot be read."""
        self.asked[path] = None
        if path in self._replaced:
            return self._replaced[path]
        if path not in self._read:
            self._read[path] = self._on_disk(path)
        return self._read[path]

    def content(self, path: str) -> bytes:
        """The file's bytes; empty when it cannot be read."""
        content = self.read(path)
        return content if isinstance(content, bytes) else b""

    def with_replaced(self, replaced: Mapping[str, bytes]) -> Files:
        """The same files with more of them replaced, and nothing asked for yet; what was read is shared."""
        other = Files({**self._replaced, **replaced}, self._on_disk)
        other._read = self._read
        return other
