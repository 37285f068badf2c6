"""Facts as bytes and back: msgpack, each node an array that begins with its tag.

Where the package is compiled, tools/native writes this module anew; the bytes are the same.
"""

from __future__ import annotations

import msgspec

from convexlint.facts.ir import ModuleFacts

DAMAGED: tuple[type[Exception], ...] = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What `decode` raises for bytes that are no facts."""

_encoder = msgspec.msgpack.Encoder()
_one = msgspec.msgpack.Decoder(ModuleFacts)


def encode(facts: ModuleFacts) -> bytes:
    return _encoder.encode(facts)


def decode(data: bytes) -> ModuleFacts:
    """Raises one of DAMAGED."""
    return _one.decode(data)
