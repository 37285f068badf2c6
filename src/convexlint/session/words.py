"""What each file around a backend says as text, remembered by the file's state: most files are never read twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from convexlint.discovery.around import MAX_BYTES, SCRIPTS, Around, State
from convexlint.discovery.fetched import may_name_site
from convexlint.discovery.mentions import Mentions
from convexlint.packs import Packs
from convexlint.reading import read_regular
from convexlint.session.scripts import speaks

_KIND = "clients"


class Words(Struct, frozen=True, array_like=True):
    """`speaks`: it imports what a client imports, or is Python that names Convex. `imports`: it imports or exports
    something. `site`: it may name the address of the backend's routes. `paths`, `spelled`, `ends`, `called`: see
    `Mentions`."""

    speaks: bool
    imports: bool
    paths: tuple[tuple[str, ...], ...]
    spelled: tuple[str, ...]
    ends: tuple[str, ...]
    site: bool = False
    called: tuple[tuple[str, ...], ...] = ()

    @property
    def may_name(self) -> bool:
        """Whether it may name a function at all."""
        return (self.paths or self.spelled) != ()

    def names(self) -> Iterator[str]:
        """The functions that it surely names, and not for their types alone, as "a/b:f"; some perhaps twice. What
        follows the name of a function is none of it, so each beginning is one."""
        for path in self.called:
            yield from (f"{'/'.join(path[:end])}:{path[end]}" for end in range(1, len(path)))
        yield from self.spelled

    def mentions(self) -> Mentions:
        return Mentions(set(self.paths), set(self.spelled), set(self.ends))


_UNREAD = Words(False, False, ((),), (), ())
"""Of a file that cannot be read: it may name anything."""

_decode = msgspec.msgpack.Decoder(tuple[str, dict[str, tuple[State, Words]]]).decode
_encode = msgspec.msgpack.Encoder().encode


class WordBook:
    """The words of all files of an `Around`."""

    def __init__(self, around: Around, packs: Packs | None = None, code: str = "") -> None:
        """`packs`: where they are kept for later runs of the same `code`."""
        self._around = around
        self._packs = packs
        self._code = code
        self._known: dict[str, tuple[State, Words]] | None = None
        self._fresh = False

    def of(self, path: str) -> Words:
        """Those of one file of `around.files`."""
        known = self._kept()
        state = self._around.files[path]
        found = known.get(path)
        if found is not None and found[0] == state:
            return found[1]
        try:
            words = read_words(path, read_regular(path, MAX_BYTES))
        except OSError:
            words = _UNREAD
        known[path] = (state, words)
        self._fresh = True
        return words

    def save(self) -> None:
        """Keep them for later runs, where there are new ones."""
        if self._packs is None or not self._fresh or self._known is None:
            return
        files = self._around.files
        kept = {p: one for p, one in self._known.items() if one[0].settled and p in files}
        self._packs.store(_KIND, self._around.top, _encode((self._code, kept)), self._around.top)
        self._fresh = False

    def _kept(self) -> dict[str, tuple[State, Words]]:
        if self._known is None:
            self._known = {}
            body = (
                None if self._packs is None else self._packs.load(_KIND, self._around.top, self._around.top)
            )
            if body is not None:
                try:
                    code, known = _decode(body)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    code, known = "", {}
                if code == self._code:
                    self._known = known
        return self._known


_IMPORT = re.compile(rb"\b(?:from|import)[ \t]+(?:[\w., \t]{0,200}[, \t])?convex\b")


def imports_convex(source: bytes) -> bool:
    """Whether a Python source may import the package `convex`, and not another whose name begins so."""
    return _IMPORT.search(source) is not None


def read_words(path: str, source: bytes) -> Words:
    """The words of a file."""
    found = Mentions()
    script = path.endswith(SCRIPTS)
    if script:
        found.read(source)
    else:
        found.read_text(source)
    return Words(
        speaks(source) if script else path.endswith(".py") and imports_convex(source),
        script and (b"import" in source or b"require" in source or b"export" in source),
        tuple(sorted(found.paths)),
        tuple(sorted(found.spelled)),
        tuple(sorted(found.ends)),
        may_name_site(source),
        tuple(sorted(found.called)),
    )
