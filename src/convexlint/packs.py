"""A folder of packs on disk: safe to share, to corrupt and to delete.

A pack is one file that is read and written whole. Two runs that write at once leave one of the two packs, whole,
because each is written aside and moved into place. Nothing read from here is trusted: a pack counts only if it is
signed with this user's key, for this kind, project and name, and who asked for it must still decode it. Whatever does
not agree is absent; so what a repository ships, or somebody else wrote, is never believed.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from convexlint.reading import MAX_LOCK, read_regular

# The first line is the Cache Directory Tagging Specification's, so that backup tools skip the folder; the
# second is how we know it as ours before deleting anything.
_TAG_NAME = "CACHEDIR.TAG"
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder was made by convexlint. It is safe to delete.\n"
)
KINDS = ("facts", "result", "rules", "clients")
"""What packs hold. The kind is the first part of a pack's file name and of its header."""

_SUFFIX, _ASIDE = ".pack", ".tmp"
_SIGNATURE = 32
_MAX_PROJECT = 8192  # bytes of a project's path
MAX_BYTES = 512 * 1024 * 1024
"""Bytes of all packs of a folder."""


class Packs:
    """The packs in one folder. Neither reading nor writing ever fails a run: at worst nothing is cached."""

    def __init__(
        self, directory: str, max_bytes: int = MAX_BYTES, key: Callable[[], bytes | None] | None = None
    ) -> None:
        """`key`: the user's key (`user_key`)."""
        self._directory = Path(directory)
        self._max_bytes = max_bytes
        self._make_key = key or user_key
        self._key: bytes | None = None

    def load(self, kind: str, name: str, project: str = "") -> memoryview | None:
        """What the pack of that kind and name (a stable text, of any length) of a project holds; None if it is
        absent."""
        key = self._signing()
        if key is None:
            return None
        try:
            raw = read_regular(self._path(kind, name, project), MAX_LOCK, follow=False)
        except OSError:
            return None
        header = _header(kind, project)
        start = len(header) + _SIGNATURE
        body = memoryview(raw)[start:]
        signature = _signature(key, kind, name, project, body)
        if not raw.startswith(header) or not hmac.compare_digest(raw[len(header) : start], signature):
            return None
        return body

    def store(self, kind: str, name: str, body: bytes, project: str = "") -> bool:
        """Replace a pack; False when it is too large, or the folder cannot be written or is not ours."""
        key = self._signing()
        if key is None or len(body) > min(self._max_bytes, MAX_LOCK - _MAX_PROJECT):
            return False
        try:
            if not _prepare(self._directory):
                return False
            target = self._path(kind, name, project)
            _write(target, _header(kind, project) + _signature(key, kind, name, project, body) + body)
            self._prune(keep=target)
        except OSError:
            return False
        return True

    def obstacle(self) -> str | None:
        """Why nothing can be cached here, in words; None where it can."""
        if self._signing() is None:
            return "there is no key for it in your data folder, and none can be written there"
        try:
            return None if _prepare(self._directory) else "the folder holds other things"
        except OSError as error:
            return (error.strerror or type(error).__name__).lower()

    def _signing(self) -> bytes | None:
        if self._key is None:
            self._key = self._make_key()
        return self._key

    def _path(self, kind: str, name: str, project: str) -> Path:
        digest = hashlib.blake2b(_joined(project, name), digest_size=8).hexdigest()
        return self._directory / f"{kind}-{digest}{_SUFFIX}"

    def _prune(self, keep: Path) -> None:
        """Delete the packs unused for longest until the folder is within its bound."""
        packs = []
        for path in _packs(self._directory, _SUFFIX):
            with contextlib.suppress(OSError):
                status = path.lstat()
                packs.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in packs)
        for _, size, path in sorted(packs, key=lambda pack: pack[0]):
            if total <= self._max_bytes:
                return
            if path != keep:
                path.unlink(missing_ok=True)
                total -= size


