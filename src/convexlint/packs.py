"""A folder of packs on disk: safe to share, to corrupt and to delete.

A pack is one file that is read and written whole. Two runs that write at once leave one of the two packs, whole,
because each is written aside and moved into place. Nothing read from here is trusted: a pack counts only if its
header and checksum agree, and who asked for it must still decode it. Whatever does not agree is absent.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from convexlint.reading import MAX_LOCK, read_regular

# The first line is the Cache Directory Tagging Specification's, so that backup tools skip the folder; the
# second is how we know it as ours before deleting anything.
_TAG_NAME = "CACHEDIR.TAG"
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder was made by convexlint. It is safe to delete.\n"
)
KINDS = ("facts", "result", "rules")
"""What packs hold. The kind is the first part of a pack's file name and of its header."""

_SUFFIX, _ASIDE = ".pack", ".tmp"
_CHECKSUM = 16
MAX_BYTES = 64 * 1024 * 1024


class Packs:
    """The packs in one folder. Neither reading nor writing ever fails a run: at worst nothing is cached."""

    def __init__(self, directory: str, max_bytes: int = MAX_BYTES) -> None:
        self._directory = Path(directory)
        self._max_bytes = max_bytes

    def load(self, kind: str, name: str) -> memoryview | None:
        """What the pack of that kind and name (a stable text, of any length) holds; None if it is absent."""
        try:
            raw = read_regular(self._path(kind, name), MAX_LOCK, follow=False)
        except OSError:
            return None
        magic = _magic(kind)
        header = len(magic) + _CHECKSUM
        body = memoryview(raw)[header:]
        if not raw.startswith(magic) or raw[len(magic) : header] != _checksum(body):
            return None
        return body

    def store(self, kind: str, name: str, body: bytes) -> bool:
        """Replace a pack; False when it is too large, or the folder cannot be written or is not ours."""
        if len(body) > self._max_bytes:
            return False
        try:
            if not _prepare(self._directory):
                return False
            target = self._path(kind, name)
            _write(target, _magic(kind) + _checksum(body) + body)
            self._prune(keep=target)
        except OSError:
            return False
        return True

    def _path(self, kind: str, name: str) -> Path:
        digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        return self._directory / f"{kind}-{digest}{_SUFFIX}"

    def _prune(self, keep: Path) -> None:
        """Delete the packs unused for longest until the folder is within its bound."""
        packs = []
        for path in _packs(self._directory, _SUFFIX):
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


def clean(directory: str) -> bool:
    """Remove what the cache made in `directory`, and the folder if it is then empty.

    False, touching nothing, when the folder is not a convexlint cache. Raises OSError if removing fails.
    """
    folder = Path(directory)
    if not _is_ours(folder):
        return False
    for suffix in (_SUFFIX, _ASIDE):
        for path in _packs(folder, suffix):
            path.unlink(missing_ok=True)
    for name in (".gitignore", _TAG_NAME):
        (folder / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()
    return True


def _packs(folder: Path, suffix: str) -> list[Path]:
    return sorted(path for kind in KINDS for path in folder.glob(f"{kind}-*{suffix}"))


def _magic(kind: str) -> bytes:
    return f"convexlint-{kind}\n".encode()


def _checksum(body: bytes | memoryview) -> bytes:
    return hashlib.blake2b(body, digest_size=_CHECKSUM).digest()


def _is_ours(folder: Path) -> bool:
    try:
        return read_regular(folder / _TAG_NAME, len(_TAG) + 1, follow=False) == _TAG.encode()
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
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f"{KINDS[0]}-", suffix=_ASIDE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(target)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
