"""Patches and replacements that count: `{ likes: post.likes + 1 }`, by whatever names the parts have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.queries import ID_METHODS
from convexlint.program.model import DatabaseCall, Module
from convexlint.program.modules.nodes import bare, descendants, unwrapped
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_COUNTING = frozenset({"patch", "replace"})
_TIMES = re.compile(r"(At|_at|[dD]ate|[tT]ime|^last[A-Z]\w*|[tT]imestamp)$")
_ROUNDS = frozenset({"max", "min", "round", "floor", "ceil", "trunc", "abs"})
_MAX_NAMES = 4


class Counting(Struct, frozen=True, eq=False):
    """A write that sets fields of a row to what they were, and a number more or less.

    `fields`: their names, in written order (of a field in an object, its own name). `row`: the expression that names
    the row. `by_one`: a number that is written is added or taken away, and not some amount. `alone`: nothing else is
    written but times."""

    fields: tuple[str, ...]
    row: ir.Expr
    by_one: bool
    alone: bool


def counting_of(ev: Evaluator, call: DatabaseCall) -> Counting | None:
    """What a write of a row counts in that same row; None where it counts nothing, or the row cannot be told."""
    position = 1 if call.explicit else 0
    if call.method not in _COUNTING or call.system or len(call.args) < ID_METHODS[call.method] - 1 + position:
        return None
    if any(isinstance(arg, ir.Spread) for arg in call.args):
        return None
    reader = _Reader(ev, call.place.module, bare(call.args[position]))
    written = reader.held(call.args[-1])
    if not isinstance(written, ir.Object):
        return None
    fields: list[str] = []
    alone = True
    for prop in written.props:
        if prop.kind == "spread" and reader.is_row(prop.value):
            continue  # a replacement keeps the rest
        found = tuple(reader.spread(prop.value) if prop.kind == "spread" else reader.counted(prop, 0))
        fields += found
        alone = alone and (bool(found) or (prop.key is not None and _TIMES.search(prop.key) is not None))
    if not fields:
        return None
    return Counting(tuple(fields), call.args[position], reader.by_one, alone)


class _Reader:
    def __init__(self, ev: Evaluator, module: Module, row: ir.Expr) -> None:
        self._index = ev.world.index(module)
        self._module = module
        self._row = row
        self.by_one = True

    def held(self, node: ir.Expr, hops: int = 0) -> ir.Expr:
        """What a constant holds."""
        node = bare(node)
        if isinstance(node, ir.Name) and node.ref >= 0 and hops < _MAX_NAMES:
            definition = self._index.definitions.get(node.ref)
            held = definition.expr if definition is not None and definition.kind == "var" else None
            if definition is not None and held is not None and not definition.path:
                return node if self._module.facts.bindings[node.ref].assigned else self.held(held, hops + 1)
        return node

    def counted(self, prop: ir.Prop, depth: int) -> Iterator[str]:
        """The fields that an entry of the written object counts."""
        if prop.key is None or depth > 2:
            return
        value = self.held(prop.value)
        if isinstance(value, ir.Object):
            for inner in value.props:
                if inner.kind != "spread":
                    yield from self.counted(inner, depth + 1)
        elif self._counts(value, prop.key, 0):
            yield prop.key

    def spread(self, node: ir.Expr) -> Iterator[str]:
        """The same for the objects of a spread: `...(up ? { likes: post.likes + 1 } : {})`."""
        node = self.held(node)
        if isinstance(node, ir.Conditional):
            yield from dict.fromkeys((*self.spread(node.yes), *self.spread(node.no)))
        elif isinstance(node, ir.Object):
            for prop in node.props:
                yield from self.counted(prop, 0) if prop.kind != "spread" else ()

    def _counts(self, node: ir.Expr, field: str, depth: int) -> bool:
        node = self.held(node)
        if depth > _MAX_NAMES:
            return False
        if isinstance(node, ir.Conditional):
            return self._counts(node.yes, field, depth + 1) or self._counts(node.no, field, depth + 1)
        if isinstance(node, ir.Call) and isinstance(node.callee, ir.Member) and node.callee.name in _ROUNDS:
            return any(self._counts(arg, field, depth + 1) for arg in node.args)
        if not isinstance(node, ir.Binary) or node.op not in ("+", "-"):
            return False
        for mine, other in ((node.left, node.right), (node.right, node.left)):
            if (node.op == "+" or mine is node.left) and self._is_old(mine, field):
                self.by_one = self.by_one and _is_step(other)
                return True
        return False

    def _is_old(self, node: ir.Expr, field: str) -> bool:
        """`post.likes`, `post.likes ?? 0`, or a name for one of them."""
        node = self.held(node)
        if isinstance(node, ir.Binary) and node.op in ("??", "||"):
            return self._is_old(node.left, field)
        if isinstance(node, ir.Conditional):
            return self._is_old(node.yes, field) or self._is_old(node.no, field)
        if isinstance(node, ir.Member) and node.name == field:
            return self.is_row(node.object)
        if isinstance(node, ir.Name) and node.ref >= 0:
            definition = self._index.definitions.get(node.ref)
            keys = [what for step, what in definition.path if step == "key"] if definition is not None else []
            if definition is not None and keys[-1:] == [field] and definition.expr is not None:
                return self.is_row(definition.expr)
        return False

    def is_row(self, node: ir.Expr) -> bool:
        """Whether an expression holds (a part of) the row that is written."""
        node = unwrapped(node)
        while isinstance(node, (ir.Member, ir.Index)) or (
            isinstance(node, ir.Binary) and node.op in ("??", "||")
        ):
            node = unwrapped(node.left if isinstance(node, ir.Binary) else node.object)
        owner = self._owner()
        if owner is not None:
            return self._same(owner, node)
        if isinstance(node, ir.Name) and node.ref >= 0:
            definition = self._index.definitions.get(node.ref)
            if definition is None or definition.expr is None or definition.kind != "var":
                return False
            node = unwrapped(definition.expr)
        while isinstance(node, ir.Binary) and node.op in ("??", "||", "&&"):
            node = unwrapped(node.right if node.op == "&&" else node.left)
        return isinstance(node, ir.Call) and any(self._same(bare(arg), self._row) for arg in node.args)

    def _owner(self) -> ir.Expr | None:
        """The document whose `_id` names the row: `post` of `post._id`, and of `const { _id } = post`."""
        row = self.held(self._row)
        if isinstance(row, ir.Member) and row.name == "_id":
            return unwrapped(row.object)
        if isinstance(row, ir.Name) and row.ref >= 0:
            definition = self._index.definitions.get(row.ref)
            if (
                definition is not None
                and definition.path == (("key", "_id"),)
                and definition.expr is not None
            ):
                return unwrapped(definition.expr)
        return None

    def _same(self, one: ir.Expr, other: ir.Expr) -> bool:
        if isinstance(one, ir.Name) and isinstance(other, ir.Name) and one.ref >= 0:
            return one.ref == other.ref
        source = self._module.source
        return source[one.start : one.end] == source[other.start : other.end]


def _is_step(node: ir.Expr) -> bool:
    """`1`, `liked ? -1 : 1`."""
    node = bare(node)
    if isinstance(node, ir.Conditional):
        return _is_step(node.yes) and _is_step(node.no)
    if isinstance(node, ir.Unary) and node.op in ("-", "+"):
        node = bare(node.value)
    return isinstance(node, ir.Number)


def counts_field(node: ir.Expr, field: str) -> bool:
    """Whether a value is computed from the field that it is written to: `votes: poll.votes + 1`."""
    node = bare(node)
    return (
        isinstance(node, ir.Binary)
        and node.op in ("+", "-", "*")
        and any(isinstance(part, ir.Member) and part.name == field for part in descendants(node))
    )


def is_time_field(name: str) -> bool:
    """Whether a field by this name notes when something was."""
    return _TIMES.search(name) is not None
