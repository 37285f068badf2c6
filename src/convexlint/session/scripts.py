"""Which files around a backend are its clients in TypeScript and JavaScript, found by their text: an import of a
package of Convex, of the generated `api`, of a module that exports that `api` on, or of the backend's own code."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from convexlint.clients.scripts import COMPONENTS, code_of, is_written
from convexlint.discovery.roles import is_source
from convexlint.structs import Struct

_SPEAKS = re.compile(
    rb"_generated/api|\banyApi\b|\bmakeFunctionReference\b|#convex/api"
    rb"|[\"'](?:convex(?:[/-][\w./-]+)?|@convex-dev/[\w./-]+|better-convex[\w./-]*)[\"']"
)
_HINTS = (b"convex", b"_generated/api", b"anyApi", b"makeFunctionReference")
"""What holds one of these alone can match that."""
_SPECIFIER = re.compile(rb"\b(?:from|import|require\()\s*\(?\s*[\"']([^\"'\n]+)[\"']")
_BY_VALUE = re.compile(
    rb"(?:\bimport|\bexport)\s+(?!type\b)[^;\"'()]*?\bfrom\s*[\"']([^\"'\n]+)[\"']"
    rb"|\b(?:import|require)\s*\(?\s*[\"']([^\"'\n]+)[\"']"
)
_EXPORTS = re.compile(
    rb"export(?<!\wexport)(?:\s+default\s+(?:api|internal)\b|\s*\{[^}]*\b(?:api|internal)\b[^}]*\}"
    rb"|\s+const\s+\w+\s*(?::[^=]+)?=\s*(?:api|internal|anyApi)\b)"
)
_EXPORTS_ALL = re.compile(rb"export(?<!\wexport)\s*(?:\*[^;\n]*?|\{[^}]*\})\s*from\s*[\"']([^\"'\n]*)[\"']")
_GENERATED = re.compile(rb"_generated/api|#convex/api")
_IN_FRONT = re.compile(rb"\b(?:from|import|require\()\s*\(?\s*\Z")
_ENDS = (b'"', b"'", b"\n")
_END = re.compile(rb"[\"'\n]")
_LONGEST = 100
"""Bytes that may stand between the word in front of a specifier and its quote."""
API = "_generated/api"
_ROUNDS = 3
"""How many modules the `api` may go through."""


class ScriptFile(Struct, frozen=True):
    """A client: its bytes, the same bytes without what is not code, and a name that says how that is written."""

    path: str
    source: bytes
    code: bytes
    code_name: str


def is_script(path: str) -> bool:
    """Whether a file may be such a client."""
    return (is_source(path) and not path.endswith((".min.js", ".min.mjs"))) or path.endswith(COMPONENTS)


def speaks(source: bytes) -> bool:
    """Whether a source imports the generated api or a package of Convex."""
    return any(one in source for one in _HINTS) and _SPEAKS.search(source) is not None


def clients_among(
    speaking: Mapping[str, bytes],
    others: Iterable[str],
    read: Callable[[str], bytes],
    leads_to: Callable[[str, str], str | None],
    package_of: Callable[[str], str | None],
    backend: str,
    heads: Iterable[str] = (),
    takes: Callable[[str], bool] = lambda path: True,
) -> tuple[ScriptFile, ...]:
    """The clients among some files, by path.

    `speaking`: files that `speak`. `others`: files that import something else; `read` gives those that are looked
    into, and `takes` says whether one may be a client at all. `leads_to`: the file that an import leads to, `API` for
    the generated api. `package_of`: the package of the workspace that a file lies in. `backend`: the functions folder;
    `heads`: what imports by an alias of it begin with."""
    found = {
        path: source
        for path, source in speaking.items()
        if is_written(source) and not _is_of_others(path, source, leads_to)
    }
    hubs = {
        path for path, source in found.items() if b"export" in source and _exports_api(source, _GENERATED)
    }
    words = {*map(_word, hubs), *_names(package_of, (f"{backend}/_generated/api.js", *hubs))} - {b""}
    words.add(backend.rpartition("/")[2].encode("utf-8", "surrogateescape") + b"/")
    words.update(head.encode("utf-8", "surrogateescape") for head in heads if head)
    hubs.add(API)
    for _ in range(_ROUNDS):
        if not words:
            break
        some = re.compile(b"|".join(re.escape(word) for word in sorted(words)))
        fresh, rest = set[str](), []
        for path in others:
            source = read(path)
            if (
                some.search(source)
                and is_written(source)
                and takes(path)
                and _imports(path, source, some, leads_to, hubs, backend)
            ):
                found[path] = source
                if b"export" in source and _exports_api(source, some):
                    fresh.add(path)
            else:
                rest.append(path)
        others, hubs = rest, fresh
        words = {*map(_word, hubs), *_names(package_of, hubs)} - {b""}
    return tuple(_file(path, found[path]) for path in sorted(found))


def digest(files: Iterable[ScriptFile], besides: Mapping[str, bytes]) -> str:
    """Stands for some clients, and for the manifests that say what their imports mean."""
    made = hashlib.blake2b(digest_size=16)
    for path, source in (*((one.path, one.source) for one in files), *sorted(besides.items())):
        made.update(f"{path}\0{len(source)}\0".encode("utf-8", "surrogateescape") + source)
    return made.hexdigest()


def _file(path: str, source: bytes) -> ScriptFile:
    name, code = code_of(path, source)
    return ScriptFile(path, source, code, name)


def _is_of_others(path: str, source: bytes, leads_to: Callable[[str, str], str | None]) -> bool:
    """Whether all generated apis that a file imports are those of other backends."""
    named = _apis(source)
    return bool(named) and all(leads_to(path, one.decode("utf-8", "replace")) != API for one in named)


def imports_of_ours(path: str, source: bytes, leads_to: Callable[[str, str], str | None]) -> bool:
    """Whether some generated api that a file imports is that of this backend."""
    named = _apis(source)
    return any(leads_to(path, one.decode("utf-8", "replace")) == API for one in named)


def _apis(source: bytes) -> list[bytes]:
    """The specifiers that mean some generated api."""
    found = []
    for match in _GENERATED.finditer(source):
        begin = max(source.rfind(one, 0, match.start()) for one in _ENDS)
        end = _END.search(source, match.end())
        if begin < 0 or end is None or b"\n" in (source[begin : begin + 1], end[0]):
            continue
        if _IN_FRONT.search(source, max(0, begin - _LONGEST), begin) is not None:
            found.append(source[begin + 1 : end.start()])
    return found


def _exports_api(source: bytes, some: re.Pattern[bytes]) -> bool:
    """Whether a module that has the api exports it, or all of a module that is spelled so."""
    if _EXPORTS.search(source) is not None:
        return True
    return any(some.search(match[1]) is not None for match in _EXPORTS_ALL.finditer(source))


def _names(package_of: Callable[[str], str | None], paths: Iterable[str]) -> Iterator[bytes]:
    for path in paths:
        name = package_of(path)
        if name:
            yield name.encode("utf-8", "surrogateescape")


def _word(path: str) -> bytes:
    """What an import of the file spells: its name, or that of the folder whose index it is."""
    folder, _, name = path.rpartition("/")
    stem = name.split(".", 1)[0]
    return (folder.rpartition("/")[2] if stem == "index" else stem).encode("utf-8", "surrogateescape")


def _imports(
    path: str,
    source: bytes,
    some: re.Pattern[bytes],
    leads_to: Callable[[str, str], str | None],
    hubs: set[str],
    backend: str,
) -> bool:
    """Whether a file imports one of `hubs`, or code of the backend by value."""
    for match in _SPECIFIER.finditer(source):
        if some.search(match[1]) is not None and b"_generated/" not in match[1]:
            target = leads_to(path, match[1].decode("utf-8", "replace"))
            if target in hubs:
                return True
            if target is not None and target.startswith(f"{backend}/"):
                by_value = {named for one in _BY_VALUE.finditer(source) for named in one.groups()}
                if match[1] in by_value:
                    return True
    return False
