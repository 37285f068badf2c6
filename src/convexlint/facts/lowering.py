"""The state of lowering one module, and the dispatch from grammar node to handler.

Handlers register themselves by the grammar's node name in EXPRESSIONS, STATEMENTS and TYPES; this module
knows none of them, so that expressions may hold statements and the other way round without an import cycle.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from sys import intern
from typing import TypeVar

from convexlint.facts import ir
from convexlint.syntax import Node

# Nested expression, statement, pattern and type levels that are followed. Each costs up to five Python frames
# here and four levels of recursion in msgspec, which must stay well below Python's limit of 1000.
MAX_DEPTH = 140

_VAR = re.compile(rb"var(?<!\wvar)\b")  # variables and variants are many

COMMENTS = frozenset({"comment", "html_comment"})


class Lowering:
    """One module being lowered: its text, the names in scope, and the tables that fill up.

    Scopes: `env` maps a name to its binding now; `own` remembers, for the names declared by the innermost
    scope, what they meant outside, so that leaving a scope restores them. Names of the type space stand in
    the same dict with a leading NUL.
    """

    __slots__ = (
        "bindings", "classes", "decorators", "depth", "env", "exports", "function", "functions", "has_using",
        "has_var", "imports", "in_namespace", "is_client", "own", "plain", "source", "specifiers", "stack", "truncated",
        "type_names", "types", "written",
    )  # fmt: skip

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.plain = source.decode("latin-1")  # a character for each byte
        self.depth = 0
        self.truncated = False
        self.function = 0
        self.in_namespace = False
        self.has_var = _VAR.search(source) is not None
        self.has_using = b"using" in source
        self.env: dict[str, int] = {}
        self.own: dict[str, int] = {}
        self.stack: list[dict[str, int]] = []
        self.bindings: list[tuple[int, int, str, str, int]] = []
        self.written: set[int] = set()
        self.functions: list[ir.Function | None] = []
        self.classes: list[ir.Class | None] = []
        self.types: list[ir.TypeDecl] = []
        self.type_names: set[str] = set()
        self.imports: list[ir.Import] = []
        self.exports: list[ir.Export] = []
        self.specifiers: list[ir.Specifier] = []
        self.decorators: list[ir.Expr] = []
        self.is_client = False

    def text(self, start: int, end: int) -> str:
        """The source between two byte offsets; bytes that are not text become U+FFFD."""
        text = self.plain[start:end]
        if text.isascii():
            return intern(text)  # a project says the same few words all over
        return self.source[start:end].decode("utf-8", "replace")

    def node_text(self, node: Node) -> str:
        return self.text(node.start_byte, node.end_byte)

    def push(self) -> None:
        """Enter a scope."""
        self.stack.append(self.own)
        self.own = {}

    def pop(self) -> None:
        """Leave it: its names mean again what they meant outside."""
        self.env.update(self.own)
        self.own = self.stack.pop()

    def declare(self, node: Node, kind: str, typed: bool = False) -> int:
        """Bind the identifier `node` in the innermost scope; a name declared there keeps its binding."""
        start, end = node.start_byte, node.end_byte
        name = self.text(start, end)
        if name in self.own and self.env[name] >= 0:
            return self.env[name]
        index = len(self.bindings)
        self.bindings.append((start, end, name, kind, self.function))
        self.own.setdefault(name, self.env.get(name, -1))
        self.env[name] = index
        if typed:
            self._declare_type("\0" + name, index)
        return index

    def declare_type(self, name: str) -> None:
        """A name that exists only in the type space (alias, interface, type parameter) shadows there."""
        self._declare_type("\0" + name, -1)

    def _declare_type(self, key: str, index: int) -> None:
        if key in self.own and self.env[key] >= 0:
            return
        self.own.setdefault(key, self.env.get(key, -1))
        self.env[key] = index


ExpressionHandler = Callable[[Lowering, Node], ir.Expr]
StatementHandler = Callable[[Lowering, Node, "list[ir.Stmt]"], None]
TypeHandler = Callable[[Lowering, Node], ir.Type]

EXPRESSIONS: dict[str, ExpressionHandler] = {}
STATEMENTS: dict[str, StatementHandler] = {}
TYPES: dict[str, TypeHandler] = {}

H = TypeVar("H")


def handles(table: dict[str, H], *kinds: str) -> Callable[[H], H]:
    """Register a handler for the grammar's node names `kinds`."""

    def register(handler: H) -> H:
        for kind in kinds:
            table[kind] = handler
        return handler

    return register


def size(node: Node) -> int:
    """How many bytes a node of the syntax tree has."""
    return node.end_byte - node.start_byte


def expression(low: Lowering, node: Node) -> ir.Expr:
    """Lower any expression."""
    if low.depth >= MAX_DEPTH:
        low.truncated = True
        return ir.Opaque(node.start_byte, size(node), "deep", ())
    low.depth += 1
    handler = EXPRESSIONS.get(node.type)
    result = handler(low, node) if handler is not None else opaque(low, node)
    low.depth -= 1
    return result


def statement(low: Lowering, node: Node, out: list[ir.Stmt]) -> None:
    """Lower any statement; it may append several (declarators) or none (types)."""
    if low.depth >= MAX_DEPTH:
        low.truncated = True
        out.append(ir.Evaluate(node.start_byte, size(node), _deep(node)))
        return
    low.depth += 1
    handler = STATEMENTS.get(node.type)
    if handler is not None:
        handler(low, node, out)
    elif node.is_named and node.type not in COMMENTS:
        out.append(ir.Evaluate(node.start_byte, size(node), expression(low, node)))
    low.depth -= 1


def type_(low: Lowering, node: Node) -> ir.Type:
    """Lower any type; what has no shape of its own is a TypeOther with the grammar's name."""
    handler = TYPES.get(node.type)
    if handler is None:
        return ir.TypeOther(node.start_byte, size(node), node.type)
    if low.depth >= MAX_DEPTH:
        low.truncated = True
        return ir.TypeOther(node.start_byte, size(node), "deep")
    low.depth += 1
    result = handler(low, node)
    low.depth -= 1
    return result


def _deep(node: Node) -> ir.Opaque:
    return ir.Opaque(node.start_byte, size(node), "deep", ())


def opaque(low: Lowering, node: Node) -> ir.Opaque:
    """An expression without a shape of its own: keep what it is made of."""
    kind = node.type
    parts = tuple(
        [expression(low, child) for child in node.named_children if child.type not in _NOT_EXPRESSIONS]
    )
    return ir.Opaque(node.start_byte, size(node), kind, parts)


_NOT_EXPRESSIONS = frozenset(
    {
        *COMMENTS, "type_annotation", "type_arguments", "type_parameters", "escape_sequence",
        "string_fragment",
        "property_identifier", "statement_identifier", "type_identifier", "private_property_identifier",
        "jsx_text", "html_character_reference", "predefined_type",
    }
)  # fmt: skip


def significant(node: Node) -> list[Node]:
    """The named children without comments."""
    return [child for child in node.named_children if child.type not in COMMENTS]
