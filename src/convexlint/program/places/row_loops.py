"""Loops over rows that were read before: which read they walk through, and how many rounds that makes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.convex.extents import reads_whole_table
from convexlint.program.evaluation.elements import element
from convexlint.program.evaluation.values import DocOf, QueryOf, members, present
from convexlint.program.model import Module, QueryStep
from convexlint.program.modules.enclosing import Repetition
from convexlint.program.modules.nodes import descendants, unwrapped
from convexlint.program.places.rows import Rows, rows_of
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.modules.index import Definition, ModuleIndex

_MAX_NAMES = 4
_KEYED = frozenset({"keys", "entries", "values"})


class RowLoop(Struct, frozen=True, eq=False):
    """A loop over rows, or an array method that is called on them.

    `source`: where the rows come from, None where that is not known. `bounded`: there are as many as a `.take(n)` or a
    page gives. `unbounded`: all rows of a table. `grouped`: it goes through the keys of a map that such rows filled.
    `remembered`: it keeps by a key what it has read, so that each key is read once. `parallel`: an array's `map` asks
    for all at once.
    """

    repetition: Repetition
    source: QueryStep | None
    bounded: bool
    unbounded: bool
    grouped: bool
    remembered: bool
    parallel: bool


class RowLoops:
    """The loops over rows in the modules of one program."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._ev = rows.ev
        self._remembered: dict[int, bool] = {}  # by id() of the loop

    def around(self, module: Module, node: ir.Node) -> RowLoop | None:
        """The innermost loop over rows that runs `node` again and again."""
        for repetition in self._rows.enclosing(module).repetitions(node):
            if repetition.source is None:
                continue
            source, rows = self._rows_of(module, repetition)
            grouped = None if rows else self._grouped(module, repetition.source)
            if not rows and grouped is None:
                continue
            called = repetition.node.callee if isinstance(repetition.node, ir.Call) else None
            return RowLoop(
                repetition,
                source or grouped,
                self._is_bounded(module, repetition.source, source),
                _is_unbounded(source),
                grouped is not None,
                self._remembers(module, repetition.node),
                isinstance(called, ir.Member) and called.name == "map",
            )
        return None

    def _rows_of(self, module: Module, repetition: Repetition) -> tuple[QueryStep | None, bool]:
        """Where the rows that a repetition walks through come from, and whether they are rows at all."""
        node = repetition.source
        assert node is not None
        value = present(self._ev.expr(module, node))
        if any(isinstance(m, QueryOf) for m in members(value)):
            return self._rows.streams.get((module.path, _span(node))), isinstance(repetition.node, ir.Loop)
        source = self._rows.origin(module, node)
        if source is not None:
            return source, True
        counted = self._rows.counting.of(module, node)
        if counted is not None and not counted.mapped:
            return counted.step, True
        inner = members(present(element(self._ev, value)))
        if not inner or not all(isinstance(m, DocOf) for m in inner):
            return None, False
        return self._rows.origin(module, node, made=True), True

    def _is_bounded(self, module: Module, node: ir.Expr, source: QueryStep | None) -> bool:
        if source is not None:
            return source.method in ("take", "paginate")
        index = self._ev.world.index(module)
        for _ in range(_MAX_NAMES):
            node = unwrapped(node)
            if isinstance(node, ir.Call) and isinstance(node.callee, ir.Member):
                return node.callee.name in ("take", "paginate")
            if isinstance(node, ir.Member) and node.name == "page":
                node = node.object
                continue
            definition = index.definitions.get(node.ref) if isinstance(node, ir.Name) else None
            if definition is None or definition.expr is None or definition.kind != "var":
                return False
            node = definition.expr
        return False

    def _grouped(self, module: Module, node: ir.Expr) -> QueryStep | None:
        """The unbounded read whose rows fill the map or record that a loop walks through by its keys."""
        name = _walked_map(node)
        if name is None:
            return None
        index = self._ev.world.index(module)
        added = _added_up(index.definitions.get(name.ref))
        if added is not None:
            source = self._rows.origin(module, added)
            if _is_unbounded(source):
                return source
        for use in index.uses.get(name.ref, ()):
            filled = _filling(index, use)
            if filled is None:
                continue
            for repetition in self._rows.enclosing(module).repetitions(filled):
                if repetition.source is not None:
                    source, rows = self._rows_of(module, repetition)
                    if rows and _is_unbounded(source):
                        return source
        return None

    def _remembers(self, module: Module, loop: ir.Loop | ir.Call) -> bool:
        found = self._remembered.get(id(loop))
        if found is None:
            found = self._remembered[id(loop)] = self._is_remembered(module, loop)
        return found

    def _is_remembered(self, module: Module, loop: ir.Loop | ir.Call) -> bool:
        """Whether the loop asks a map, set or record of before the loop for what it holds, and fills it: each key is
        read once."""
        index = self._ev.world.index(module)
        asked: set[int] = set()
        filled: set[int] = set()
        for node in _inside(module, loop):
            if not isinstance(node, ir.Name) or node.ref < 0:
                continue
            parent = index.parent(node)
            above = index.parent(parent) if parent is not None else None
            if isinstance(parent, ir.Member) and isinstance(above, ir.Call) and above.callee is parent:
                if parent.name in ("has", "get"):
                    asked.add(node.ref)
                elif parent.name in ("set", "add"):
                    filled.add(node.ref)
            elif isinstance(parent, ir.Index) and parent.object is node:
                written = isinstance(above, ir.Assign) and above.target is parent
                (filled if written else asked).add(node.ref)
                if isinstance(above, ir.Assign) and written and above.op in ("??=", "||="):
                    asked.add(node.ref)
            elif isinstance(parent, ir.Binary) and parent.op == "in" and parent.right is node:
                asked.add(node.ref)
        homes = {ref for ref in asked & filled if not _is_declared_in(module, ref, loop)}
        return bool(homes)


