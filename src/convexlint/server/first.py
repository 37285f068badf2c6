"""The first diagnostics, told before the protocol's library is there.

To import pygls and lsprotocol takes longer than to recall what the last lint said. So the first two messages,
`initialize` and `initialized`, are read here. Where all of the folders' projects were linted before and nothing has
changed since, they are answered here too, and the findings are published. Then the library is imported, reads the same
messages again, and goes on from there: with the same knowledge, and without a second answer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from convexlint.server.buffers import Buffers, path_of, uri_of
from convexlint.server.knowledge import Knowledge
from convexlint.server.moments import Aim, Given, Moment, options_of
from convexlint.server.offer import offer, unit_for
from convexlint.server.render import Renderer, Texts
from convexlint.server.shapes import Shown

MOST_BYTES = 1 << 24
"""A longer first message is left to the library."""
_HEAD_LINES = 16
_encode = msgspec.json.encode


class Told(Struct, frozen=True):
    """What the client was told first. `answered`: the id of the request that has its answer. `published`: by path."""

    answered: int | str
    published: Mapping[str, list[Shown]]


class Begun(Struct, frozen=True):
    """What stands when the library comes: see `begin`. `stream`: gives the library all messages from the first one on.
    `aim`: what the knowledge looks at already. `told`: None where nothing could be told yet."""

    buffers: Buffers
    knowledge: Knowledge
    renderer: Renderer
    stream: BinaryIO
    aim: Aim | None = None
    told: Told | None = None


class Again:
    """A stream of which the beginning is read twice."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._kept = bytearray()
        self._again: BytesIO | None = None

    def rewind(self) -> None:
        """From now on give what was read so far once more, then the rest."""
        self._again = BytesIO(self._kept)

    def readline(self) -> bytes:
        """The next line with its end; empty at the end of the stream."""
        if self._again is not None:
            return self._again.readline() or self._stream.readline()
        line = self._stream.readline()
        self._kept += line
        return line

    def read(self, size: int) -> bytes:
        """The next `size` bytes, fewer at the end of the stream."""
        if self._again is not None:
            start = self._again.read(size)
            return start + self._stream.read(size - len(start)) if len(start) < size else start
        data = self._stream.read(size)
        self._kept += data
        return data


def begin(given: Given, source: BinaryIO, target: BinaryIO) -> Begun:
    """Read the first messages of the client, and answer them where that is quick. Whatever is amiss is left to the
    library, which reads the same messages."""
    stream = Again(source)
    buffers = Buffers()
    knowledge = Knowledge(lambda number: number != buffers.number)
    begun = Begun(buffers, knowledge, Renderer(buffers.uri), stream)  # type: ignore[arg-type]
    asked = _message(stream)
    params = asked.get("params")
    if asked.get("method") == "initialize" and isinstance(params, dict):
        aim = given.aim(folders_of(params), options_of(params.get("initializationOptions")))
        try:
            begun = replace(begun, aim=aim, told=_told(begun, aim, stream, target, asked))
        except (
            Exception
        ):  # a defect, or a client that is gone; the library's way meets it again, and tells of it
            knowledge = Knowledge(lambda number: number != buffers.number)
            begun = replace(begun, knowledge=knowledge)
    stream.rewind()
    return begun


def _told(begun: Begun, aim: Aim, stream: Again, target: BinaryIO, asked: Mapping[str, Any]) -> Told | None:
    """Answer `initialize` and publish what the last lints said, if that holds."""
    buffers, renderer, number = begun.buffers, begun.renderer, asked.get("id")
    begun.knowledge.aim(aim)
    found = begun.knowledge.recalled(Moment(buffers.number, {}))
    if found is None or not isinstance(number, (int, str)):
        return None
    client = asked["params"].get("capabilities")
    client = client if isinstance(client, dict) else {}
    buffers.unit = unit_for(client)
    shown = renderer.render(found.diagnostics, found.files, Texts(found.files, {}, buffers.unit))
    publications = [_publication(buffers.uri(path), some) for path, some in sorted(shown.items())]
    _send(target, [{"id": number, "result": offer(client)}])
    if _message(stream).get("method") != "initialized":
        return Told(number, {})
    _send(target, publications)
    return Told(number, shown)


def folders_of(params: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths of the folders that the parameters of `initialize` name."""
    listed = params.get("workspaceFolders")
    uris = [one.get("uri") for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    root, path = params.get("rootUri"), params.get("rootPath")
    if not uris and root:
        uris = [root]
    elif not uris and isinstance(path, str) and path:
        uris = [uri_of(path)]
    return tuple(found for uri in uris if isinstance(uri, str) and (found := path_of(uri)) is not None)


def _publication(uri: str, shown: list[Shown]) -> dict[str, Any]:
    return {"method": "textDocument/publishDiagnostics", "params": {"uri": uri, "diagnostics": shown}}


def _message(stream: Again) -> dict[str, Any]:
    """The next message; empty where there is none, or one that cannot be read here."""
    length = 0
    for _ in range(_HEAD_LINES):
        line = stream.readline()
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length" and value.strip().isdigit():
            length = int(value)
        if not line.strip():
            break
    if not 0 < length <= MOST_BYTES:
        return {}
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        message = msgspec.json.decode(stream.read(length))
        return message if isinstance(message, dict) else {}
    return {}


def _send(target: BinaryIO, messages: Iterable[dict[str, Any]]) -> None:
    for message in messages:
        body = _encode({"jsonrpc": "2.0", **message})
        target.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    target.flush()
