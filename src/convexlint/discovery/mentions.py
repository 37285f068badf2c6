"""What source says of the functions of a Convex project, read as text: enough to tell that nothing calls a function.

Clients are written in many languages and with many libraries, so nothing is parsed. What looks like a use counts as
one, but in a line of comment; what could be any function (`api` handed on whole) is open. A function that is neither
named nor open is named by no source that was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct, field

NO, YES, UNKNOWN = "no", "yes", "unknown"
"""Whether a function is named."""

Path = tuple[str, ...]

_LINK = re.compile(rb"\s*[!?]?\s*\.\s*([A-Za-z_$][\w$]*)")
_WORD_IN_FRONT = re.compile(rb"([\w$]+)[ \t]+\Z")
_WORD = re.compile(rb"[A-Za-z]+")
API_ROOTS = (b"api", b"anyApi")
"""What functions are named by that clients may call."""
_GLUED = frozenset(
    bytes((c,)) for c in b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$/\"'`-"
)
_CAST = re.compile(rb"\s+as\s+\w+\s*\)")
_RENAMED = re.compile(rb"\w+\s*(?:as\s|:)\s*([A-Za-z_$][\w$]*)")
_HELD = re.compile(rb"\bconst\s+([A-Za-z_$][\w$]*)(?:\s*:\s*any)?\s*=\s*\Z")
_HELD_WHOLE = re.compile(rb"(?:\s+as\s+\w+)*[ \t]*(?:;|\r?\n(?![ \t]*[.\[?]))")
_NOT_IN_IMPORTS = re.compile(rb"[;(){}=.]")
_IMPORT = re.compile(rb"\b(?:import|export)\s+(?:type\s+)?(?:[\w$]+\s*,\s*)?\Z")
_FROM = re.compile(rb"\}\s*from\s*[\"']")
_REQUIRED = re.compile(rb"\}\s*=\s*(?:await\s+import|require)\s*\(")
_MADE = re.compile(rb"makeFunctionReference\s*(?:<[^()]*>)?\s*\(\s*([^\s])")
_STRING_END = re.compile(rb":([A-Za-z_$][\w$]*)[\"'`]")
_STRING_START = re.compile(rb"([\"'`])([\w$./-]*)\Z")
_COMMENT = re.compile(rb"\n[ \t]*(?://[^\n]*|/\*.*?\*/|<!--.*?-->|\{[ \t]*/\*.*?\*/[ \t]*\})", re.DOTALL)
_OTHER_COMMENT = re.compile(rb"^[ \t]*(?://|#(?!!))[^\n]*", re.MULTILINE)
_NO_CALL = re.compile(rb"\btypeof\s*\Z|(?<!:)//")
_RUN = re.compile(
    rb"convex(?<!\wconvex)(?:@[\w.^~-]+)?[\"',\s]+run\b[^\n]{0,200}?([\w$./-]*[\w$]):([A-Za-z_$][\w$]*)"
)
_RUN_ANY = re.compile(
    rb"convex(?<!\wconvex)(?:(?:@[\w.^~-]+)?[\"',\s]+run[\"',\s]+"
    rb"(?:--?[\w-]+(?:=\S+)?\s+)*[\"'`]?(?:\$[\w{(]|\.\.\.|%)"
    rb"|[\"'`]\s*,\s*[\"'`]run[\"'`]\s*,\s*[A-Za-z_$])"
)
_STRING_BEGUN = re.compile(rb"[\"'`]([\w$./-]+):(?:[\"'`]|\$\{)")
_BEGINS = (b':"', b":'", b":`", b":${")
"""What `_STRING_BEGUN` ends with."""
_WORDS = (b"api", b"anyApi", b"internal", b"convex", b"makeFunctionReference")
"""What a source of TypeScript or JavaScript holds that names a function otherwise than in a string."""
_BEGUN = re.compile(rb"([\w$./-]*[\w$]):(?=[\"'`{$\\%])")
_JOINED_BY_COLON = re.compile(rb"join(?<!\wjoin)\(\s*[\"'`]:[\"'`]\s*\)")
_SPEAKS = re.compile(rb"[\"'](?:convex|@convex-dev|convex-\w+)(?:/[\w./-]+)?[\"']|_generated/api")
_BY_ADDRESS = re.compile(rb"/api/run/([\w$./-]*)([{$%\\]|[\"'`]\s*[+.])?")
_NAMED = re.compile(rb":([A-Za-z_$][\w$]*)")
_MODULE = re.compile(rb"[\w$./-]+\Z")
_JOINED = re.compile(rb"[+.]\s*[\"']\Z")
_HOLE = (b"}", b")")
_LONGEST = 300  # bytes that the path of a module may have
_EXPORTED = re.compile(
    rb"export(?<!\wexport)(?:\s*\{[^}]*\b(?:api|internal)\s+as\s+(?!(?:api|internal)\b)[\w$]+"
    rb"|\s+const\s+(?!api\b)[\w$]+\s*(?::[^=\n]+)?=\s*(?:api|anyApi)\b(?!\s*[.\[?]))"
)
MOST = 5_000
"""Names that are taken from one file; one that has more may name any."""
# Words that may stand in front of a value; any other word in front of `api` says that this is prose.
_VALUE_FOLLOWS = frozenset(
    b"return await typeof of in case default void delete yield new extends as satisfies instanceof".split()
)
_FOLLOWS_VALUE = frozenset((b"as", b"in", b"of", b"satisfies", b"instanceof"))


class Mentions(Struct):
    """What some sources name. `paths`: what follows `api` (("jobs", "send"); () = it is handed on whole). `spelled`:
    names in strings ("jobs:send"). `ends`: the ends of strings whose start is put together (`${module}:send`).
    `called`: of `paths` those that stand elsewhere than in a type or behind `//`."""

    paths: set[Path] = field(default_factory=set)
    spelled: set[str] = field(default_factory=set)
    ends: set[str] = field(default_factory=set)
    called: set[Path] = field(default_factory=set)
    begun: set[Path] = field(default_factory=set)
    """What `paths` begin with, as long as there were `counted` of them."""
    counted: int = 0

    def of(self, path: str) -> str:
        """Whether the function `path` ("a/b:f") is named: "yes", "no", or "unknown"."""
        module, _, export = path.partition(":")
        parts = (*module.split("/"), export)
        if self.counted != len(self.paths):
            self.begun = {one[:end] for one in self.paths for end in range(1, len(one) + 1)}
            self.counted = len(self.paths)
        if path in self.spelled or parts in self.begun:
            return YES
        if export == "default" or export in self.ends:
            return UNKNOWN
        whole = any(parts[:end] in self.paths for end in range(len(parts) + 1))  # a module, or all of the api
        return UNKNOWN if whole else NO

    def take(self, other: Mentions) -> None:
        """Take in what another one knows."""
        self.paths |= other.paths
        self.spelled |= other.spelled
        self.ends |= other.ends

    def read_text(self, source: bytes) -> None:
        """Take in a source of another language, a script, a request, a manifest: what looks like "jobs:send" is a name,
        with quotes or without. Whole lines of comment do not count."""
        if b"/api/run/" in source:
            self._read_addresses(source)
        if b"convex" in source and _RUN_ANY.search(source) is not None:
            self.paths.add(())
        if b":" not in source:
            return
        source = _OTHER_COMMENT.sub(b"", source)
        self.paths.update(_module(match[1]) for match in _BEGUN.finditer(source))
        for match in _NAMED.finditer(source):
            before = source[max(0, match.start() - _LONGEST) : match.start()]
            module, name = _MODULE.search(before), match[1].decode()
            if module is None:
                if before.endswith(_HOLE) or _JOINED.search(before[-20:]) is not None:  # `\(module):send`
                    self.ends.add(name)
                continue
            if before[: module.start()].endswith(b"%"):  # `%s:send`
                self.ends.add(name)
            path = module[0].decode().removesuffix(".js").removesuffix(".ts")
            self.spelled.add(f"{path}:{name}")
            if len(self.spelled) > MOST:
                self.paths.add(())
                return

    def _read_addresses(self, source: bytes) -> None:
        """Requests that name a function in their address: `/api/run/tasks/list`."""
        for match in _BY_ADDRESS.finditer(source):
            *module, name = match[1].decode().split("/")
            if match[2]:
                self.paths.add(tuple(module))
            elif name and module:
                self.spelled.add(f"{'/'.join(module)}:{name}")

    def read(self, source: bytes) -> None:
        """Take in one source of TypeScript or JavaScript. Whole lines of comment do not count."""
        begun = any(one in source for one in _BEGINS) and _STRING_BEGUN.search(source) is not None
        if not begun and not any(one in source for one in _WORDS) and _STRING_END.search(source) is None:
            return  # as most do
        if b"/" in source:
            source = _COMMENT.sub(b"\n", b"\n" + source)
        if b"export" in source and b"api" in source.lower() and _EXPORTED.search(source) is not None:
            self.paths.add(())  # under a name of which others know
        if b"convex" in source:
            for match in _RUN.finditer(source):
                self.spelled.add(f"{match[1].decode()}:{match[2].decode()}")
            if _RUN_ANY.search(source) is not None:
                self.paths.add(())
            if _JOINED_BY_COLON.search(source) is not None and _SPEAKS.search(source) is not None:
                self.paths.add(())
        if b"/api/run/" in source:
            self._read_addresses(source)
        if begun:
            self.paths.update(_module(match[1]) for match in _STRING_BEGUN.finditer(source))
        if b"api" in source or b"anyApi" in source:  # most sources have neither
            for mention in mentions_in(source):
                self.paths.add(mention.path)
                line = source.rfind(b"\n", 0, mention.start) + 1
                if _NO_CALL.search(source, line, mention.start) is None:
                    self.called.add(mention.path)
        if b"makeFunctionReference" in source and any(
            made[1] not in (b'"', b"'", b"`", b")") for made in _MADE.finditer(source)
        ):
            self.paths.add(())
        for match in _STRING_END.finditer(source):
            name = match[1].decode()
            start = _STRING_START.search(source, max(0, match.start() - 200), match.start())
            if start is not None and start[2]:
                module = start[2].decode().removesuffix(".js").removesuffix(".ts")
                self.spelled.add(f"{module}:{name}")
            elif start is not None or source[match.start() - 1 : match.start()] == b"}":
                self.ends.add(name)


def _module(name: bytes) -> Path:
    """The path of a module as the beginning of a name spells it: "tasks:" + name."""
    return tuple(name.decode().removesuffix(".js").removesuffix(".ts").split("/"))


class Mention(Struct, frozen=True):
    """One `api.a.b` of a source: where `api` stands, in bytes, and what follows it as far as it is written out."""

    start: int
    path: Path


def mentions_in(source: bytes, roots: tuple[bytes, ...] = API_ROOTS) -> Iterator[Mention]:
    """Every use of `api`, or of other roots, in comments and strings too. Taken as a value it counts only where it may
    be Convex's."""
    found = [span for root in roots if root in source for span in _words(source, root, 0)]
    imported = {start for start, end in found if _is_imported(source, start, end)}
    for start in sorted(imported):
        alias = _RENAMED.match(source, start)
        if alias is not None:
            found += _words(source, alias[1], alias.end())
    may_be_ours = bool(imported) or b"_generated/api" in source or b"anyApi" in source
    for start, end in found:  # which grows: a constant that holds `api` is another name for it
        if start in imported:
            continue
        if may_be_ours and (constant := _constant(source, start, end)) is not None:
            if constant not in roots:
                found += [span for span in _words(source, constant, end) if span not in found]
            continue
        parts, at = [], _behind_cast(source, end)
        while (link := _LINK.match(source, at)) is not None:
            parts.append(link[1].decode())
            at = _behind_cast(source, link.end())
        if parts or (may_be_ours and _is_value(source, start, end)):
            yield Mention(start, tuple(parts))


