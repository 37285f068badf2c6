"""Walking facts: all that is below a node, what is meant by one, and how control comes to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from convexlint.facts import ir
from convexlint.facts.ir import Node
from convexlint.findings import Span
from convexlint.structs import fields_of

if TYPE_CHECKING:
    from convexlint.program.model import Module

_PLAIN = frozenset({"int", "str", "bool", "bytes", "float", "None", "tuple"})


def descendants(start: Node | Iterable[object]) -> Iterator[Node]:
    """All facts nodes of `start` in written order, itself included; the bodies of functions that stand in it
    belong to those (`ModuleFacts.functions`) and are not among them."""
    stack: list[Any] = [start]
    while stack:
        item = stack.pop()
        kind = type(item)
        if kind is tuple or kind is list:
            stack.extend(item[::-1])
            continue
        names = _FIELDS.get(kind)
        if names is None:
            if not isinstance(item, Node):  # None
                continue
            names = _fields_of(kind)
        yield item
        for name in names:
            part = getattr(item, name)
            if part:
                stack.append(part)


def statements_in(body: tuple[ir.Stmt, ...]) -> Iterator[ir.Stmt]:
    """The statements of a body and all that stand in them, in written order; what they evaluate is not looked into."""
    stack: list[Any] = list(body[::-1])
    while stack:
        item = stack.pop()
        if not isinstance(item, ir.Case):
            yield item
        if isinstance(item, ir.Switch):
            stack.extend(item.cases[::-1])
        for inner in reversed(bodies(item)):
            stack.extend(inner[::-1])
        if isinstance(item, ir.Loop):
            stack.extend(item.init[::-1])


_FIELDS: dict[type[Any], tuple[str, ...]] = {}


def parts_backwards(node: Node) -> list[object]:
    """What stands directly in `node`, last first (to be put on a stack): nodes, and tuples of nodes."""
    kind = type(node)
    parts = [getattr(node, name) for name in _FIELDS.get(kind) or _fields_of(kind)]
    return [part for part in parts if part is not None and part != ()]


def _fields_of(kind: type[Node]) -> tuple[str, ...]:
    """The fields that hold nodes, last first: most are numbers and texts."""
    held = [n for n, written in fields_of(kind).items() if set(re.findall(r"\w+", written)) - _PLAIN]
    names = _FIELDS[kind] = tuple(reversed(held))
    return names


def bare(node: ir.Expr) -> ir.Expr:
    """Without casts."""
    while isinstance(node, ir.Cast):
        node = node.value
    return node


def unwrapped(node: ir.Expr) -> ir.Expr:
    """Without casts and `await`."""
    while isinstance(node, (ir.Await, ir.Cast)):
        node = node.value
    return node


def callee_name(callee: ir.Expr) -> tuple[str, Span]:
    """The last name of a callee and where it stands: `query`, `server.query`, `makeBuilder()` (the call)."""
    callee = bare(callee)
    if isinstance(callee, ir.Member):
        return callee.name, Span(callee.name_start, callee.end)
    if isinstance(callee, ir.Name):
        return callee.name, Span(callee.start, callee.end)
    return "", Span(callee.start, callee.end)


def validator_names(facts: ir.ModuleFacts) -> frozenset[int]:
    """The bindings that hold the `v` of convex/values."""
    values = (s for s in facts.imports if s.specifier == "convex/values")
    return frozenset(n.binding for statement in values for n in statement.names if n.imported == "v")


def is_validator_call(node: ir.Call | ir.New, names: frozenset[int]) -> bool:
    """Whether it is `v.string()` or one of its like. `names`: see `validator_names`."""
    callee = node.callee
    return type(callee) is ir.Member and type(callee.object) is ir.Name and callee.object.ref in names


def is_global(node: ir.Expr, name: str) -> bool:
    """Whether it is this name, and the module does not declare it."""
    return isinstance(node, ir.Name) and node.ref < 0 and node.name == name


def is_exports(node: ir.Expr) -> bool:
    """`exports` or `module.exports` of a CommonJS module."""
    if isinstance(node, ir.Member) and node.name == "exports":
        return is_global(node.object, "module")
    return is_global(node, "exports")


def names_of(pattern: ir.Pattern | None) -> Iterator[int]:
    """The bindings that a pattern makes."""
    if isinstance(pattern, ir.BindName):
        yield pattern.ref
    elif isinstance(pattern, ir.ObjectPattern):
        for entry in pattern.fields:
            yield from names_of(entry.pattern)
        yield from names_of(pattern.rest)
    elif isinstance(pattern, ir.ArrayPattern):
        for item in (*pattern.items, pattern.rest):
            yield from names_of(item)


def bodies(node: object) -> tuple[tuple[ir.Stmt, ...], ...]:
    """The lists of statements in which control comes from one to the next."""
    if isinstance(node, (ir.Function, ir.Block, ir.Loop, ir.Case)):
        return (node.body,)
    if isinstance(node, ir.If):
        return node.yes, node.no
    if isinstance(node, ir.Try):
        return node.body, node.handler or (), node.final
    return ()


def entered_by(parent: object, child: object) -> tuple[ir.Expr, bool] | None:
    """The test that `parent` makes before control comes to `child`, which stands directly in it, and how it must come
    out."""
    if isinstance(parent, ir.If) and child is not parent.test:
        return parent.test, any(statement is child for statement in parent.yes)
    if isinstance(parent, ir.Conditional) and child is not parent.test:
        return parent.test, child is parent.yes
    if isinstance(parent, ir.Binary) and parent.op in ("&&", "||") and child is parent.right:
        return parent.left, parent.op == "&&"
    return None


_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


def template_texts(source: bytes, node: ir.Template) -> list[str] | None:
    """The texts before, between and behind the substitutions of a template literal, escapes read; None where the way
    from one to the next is not plain (comments, escapes by number)."""
    chunks: list[bytes] = []
    start = node.start + 1
    for part in node.parts:
        opened = source.rfind(b"${", start, part.start)
        closed = source.find(b"}", part.end, node.end)
        if opened < 0 or closed < 0 or source[opened + 2 : part.start].strip(b" \t\r\n("):
            return None
        if source[part.end : closed].strip(b" \t\r\n)"):
            return None
        chunks.append(source[start:opened])
        start = closed + 1
    chunks.append(source[start : node.end - 1])
    texts = []
    for chunk in chunks:
        text = chunk.decode("utf-8", "replace")
        if re.search(r"\\[ux1-9]", text):
            return None
        texts.append(re.sub(r"\\(.)", lambda m: _SIMPLE_ESCAPES.get(m[1], m[1]), text, flags=re.DOTALL))
    return texts


def is_string_literal(module: Module, span: Span) -> bool:
    """Whether a string is written at `span` itself, and not a name that holds one."""
    return module.source[span.start : span.start + 1] in (b'"', b"'", b"`")
