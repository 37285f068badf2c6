"""The documents that the editor holds, which stand in for the files on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct
from pygls.uris import from_fs_path, to_fs_path

from convexlint.discovery.listing import normal
from convexlint.server.text import UTF16, AnyRange, Text


class Change(Protocol):
    """A change of a document; one without a `range` is of the whole of it."""

    @property
    def text(self) -> str: ...


class Buffer(Struct, frozen=True):
    """One open document. `path` is absolute and normal, `uri` as the client writes it."""

    uri: str
    path: str
    version: int
    source: bytes


class Buffers:
    """All open documents, by path. `number` grows with each change that may matter to a finding."""

    def __init__(self) -> None:
        self.unit: str = UTF16
        self.number = 0
        self._open: dict[str, Buffer] = {}

    def __contains__(self, path: str) -> bool:
        return path in self._open

    def get(self, path: str) -> Buffer | None:
        return self._open.get(path)

    def now(self) -> Mapping[str, Buffer]:
        """The open documents of this moment; later changes do not show in it."""
        return dict(self._open)

    def open(self, uri: str, version: int, text: str) -> str | None:
        """Take in a document; its path, None where it is not a file."""
        path = path_of(uri)
        if path is not None:
            self._open[path] = Buffer(uri, path, version, encoded(text))
            self.number += 1
        return path

    def change(self, uri: str, version: int, changes: Sequence[Change]) -> str | None:
        """Apply the changes, in order; the document's path, None where it is not open."""
        path = path_of(uri)
        buffer = self._open.get(path) if path is not None else None
        if path is None or buffer is None:
            return None
        source = buffer.source
        for change in changes:
            new = encoded(change.text)
            place: AnyRange | None = getattr(change, "range", None)
            if place is not None:
                span = Text(source, self.unit, held=True).span(place)
                source = source[: span.start] + new + source[span.end :]
            else:
                source = new
        self._open[path] = Buffer(uri, path, version, source)
        self.number += 1
        return path

    def close(self, uri: str) -> str | None:
        """Let a document go: from now on the file on disk counts."""
        path = path_of(uri)
        if path is not None and self._open.pop(path, None) is not None:
            self.number += 1
        return path

    def uri(self, path: str) -> str:
        """How the client names a file: as it did when it opened it, else in the common way."""
        buffer = self._open.get(path)
        return buffer.uri if buffer is not None else uri_of(path)


def encoded(text: str) -> bytes:
    """Text of the client as bytes. Half of a surrogate pair, which no file can hold, becomes one character."""
    return text.encode("utf-8", "replace")


def path_of(uri: str) -> str | None:
    """The path of a document, absolute and normal, None where it is not a file (untitled, of git, of a notebook)."""
    if not uri.startswith("file:"):
        return None
    path = to_fs_path(uri)
    if path is None or "\0" in path or not Path(path).is_absolute():
        return None
    return normal(path)


def uri_of(path: str) -> str:
    """The URI of a file."""
    uri = from_fs_path(path)
    assert uri is not None
    return uri