def _added_up(definition: Definition | None) -> ir.Expr | None:
    """The rows of `const byOwner = rows.reduce((all, row) => ..., {})`, or with a `new Map()`."""
    made = unwrapped(definition.expr) if definition is not None and definition.expr is not None else None
    if not isinstance(made, ir.Call) or not isinstance(made.callee, ir.Member) or len(made.args) != 2:
        return None
    start = unwrapped(made.args[1])
    empty = (isinstance(start, ir.Object) and not start.props) or isinstance(start, ir.New)
    return made.callee.object if made.callee.name == "reduce" and empty else None


def _is_unbounded(source: QueryStep | None) -> bool:
    return (
        source is not None
        and source.method in ("collect", "for await")
        and any(reads_whole_table(state) for state in source.before)
    )


def _walked_map(node: ir.Expr) -> ir.Name | None:
    """The variable of `for (... of byOwner)`, `byOwner.keys()`, `[...byOwner]`, `Object.entries(byOwner)`."""
    node = unwrapped(node)
    if isinstance(node, ir.Array) and len(node.items) == 1 and isinstance(node.items[0], ir.Spread):
        node = unwrapped(node.items[0].value)
    if isinstance(node, ir.Call) and isinstance(node.callee, ir.Member):
        callee = node.callee
        if callee.name in _KEYED and not node.args:
            node = unwrapped(callee.object)
        elif isinstance(callee.object, ir.Name) and callee.object.name in ("Object", "Array") and node.args:
            node = _walked_map(node.args[0]) or unwrapped(node.args[0])
        elif callee.name in ("sort", "slice", "filter", "toSorted"):
            return _walked_map(callee.object)
    return node if isinstance(node, ir.Name) and node.ref >= 0 else None


def _filling(index: ModuleIndex, use: ir.Name) -> ir.Node | None:
    """The place where a use of a map or record gives it another key; a `Set` is a plain list of what it holds."""
    parent = index.parent(use)
    above = index.parent(parent) if parent is not None else None
    if isinstance(parent, ir.Member) and parent.name == "set" and isinstance(above, ir.Call):
        return above
    if isinstance(parent, ir.Index) and parent.object is use and isinstance(above, ir.Assign):
        return above if above.target is parent else None
    return None


def _inside(module: Module, loop: ir.Loop | ir.Call) -> Iterator[ir.Node]:
    """The nodes of a loop's body, or of the function that an array method calls."""
    if isinstance(loop, ir.Loop):
        yield from descendants(loop.body)
        return
    for arg in loop.args:
        if isinstance(arg, ir.Lambda):
            function = module.facts.functions[arg.index]
            yield from descendants((function.body, function.expression))


def _is_declared_in(module: Module, ref: int, loop: ir.Node) -> bool:
    binding = module.facts.bindings[ref]
    return loop.start <= binding.start < loop.end


def _span(node: ir.Node) -> Span:
    return Span(node.start, node.end)


@query
def row_loops(program: Program) -> RowLoops:
    """What finds the loops over rows around a place."""
    return RowLoops(rows_of(program))
