"""Requests to the HTTP routes of a backend, read as text in source of any language: what follows the address of its
site (docs/convex.md 8.2), as `fetch(`${process.env.CONVEX_SITE_URL}/upload`)`.

The address is a literal (`https://a-b-1.convex.site`), a setting (`VITE_CONVEX_SITE_URL`), the other address with its
ending replaced (`url.replace(".cloud", ".site")`), or a name that holds one of these. What is put together in another
way is not found, so "nobody asks this route" is never known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

_SITE = re.compile(
    rb"(?:https?:(?://|\\/\\/))?[\w-]+\.convex\.site\b"
    rb"|\b[A-Z_]*CONVEX_(?:[A-Z]+_)*SITE(?:_[A-Z]+)*\b"
    rb"|\b_?convex_?[sS]ite_?(?:[uU]rl|URL|[oO]rigin|[bB]ase)?\b"
    rb"|[\"'`/]\\?\.?(?:convex\\?\.)?cloud(?:\\?/?\$)?[\"'`/]\s*,\s*[\"'`]\.?(?:convex\.)?site/?[\"'`]\s*,?\s*\)"
)
MAY_NAME = re.compile(rb"convex\.site|CONVEX_\w*SITE|convex_?site|[\"'`.]site/?[\"'`]", re.IGNORECASE)
"""What a source holds that names a site."""
_SPELLINGS = (b".site", b"SITE", b"convexSite", b"convex_site", b'"site')


def may_name_site(source: bytes) -> bool:
    """Whether a source may name a site; most do not, and are not searched."""
    return any(one in source for one in _SPELLINGS) and MAY_NAME.search(source) is not None


# From the address to the path: what ends a hole of a template, a subscript or a string, and a plus.
_UP_TO_PATH = re.compile(rb"(?:\(\))?[!)\]}\"'`]*\s*(?:[+.]\s*[frb]?[\"'`])?(?=/[\w{$.:*-])")
_PATH = re.compile(rb"/[\w./:*~@%-]*")
_IN_URL = re.compile(rb"\bURL\(\s*[\"'`](/[\w./:*~@%-]*)([^\"'`]?)[^\"'`]*[\"'`]\s*,\s*[\w.\s!]{0,60}?\Z")
_HELD = re.compile(rb"([A-Za-z_$][\w$]*)\s*(?::\s*[^=;{}()\n]{1,60})?:?=(?![=>])[^;]{0,200}\Z", re.DOTALL)
_NEXT_HELD = re.compile(rb"\n[ \t]*\n|\n[ \t]*(?:export|const|let|var|return|def|function|func|fun|val)\b")
_RETURNED = re.compile(
    rb"(?:function\s+|def\s+|func\s+|fun\s+|(?:const|let)\s+)([A-Za-z_$][\w$]*)\s*(?:\(|=\s*\()"
)
_RETURN = re.compile(rb"\breturn\b[^;\n]{0,200}\Z")
_FUNCTION_BYTES = 600
_METHOD = re.compile(rb"[\"']?method[\"']?\s*[:=]\s*[\"'`]([A-Za-z]+)[\"'`]")
_ANY_METHOD = re.compile(rb"\bmethod\b|\.\.\.")
_CALLED = re.compile(
    rb"(?:\bfetch|(\.(?:get|post|put|patch|delete|head)))\s*\(\s*(?:new URL\(\s*)?[frb]?[\"'`$({]*[\w.$?!\[\"'(]*\Z"
)
_COMMENT = re.compile(rb"\A[ \t]*(?:\*|//|#|--)")
_EXPORTED = re.compile(rb"\bexport\s+(?:const|let|function|async\s+function)\s+([A-Za-z_$][\w$]*)")
_EXPORT_LIST = re.compile(rb"\bexport\s*\{([^}]*)\}")
_MOST = 500


class Fetched(Struct, frozen=True, array_like=True):
    """A request. `path`: what it asks ("/upload"); `open`: more follows it that is not known ("/files/" + id).
    `method`: as in `fetch(..., { method })`, None where it is not seen. `start`, `end`: bytes of the path."""

    path: str
    open: bool
    method: str | None
    start: int
    end: int


class Sites(Struct, frozen=True, array_like=True):
    """`requests` of one source, in order; `exported`: names by which it hands the address to others."""

    requests: tuple[Fetched, ...]
    exported: tuple[str, ...]


def read_sites(source: bytes, known: Iterable[bytes] = ()) -> Sites:
    """What a source asks of sites. `known`: names that it imports, and that hold the address."""
    names: dict[bytes, None] = dict.fromkeys(known)
    found: dict[int, Fetched] = {}
    pending = [match.span() for match in _SITE.finditer(source)]
    pending += [span for name in names for span in _uses(source, name)]
    while pending and len(found) < _MOST:
        start, end = pending.pop()
        request = _request(source, start, end)
        if request is not None:
            found[request.start] = request
            continue
        name = _holder(source, start)
        if name is not None and name not in names and len(names) < 50:
            names[name] = None
            pending += [span for span in _uses(source, name) if span[0] > end]
    listed = b",".join(match[1] for match in _EXPORT_LIST.finditer(source))
    shared = {match[1] for match in _EXPORTED.finditer(source)} | set(re.findall(rb"[\w$]+", listed))
    return Sites(
        tuple(found[start] for start in sorted(found)),
        tuple(sorted(name.decode() for name in names if name in shared)),
    )


def _uses(source: bytes, name: bytes) -> Iterator[tuple[int, int]]:
    pattern = re.compile(rb"(?<![\w$])" + re.escape(name) + rb"(?![\w$])")
    return (match.span() for match in pattern.finditer(source))


def _request(source: bytes, start: int, end: int) -> Fetched | None:
    line = source.rfind(b"\n", 0, start) + 1
    if _COMMENT.match(source, line, start + 1) is not None:
        return None
    between = _UP_TO_PATH.match(source, end)
    path = _PATH.match(source, between.end()) if between is not None else None
    if path is not None:
        (first, last), follows = path.span(), source[path.end() : path.end() + 1]
        front = start
    else:
        turned = _IN_URL.search(source, max(0, start - 300), start)
        if turned is None:
            return None
        (first, last), follows, front = turned.span(1), turned[2], turned.start()
    text = source[first:last].decode()
    is_open = follows in (b"$", b"{") or (
        text.endswith("/") and re.match(rb"[\"'`]\s*\+", source[last : last + 9]) is not None
    )
    if text == "/" and not is_open:
        return None
    return Fetched(text, is_open, _method(source, front, last), first, last)


def _holder(source: bytes, start: int) -> bytes | None:
    """The name that is given the address, which stands at `start`: a constant, or a function that returns it."""
    held = _HELD.search(source, max(0, start - 260), start)
    if held is not None and _NEXT_HELD.search(source, held.end(1), start) is None:
        return held[1]
    before = max(0, start - _FUNCTION_BYTES)
    if _RETURN.search(source, max(0, start - 220), start) is not None:
        functions = list(_RETURNED.finditer(source, before, start))
        return functions[-1][1] if functions else None
    return None


def _method(source: bytes, start: int, end: int) -> str | None:
    """The method of `fetch(url, { method: "POST" })` or `.post(url`; None where it is not seen."""
    called = _CALLED.search(source, max(0, start - 80), start)
    if called is None:
        return None
    if called[1] is not None:
        return called[1][1:].decode().upper()
    depth, at = 1, end
    while depth and at < min(len(source), end + 1_500):
        depth += {0x28: 1, 0x29: -1}.get(source[at], 0)
        at += 1
    rest = source[end:at]
    found = _METHOD.search(rest)
    if found is not None:
        return found[1].decode().upper()
    options = rest.partition(b",")[2].strip()
    plain = depth == 0 and _ANY_METHOD.search(rest) is None
    return "GET" if plain and (options[:1] in (b"", b")", b"{")) else None
