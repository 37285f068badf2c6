"""The files in `_generated/`, as far as one can tell who wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from convexlint.facts.ir import Comment
from convexlint.findings import Span
from convexlint.structs import Struct

FOLDER = "_generated/"
_HEADER = b"THIS CODE IS AUTOMATICALLY GENERATED"
_BY_SOME_TOOL = re.compile(rb"(?<!no-edited-)generated|do not (?:edit|modify)", re.IGNORECASE)
_CODE = re.compile(rb"^[ \t]*(?:import|export)\b|\bmodule\.exports\b|\brequire\(", re.MULTILINE)
_EXPORT = re.compile(
    rb"^export[ \t]+(?:(?:declare|async|abstract)[ \t]+)*"
    rb"(?:(?:const|let|var|function|class|type|interface|enum|namespace)\b[ \t*]*(?P<name>[\w$]+)"
    rb"|(?P<other>default|\{|\*))",
    re.MULTILINE,
)
_TYPES = ("QueryCtx", "MutationCtx", "ActionCtx", "DatabaseReader", "DatabaseWriter")
_BUILDERS = (
    *("query", "mutation", "action", "internalQuery", "internalMutation", "internalAction", "httpAction"),
    *("httpEndpoint", "env", "app", "component", "componentArg"),
)
# What codegen exports (npm convex cli/codegen_templates), older releases included.
_EXPORTS: dict[str, frozenset[str]] = {
    "api": frozenset({"api", "internal", "components", "app", "Mounts"}),
    "server": frozenset({*_BUILDERS, *_TYPES}),
    "dataModel": frozenset({"TableNames", "Doc", "Id", "DataModel"}),
    "component": frozenset({"ComponentApi"}),
    "api_cjs": frozenset({"api", "internal", "components", "app"}),
}


class GeneratedSource(Struct, frozen=True):
    """A file in a `_generated/` folder as it was read; `name` is its path in the functions folder. `comments`: its
    directives to linters, empty unless there is one of ours."""

    name: str
    content: bytes
    comments: tuple[Comment, ...]


class GeneratedFile(Struct, frozen=True):
    """What such a file is.

    kind: "convex" (written by `convex codegen`), "foreign" (by a person: neither header nor a name of Convex's
    files), "other" (empty, or by another tool). `headless`: it has the name of a file of Convex's, and not its
    header. `added`: exports that Convex does not write there, with the place of their names.
    """

    path: str
    source: GeneratedSource
    kind: Literal["convex", "foreign", "other"]
    headless: bool
    added: tuple[tuple[str, Span], ...]

    @property
    def name(self) -> str:
        return self.source.name


def read_generated(sources: Mapping[str, GeneratedSource]) -> Iterator[GeneratedFile]:
    """By path; `sources` are keyed by it."""
    for path in sorted(sources):
        yield _read(path, sources[path])


def _read(path: str, source: GeneratedSource) -> GeneratedFile:
    content = source.content
    if not source.name.startswith(FOLDER):  # Convex writes at the top of the functions folder only
        return GeneratedFile(path, source, "other", False, ())
    known = _EXPORTS.get(source.name[len(FOLDER) :].split(".", 1)[0])
    if known is None:
        by_hand = _CODE.search(content) is not None and _BY_SOME_TOOL.search(content) is None
        return GeneratedFile(path, source, "foreign" if by_hand else "other", False, ())
    if _HEADER not in content:
        by_hand = _CODE.search(content) is not None
        return GeneratedFile(path, source, "convex" if by_hand else "other", by_hand, ())
    added = []
    for match in _EXPORT.finditer(content):
        group = "name" if match["name"] is not None else "other"
        word = match[group].decode("ascii", "replace")
        if group == "other" or word not in known:
            added.append((word, Span(match.start(group), match.end(group))))
    return GeneratedFile(path, source, "convex", False, tuple(added))
