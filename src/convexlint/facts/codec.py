"""Facts as bytes and back: msgpack, each node an array that begins with its tag.

Where the package is compiled, tools/native writes this module anew; the bytes are the same.
"""

from __future__ import annotations

import msgspec

from convexlint.facts.ir import Head, ModuleFacts

DAMAGED: tuple[type[Exception], ...] = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What `decode` and `decode_head` raise for bytes that are not facts."""

_encoder = msgspec.msgpack.Encoder()
_facts = msgspec.msgpack.Decoder(ModuleFacts)


class _Begin(msgspec.Struct, array_like=True):
    head: Head


_begin = msgspec.msgpack.Decoder(_Begin)


def encode(facts: ModuleFacts) -> bytes:
    return _encoder.encode(facts)


def decode(data: bytes) -> ModuleFacts:
    """Raises one of DAMAGED."""
    return _facts.decode(data)


def decode_head(data: bytes) -> Head:
    """The head alone; what follows is skipped, and may still be no facts. Raises one of DAMAGED."""
    return _begin.decode(data).head
