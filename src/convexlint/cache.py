"""Facts on disk: a folder of packs, safe to share, to corrupt and to delete.

One pack holds the facts of one project: a run reads one file instead of hundreds, and rewrites it only when a
module changed. Inside, each entry is the msgpack of a ModuleFacts under the hash of the module's bytes and
grammar, so a renamed or restored module is still found. Two runs that write at once leave one of the two
packs, whole, because each is written aside and moved into place.

Nothing read from here is trusted: a pack is used only if its header and checksum agree, and each entry must
decode as facts of this version. Whatever does not is treated as absent. msgpack holds data only, never code.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

import convexlint
from convexlint.facts.ir import FACTS_VERSION, ModuleFacts
from convexlint.syntax import grammar_of

# The first line is the Cache Directory Tagging Specification's, so that backup tools skip the folder; the
# second is how we know it as ours before deleting anything.
_TAG_NAME = "CACHEDIR.TAG"
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder was made by convexlint. It is safe to delete.\n"
)
_MAGIC = b"convexlint-facts\n"
_PREFIX, _SUFFIX = "facts-", ".pack"
_CHECKSUM = 16
_MAX_BYTES = 64 * 1024 * 1024

Pack = dict[str, bytes]
_entries = msgspec.msgpack.Decoder(Pack)
_facts = msgspec.msgpack.Decoder(ModuleFacts)
_encoder = msgspec.msgpack.Encoder()


def content_key(source: bytes, name: str) -> str:
    """The key of a module's facts: its bytes and grammar, and the versions that give facts their meaning."""
    digest = hashlib.blake2b(digest_size=16)
    version = getattr(convexlint, "__version__", "0")
    digest.update(f"{version} {FACTS_VERSION} {grammar_of(name)}\n".encode())
    digest.update(source)
    return digest.hexdigest()


class FactsCache:
    """The packs in one folder. Neither reading nor writing ever fails a run: at worst nothing is cached."""

    def __init__(self, directory: str, max_bytes: int = _MAX_BYTES) -> None:
        self._directory = Path(directory)
        self._max_bytes = max_bytes

    def load(self, project: str) -> Mapping[str, bytes]:
        """What the pack of `project` (a stable text: its functions folder) holds, by content key."""
        try:
            raw = self._pack(project).read_bytes()
        except OSError:
            return {}
        header = len(_MAGIC) + _CHECKSUM
        body = memoryview(raw)[header:]
        if not raw.startswith(_MAGIC) or raw[len(_MAGIC) : header] != _checksum(body):
            return {}
        try:
            return _entries.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {}

    def store(self, project: str, entries: Mapping[str, bytes]) -> bool:
        """Replace the pack of `project`; False when the folder cannot be written or is not ours."""
        body = _encoder.encode(dict(entries))
        if len(body) > self._max_bytes:
            return False
        try:
            if not _prepare(self._directory):
                return False
            target = self._pack(project)
            _write(target, _MAGIC + _checksum(body) + body)
            self._prune(keep=target)
        except OSError:
            return False
        return True

    def _pack(self, project: str) -> Path:
        name = hashlib.blake2b(project.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        return self._directory / f"{_PREFIX}{name}{_SUFFIX}"

    def _prune(self, keep: Path) -> None:
        """Delete the packs unused for longest until the folder is within its bound."""
        packs = []
        for path in sorted(self._directory.glob(f"{_PREFIX}*{_SUFFIX}")):
            with contextlib.suppress(OSError):
                status = path.stat()
                packs.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in packs)
        for _, size, path in sorted(packs, key=lambda pack: pack[0]):
            if total <= self._max_bytes:
                return
            if path != keep:
                path.unlink(missing_ok=True)
                total -= size


def decode_facts(entry: bytes) -> ModuleFacts | None:
    """Facts from a pack's entry; None if it is no such thing."""
    try:
        return _facts.decode(entry)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def decode_many(entries: Mapping[str, bytes]) -> dict[str, ModuleFacts]:
    """Facts by key, without the entries that are none. The collector rests: decoded facts hold no cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        decoded = {key: decode_facts(entry) for key, entry in entries.items()}
    finally:
        if enabled:
            gc.enable()
    return {key: facts for key, facts in decoded.items() if facts is not None}


def encode_facts(facts: ModuleFacts) -> bytes:
    return _encoder.encode(facts)


def clean(directory: str) -> bool:
    """Remove what the cache made in `directory`, and the folder if it is then empty.

    False, touching nothing, when the folder is not a convexlint cache. Raises OSError if removing fails.
    """
    folder = Path(directory)
    if not _is_ours(folder):
        return False
    for pattern in (f"{_PREFIX}*{_SUFFIX}", f"{_PREFIX}*.tmp"):
        for path in sorted(folder.glob(pattern)):
            path.unlink(missing_ok=True)
    for name in (".gitignore", _TAG_NAME):
        (folder / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()
    return True


def _checksum(body: bytes | memoryview) -> bytes:
    return hashlib.blake2b(body, digest_size=_CHECKSUM).digest()


def _is_ours(folder: Path) -> bool:
    try:
        return (folder / _TAG_NAME).read_bytes() == _TAG.encode()
    except OSError:
        return False


def _prepare(folder: Path) -> bool:
    """Make and mark the folder; a folder with other things in it is left alone."""
    if _is_ours(folder):
        return True
    folder.mkdir(parents=True, exist_ok=True)
    if any(entry.name not in (".gitignore", _TAG_NAME) for entry in folder.iterdir()) and not _is_ours(
        folder
    ):
        return False
    if not (folder / ".gitignore").exists():
        _write(folder / ".gitignore", b"*\n")
    _write(folder / _TAG_NAME, _TAG.encode())
    return True


def _write(target: Path, content: bytes) -> None:
    """Write aside and move into place, so that a reader sees the old file or the new, never half of one."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=_PREFIX, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(target)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