def _words(source: bytes, name: bytes, start: int) -> list[tuple[int, int]]:
    """Where `name` stands behind `start`."""
    every = re.compile(re.escape(name)).finditer(source, start)
    return [match.span() for match in every if _is_word(source, *match.span())]


def _constant(source: bytes, start: int, end: int) -> bytes | None:
    """The name that `const name = api as any;` gives to it."""
    held = _HELD.search(source, max(0, start - 100), start)
    return held[1] if held is not None and _HELD_WHOLE.match(source, end) is not None else None


def _is_word(source: bytes, start: int, end: int) -> bool:
    """Whether it is a name by itself, and not part of a longer one or of a path."""
    return source[start - 1 : start] not in _GLUED and source[end : end + 1] not in _GLUED


def _is_imported(source: bytes, start: int, end: int) -> bool:
    """Whether it stands in the braces of `import { api } from "..."` or `const { api } = require("...")`."""
    opened, closed = source.rfind(b"{", 0, start), source.find(b"}", end)
    if opened < 0 or closed < 0 or _NOT_IN_IMPORTS.search(source, opened + 1, closed) is not None:
        return False
    if _FROM.match(source, closed) is not None:
        return _IMPORT.search(source, max(0, opened - 100), opened) is not None
    return _REQUIRED.match(source, closed) is not None


def _behind_cast(source: bytes, at: int) -> int:
    """Behind ` as any)`, which stands between the links of `(api as any).jobs.send`."""
    cast = _CAST.match(source, at)
    return at if cast is None else cast.end()


def _is_value(source: bytes, start: int, end: int) -> bool:
    """Whether `api`, without a name after it, is a value: no key, declaration, function, or word of prose."""
    after = source[end : end + 100].lstrip()
    spread = source[start - 3 : start] == b"..."
    if (source[start - 1 : start] == b"." and not spread) or source[end : end + 1] in (b":", b"("):
        return source[end : end + 1] == b"[" or after[:2] == b"?."
    if after[:1] == b"=" and after[:2] != b"==":
        return False
    before = _WORD_IN_FRONT.search(source, max(0, start - 40), start)
    if before is not None and before[1] not in _VALUE_FOLLOWS:
        return False
    word = _WORD.match(after)
    return word is None or b"\n" in source[end : end + 1] or word[0] in _FOLLOWS_VALUE
