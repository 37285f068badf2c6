"""The differences from the official plugin that the rules' cards promise, recognised in the source text.

They are told from the text alone, not by asking convexlint, whose mistakes thus cannot excuse themselves.
"""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.official import Official
from benchmarks.projects import KINDS

_ORDERED = re.compile(r"\.\s*(order|paginate|first|take)\b")
_DEFINITION = re.compile(r"""(?P<name>\w+)["']?\s*(?P<sign>[:=])\s*(?:\w+\.)?defineTable\(""")
_LINK = re.compile(r"(?:\s|//[^\n]*\n)*\.\s*(\w+)\s*")
_BUILDER = re.compile(r"[\w$]+\s*\(\s*$")
_VERSION = re.compile(r"[~^>=v\s]*(\d+)\.(\d+)")
_WITH_TABLES = (1, 31)
_QUOTED = r"""(["'`])(?P<name>[^"'`]+)\1"""
_INDEX = re.compile(rf"index\(\s*{_QUOTED}\s*,\s*(?:\{{\s*fields:\s*)?\[(?P<fields>[^\]]*)\]")


class Sources:
    """The copied modules of one project, read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._texts: dict[str, str] | None = None

    def bytes_of(self, path: str) -> bytes:
        return (self._folder / path).read_bytes()

    def convex_of(self, path: str) -> str | None:
        """The convex that the nearest package.json above a module asks for."""
        for folder in (self._folder / path).parents:
            manifest = folder / "package.json"
            if manifest.is_file():
                text = manifest.read_text(encoding="utf-8", errors="replace")
                asked = re.search(r""""convex"\s*:\s*"([~^>=v\s]*\d[^"]*)\"""", text)
                if asked is not None:
                    return asked[1]
            if folder == self._folder:
                break
        return None

    @property
    def texts(self) -> dict[str, str]:
        if self._texts is None:
            paths = sorted(path for path in self._folder.rglob("*") if path.suffix in KINDS)
            self._texts = {
                path.relative_to(self._folder).as_posix(): path.read_text(encoding="utf-8", errors="replace")
                for path in paths
            }
        return self._texts


def exception(item: Official, start: int, end: int, sources: Sources) -> str | None:
    """Why a finding of the plugin is rightly none of ours; None when no documented exception covers it.

    `start` and `end` are the byte range of the finding in its file.
    """
    if item.rule == "no-duplicate-indexes":
        return _read_in_creation_order(item, start, end, sources)
    if item.rule == "require-args-validator":
        return _args_through_a_spread(start, sources.bytes_of(item.path))
    if item.rule == "explicit-table-ids":
        return _older_than_the_form(item, sources)
    return None


def _older_than_the_form(item: Official, sources: Sources) -> str | None:
    """A project whose package.json asks for a convex that does not know `db.get("table", id)` yet."""
    asked = sources.convex_of(item.path)
    found = None if asked is None else _VERSION.match(asked)
    if found is None or (int(found[1]), int(found[2])) >= _WITH_TABLES:
        return None
    return f"the project asks for convex {asked}, which does not take the table"


def _read_in_creation_order(item: Official, start: int, end: int, sources: Sources) -> str | None:
    """A prefix index that some query reads by equality alone and then in the order of `_creationTime`.

    A query of a computed table reads every table that its module names in quotes.
    """
    written = sources.bytes_of(item.path)[start:end].decode("utf-8", "replace")
    found = _name_of_index(written)
    if found is None:
        return None
    name, fields = found
    tables = "|".join(re.escape(table) for table in _tables(item, start, sources))
    if not tables:
        return None
    query = rf"""\.\s*query\(\s*["'`](?:{tables})["'`]\s*,?\s*\)"""
    computed = r"\.\s*query\b(?:\s+as\s+any\s*\))?\s*\(\s*[A-Za-z_$][\w$.]*\s*,?\s*\)"
    named = re.compile(rf"""(["'`])(?:{tables})\1""")
    use = re.compile(
        rf"""(?:{query}|(?P<computed>{computed}))\s*(?://[^\n]*\s*)*\.\s*withIndex\(\s*(["'`]){re.escape(name)}\2"""
    )
    for path, text in sources.texts.items():
        for match in use.finditer(text):
            if match["computed"] and not named.search(text):
                continue
            opening = text.rindex("(", match.start(), match.end())
            closing = _closing(text, opening)
            bounds = re.findall(r"\.\s*(eq|gte?|lte?)\(", text[match.end() : closing])
            chain = _chain(text, closing + 1)
            if bounds == ["eq"] * fields and (reader := _ORDERED.search(chain)):
                line = text.count("\n", 0, match.start()) + 1
                return f'"{name}" is read in _creationTime order: .{reader[1]} at {path}:{line}'
    return None


def _tables(item: Official, start: int, sources: Sources) -> list[str]:
    """The tables that the reported index belongs to: its key, or the keys where its variable stands."""
    before = sources.bytes_of(item.path)[:start].decode("utf-8", "replace")
    definitions = list(_DEFINITION.finditer(before))
    if not definitions:
        return []
    last = definitions[-1]
    if last["sign"] == ":":
        return [last["name"]]
    key = re.compile(rf"""(?P<key>\w+)["']?\s*:\s*(?:\w+\.)?{re.escape(last["name"])}\b""")
    keys = {match["key"] for text in sources.texts.values() for match in key.finditer(text)}
    return sorted(keys | {last["name"]})


def _name_of_index(written: str) -> tuple[str, int] | None:
    """Name and number of fields of the index that the reported text defines."""
    match = _INDEX.search(written)
    if match is None:
        return None
    return match["name"], len(re.findall(r"""["'`][^"'`]+["'`]""", match["fields"]))


def builder_before(source: bytes, start: int) -> int:
    """Where the name of the function begins whose first argument is at the byte `start`; `start` if none."""
    text = source[:start].decode("utf-8", "replace")
    match = _BUILDER.search(text, max(0, len(text) - 200))
    return start if match is None else len(text[: match.start()].encode("utf-8"))


def _args_through_a_spread(start: int, source: bytes) -> str | None:
    """A registered function whose object literal spreads another, which may bring `args`."""
    text = source[start:].decode("utf-8", "replace")
    opening = text.find("{")
    if opening < 0:
        return None
    depth = 0
    for at in range(opening, len(text)):
        if text[at] in "{([":
            depth += 1
        elif text[at] in "})]":
            depth -= 1
            if depth == 0:
                return None
        elif depth == 1 and text.startswith("...", at):
            return "its `args` may come through a spread"
    return None


def _closing(text: str, opening: int) -> int:
    """The position of the bracket that closes the one at `opening` (quotes are respected, comments not)."""
    depth, quote, at = 0, "", opening
    while at < len(text):
        char = text[at]
        if quote:
            if char == "\\":
                at += 1
            elif char == quote:
                quote = ""
        elif char in "\"'`":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return len(text) - 1


def _chain(text: str, at: int) -> str:
    """The method names that follow a call, as `.a.b.c`."""
    names = ""
    while match := _LINK.match(text, at):
        names += f".{match[1]}"
        at = match.end()
        if at < len(text) and text[at] == "(":
            at = _closing(text, at) + 1
    return names
