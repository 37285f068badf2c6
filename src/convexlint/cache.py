"""Facts on disk: one pack for the facts of one project.

A run reads one file instead of hundreds, and rewrites it only when a module changed. Inside, each entry is the
msgpack of a ModuleFacts under the hash of the module's bytes and grammar, so a renamed or restored module is
still found. Each entry must decode as facts of this version. msgpack holds data only, never code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

import convexlint
from convexlint.facts.client import is_client
from convexlint.facts.ir import FACTS_VERSION
from convexlint.packs import MAX_BYTES, Packs
from convexlint.syntax import grammar_of

Pack = dict[str, bytes]
_entries = msgspec.msgpack.Decoder(Pack)
_encoder = msgspec.msgpack.Encoder()


def content_key(source: bytes, name: str) -> str:
    """The key of a module's facts: its bytes and grammar, whether it is a client, and the versions that give facts
    their meaning."""
    digest = hashlib.blake2b(digest_size=16)
    version = getattr(convexlint, "__version__", "0")
    kind = "client" if is_client(name) else "module"
    digest.update(f"{version} {FACTS_VERSION} {grammar_of(name)} {kind}\n".encode())
    digest.update(source)
    return digest.hexdigest()


class FactsCache:
    """The packs in one folder. Neither reading nor writing ever fails a run: at worst nothing is cached."""

    def __init__(self, directory: str, max_bytes: int = MAX_BYTES) -> None:
        self._packs = Packs(directory, max_bytes)

    def load(self, project: str) -> Mapping[str, bytes]:
        """What the pack of `project` (a stable text: its functions folder) holds, by content key."""
        body = self._packs.load("facts", "", project)
        if body is None:
            return {}
        try:
            return _entries.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {}

    def store(self, project: str, entries: Mapping[str, bytes]) -> bool:
        """Replace the pack of `project`; False when the folder cannot be written or is not ours."""
        return self._packs.store("facts", "", _encoder.encode(dict(entries)), project)