def user_key() -> bytes | None:
    """The key of this user, made where there is none; None where it cannot be kept for this user alone."""
    import platformdirs

    folder = Path(platformdirs.user_data_dir("convexlint", appauthor=False))
    path = folder / "cache.key"
    with contextlib.suppress(OSError):
        return _own_key(path)
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, secrets.token_bytes(_SIGNATURE))  # with mode 0600
        return _own_key(path)  # another process may have been quicker: its key counts, then
    return None


def _own_key(path: Path) -> bytes | None:
    """Raises OSError where there is none, or others could have read or written it."""
    key = read_regular(path, _SIGNATURE, follow=False)
    state = path.lstat()
    if os.name == "posix" and (state.st_uid != os.geteuid() or stat.S_IMODE(state.st_mode) & 0o077):
        raise PermissionError
    if len(key) != _SIGNATURE:
        raise OSError
    return key


class Cleaned(Struct, frozen=True):
    """What `clean` removed: packs, their bytes, and the functions folders of the projects that they were of."""

    packs: int
    size: int
    projects: tuple[str, ...]


def clean(directory: str, of: Callable[[str], bool] | None = None) -> Cleaned | None:
    """Remove what the cache holds in `directory` of the projects (functions folders) that `of` names; without it,
    everything, and the folder if it is then empty.

    None, touching nothing, when the folder is not a convexlint cache. Raises OSError if removing fails.
    """
    folder = Path(directory)
    if not _is_ours(folder):
        return None
    count = size = 0
    projects: set[str] = set()
    for path in _packs(folder, _SUFFIX):
        project = _project_of(path)
        if of is None or (project and of(project)):
            size += path.lstat().st_size
            count += 1
            path.unlink(missing_ok=True)
            projects.update((project,) if project else ())
    if of is None:
        for path in _packs(folder, _ASIDE):
            path.unlink(missing_ok=True)
        for name in (".gitignore", _TAG_NAME):
            (folder / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()
    return Cleaned(count, size, tuple(sorted(projects)))


def _project_of(path: Path) -> str | None:
    """The project that a pack says to be of; "" where it is of none, None where it is not a pack."""
    kind = path.name.partition("-")[0]
    try:
        with path.open("rb") as file:
            head = file.read(len(_magic(kind)) + _MAX_PROJECT)
    except OSError:
        return None
    if not head.startswith(_magic(kind)):
        return None
    project, end, _ = head[len(_magic(kind)) :].partition(b"\n")
    return project.decode("utf-8", "surrogatepass") if end else None


def _packs(folder: Path, suffix: str) -> Iterator[Path]:
    for kind in KINDS:
        yield from sorted(path for path in folder.glob(f"{kind}-*{suffix}") if not path.is_symlink())


def _magic(kind: str) -> bytes:
    return f"convexlint-{kind} 2\n".encode()


def _header(kind: str, project: str) -> bytes:
    return _magic(kind) + project.replace("\n", "\0").encode("utf-8", "surrogatepass") + b"\n"


def _joined(*texts: str) -> bytes:
    """Texts as bytes from which each can be told."""
    parts = [text.encode("utf-8", "surrogatepass") for text in texts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _signature(key: bytes, kind: str, name: str, project: str, body: bytes | memoryview) -> bytes:
    digest = hashlib.blake2b(_joined(kind, project, name), digest_size=_SIGNATURE, key=key)
    digest.update(body)
    return digest.digest()


def _is_ours(folder: Path) -> bool:
    try:
        return read_regular(folder / _TAG_NAME, len(_TAG) + 1, follow=False) == _TAG.encode()
    except OSError:
        return False


def _prepare(folder: Path) -> bool:
    """Make and mark the folder; a folder with other things in it is left alone."""
    if _is_ours(folder):
        return True
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
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
    import tempfile  # most runs write nothing

    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f"{KINDS[0]}-", suffix=_ASIDE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(target)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
