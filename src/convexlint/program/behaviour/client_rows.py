"""Which argument of a client's leads to a row: its id, an id among several, or the id of the document it found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.queries import ID_METHODS
from convexlint.program.model import Module
from convexlint.program.modules.arrays import ELEMENT_FIRST
from convexlint.program.modules.nodes import bare
from convexlint.program.places.origins import Origin, Origins, origins
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.modules.index import Definition

_MAX_NAMES = 4  # variables between the argument and the id


class RowSource(Struct, frozen=True, eq=False):
    """The argument `origin` leads to a row. `read`: the id is that of a document which the argument found."""

    origin: Origin
    read: bool


class ClientRows:
    """Follows ids back to arguments."""

    def __init__(self, ev: Evaluator, origins: Origins) -> None:
        self.ev = ev
        self.origins = origins

    def of(self, module: Module, node: ir.Expr, hops: int = 0) -> Iterator[RowSource]:
        """Every argument that an id may come from; nothing where it comes from elsewhere, or is not known."""
        node = bare(node)
        found = self.origins.of(module, node)
        for origin in found:
            yield RowSource(origin, False)
        if found or hops > _MAX_NAMES:
            return
        if isinstance(node, ir.Member) and node.name == "_id":
            for source in self.row(module, node.object, hops + 1):
                yield RowSource(source.origin, True)
        elif isinstance(node, ir.Index) and not isinstance(node.key, ir.Text):
            yield from self.of(module, node.object, hops + 1)
        elif isinstance(node, ir.Name) and node.ref >= 0:
            yield from self._name(module, node, hops)

    def row(self, module: Module, node: ir.Expr, hops: int = 0) -> Iterator[RowSource]:
        """The same for an expression that is a document: `await ctx.db.get(args.id)`, or a variable that holds it."""
        node = bare(node)
        while isinstance(node, ir.Await):
            node = bare(node.value)
        if hops > _MAX_NAMES:
            return
        if isinstance(node, ir.Name) and node.ref >= 0:
            definition = self.ev.world.index(module).definitions.get(node.ref)
            if definition is None or definition.kind != "var" or definition.expr is None or definition.path:
                return
            if not module.facts.bindings[node.ref].assigned:
                yield from self.row(module, definition.expr, hops + 1)
            return
        gets = isinstance(node, ir.Call) and isinstance(node.callee, ir.Member) and node.callee.name == "get"
        if isinstance(node, ir.Call) and gets and 1 <= len(node.args) <= ID_METHODS["get"]:
            yield from self.of(module, node.args[-1], hops + 1)

    def _name(self, module: Module, node: ir.Name, hops: int) -> Iterator[RowSource]:
        """`for (const id of args.ids)`, `args.ids.map((id) => ...)`, `const { _id } = note`."""
        index = self.ev.world.index(module)
        definition = index.definitions.get(node.ref)
        if definition is None or module.facts.bindings[node.ref].assigned:
            return
        if definition.kind == "loop" and definition.expr is not None and definition.loop == "of":
            yield from self.of(module, definition.expr, hops + 1) if not definition.path else ()
        elif definition.kind == "var" and definition.expr is not None:
            if definition.path == (("key", "_id"),):
                for source in self.row(module, definition.expr, hops + 1):
                    yield RowSource(source.origin, True)
        elif definition.kind == "param" and definition.position == 0 and not definition.path:
            literal = index.lambdas.get(definition.index)
            call = index.parent(literal) if literal is not None else None
            callee = call.callee if isinstance(call, ir.Call) else None
            if isinstance(callee, ir.Member) and callee.name in ELEMENT_FIRST:
                yield from self.of(module, callee.object, hops + 1)
                return
        if definition.kind == "param" and not definition.path:
            yield from self._given(module, definition, hops)

    def _given(self, module: Module, definition: Definition, hops: int) -> Iterator[RowSource]:
        """What the callers of a function give it."""
        for caller, call in self.ev.callers.of(module, definition.index):
            args = call.args[: definition.position + 1]
            if len(args) > definition.position and not any(isinstance(arg, ir.Spread) for arg in args):
                yield from self.of(caller, args[-1], hops + 1)


@query
def client_rows(program: Program) -> ClientRows:
    """What follows ids of rows back to arguments of registered functions."""
    return ClientRows(program.ev, origins(program))
