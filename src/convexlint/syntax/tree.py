"""Parsing: which grammar reads which file, and one parser per grammar."""

from __future__ import annotations

import functools
import re
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Tree

    __all__ = ["Node", "Tree", "grammar_of", "parse"]
else:
    # Importing tree-sitter costs milliseconds that a run served from the cache never needs.
    Node = Tree = object

_TYPESCRIPT = (".ts", ".mts", ".cts")
# `import("./x").Name<...>`, `import("./x").Name[...]`: types that the grammar takes for calls of `import`.
_IMPORT_TYPE = re.compile(rb"""\bimport\((?:"[^"\n]*"|'[^'\n]*')\)(?=\s*(?:\.\s*[\w$]+\s*)*[<\[])""")
# `i < unique.length`: a variable that the grammar takes for the word of `unique symbol`, and its like.
_TYPE_WORD = re.compile(rb"(?<=<)(\s*)(unique|keyof|infer|asserts)(?=\s*[.\[;)&|?+*-])")
_local = threading.local()


def grammar_of(name: str) -> str:
    """The grammar for a file name: "typescript" (.ts .mts .cts), else "tsx", which also reads JavaScript."""
    return "typescript" if name.lower().endswith(_TYPESCRIPT) else "tsx"


def parse(source: bytes, name: str) -> Tree:
    """The syntax tree of `source`. Never fails: what the grammar cannot read stands as ERROR nodes.

    Import types that the grammar does not know are read as names of an unknown namespace of the same length, and so are
    variables that it takes for words of types.
    """
    parser = _parser(grammar_of(name))
    tree = parser.parse(source)
    if tree.root_node.has_error:
        readable = _IMPORT_TYPE.sub(lambda match: b"_" * len(match[0]), source)
        readable = _TYPE_WORD.sub(lambda match: match[1] + b"_" * len(match[2]), readable)
        if readable != source:
            return parser.parse(readable)
    return tree


def _parser(grammar: str) -> Parser:
    """This thread's parser: a parser must not be used by two threads at once."""
    parsers: dict[str, Parser] | None = getattr(_local, "parsers", None)
    if parsers is None:
        parsers = _local.parsers = {}
    parser = parsers.get(grammar)
    if parser is None:
        parser = parsers[grammar] = _make_parser(grammar)
    return parser


def _make_parser(grammar: str) -> Parser:
    from tree_sitter import Parser

    return Parser(_language(grammar))


@functools.lru_cache(maxsize=2)
def _language(grammar: str):  # type: ignore[no-untyped-def]
    import tree_sitter_typescript
    from tree_sitter import Language

    if grammar == "typescript":
        return Language(tree_sitter_typescript.language_typescript())
    return Language(tree_sitter_typescript.language_tsx())
