"""What is read again for each row that was read before: N+1 reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.elements import element
from convexlint.program.evaluation.values import Closure, DocOf, QueryOf, members, present
from convexlint.program.model import DatabaseCall, Module, Place, QueryStep
from convexlint.program.modules.enclosing import Repetition
from convexlint.program.modules.nodes import callee_name, descendants, unwrapped
from convexlint.program.places.rows import READERS, WRITERS, Rows, reads_whole_table, rows_of
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct, replace

if TYPE_CHECKING:
    from convexlint.program.modules.index import ModuleIndex

MAX_HELPERS = 3  # how many helpers a read is followed through
_MAX_NAMES = 4
_KEYED = frozenset({"keys", "entries", "values"})


class RepeatedRead(Struct, frozen=True, eq=False):
    """A read in a loop over rows that were read before.

    kind: "query" or "get". `place`: the consumer or `get`; where a helper reads, its call in the loop, and `deed` is
    then the read. `source`: where the loop's rows come from, None where that is not known. `writes`: the loop also
    writes. `scan`: the query reads its whole table each time. `bounded`: there are as many rows as a `.take(n)` or a
    page gives. `unbounded`: all rows of a table. `grouped`: the loop goes through the keys of a map that such rows
    filled. `parallel`: an array's `map` asks for all at once.
    """

    kind: str
    place: Place
    table: str | None
    source: QueryStep | None
    writes: bool
    scan: bool = False
    bounded: bool = False
    unbounded: bool = False
    grouped: bool = False
    parallel: bool = False
    deed: Place | None = None


class _Read(Struct, frozen=True, eq=False):
    kind: str
    place: Place
    table: str | None
    scan: bool


@listed
def repeated_reads(program: Program) -> Iterator[RepeatedRead]:
    """Reads of the database in loops over rows, by module and place."""
    yield from _Repeated(rows_of(program)).all()


class _Repeated:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._ev = rows.ev
        self._written: dict[str, list[Span]] | None = None
        self._gets: dict[tuple[str, Span], DatabaseCall] = {
            (c.place.module.path, c.call_span): c
            for c in rows.finder.database_calls
            if c.method == "get" and not c.system
        }
        self._inside: dict[tuple[str, int], _Read | None] = {}

    def all(self) -> Iterator[RepeatedRead]:
        for module in self._ev.world.looked_at:
            if not module.reported:
                continue
            for node, owner in self._rows.calls(module):
                read = self._read(module, node)
                deed = None
                if read is None:
                    read = self._helper(module, node, MAX_HELPERS)
                    if read is None:
                        continue
                    _, span = callee_name(node.callee)
                    deed = read.place
                    here = self._rows.finder.places.at(module, span.start, span.end, owner)
                    read = replace(read, place=here)
                found = self._repeated(module, node, read)
                if found is not None:
                    yield replace(found, deed=deed)

    # ------------------------------------------------------------------------------------------------ reads

    def _read(self, module: Module, node: ir.Call) -> _Read | None:
        step = self._rows.steps.get(id(node))
        if step is not None:
            if step.method not in READERS:
                return None
            scans = bool(step.before) and all(reads_whole_table(state) for state in step.before)
            ends = any(state.filters for state in step.before) or step.method in ("collect", "paginate")
            return _Read("query", step.place, step.table, scans and ends)
        get = self._gets.get((module.path, _span(node)))
        return None if get is None else _Read("get", get.place, get.table or get.id_table, False)

    def _helper(self, module: Module, node: ir.Call, depth: int) -> _Read | None:
        """What a function of the project that is called with ctx reads, directly or through others."""
        if depth == 0 or not isinstance(node.callee, (ir.Name, ir.Member)) or not node.args:
            return None
        target = present(self._ev.expr(module, node.callee))
        if not isinstance(target, Closure) or target.this is not None:
            return None
        key = (target.module.path, target.index)
        if key not in self._inside:
            self._inside[key] = None  # a function that calls itself
            self._inside[key] = self._first(target.module, target.index, depth)
        return self._inside[key]

    def _first(self, module: Module, number: int, depth: int) -> _Read | None:
        found: _Read | None = None
        for site in self._ev.world.index(module).calls_by_owner.get(number, ()):
            node = site.expr
            if not isinstance(node, ir.Call) or isinstance(node.callee, ir.Atom):
                continue
            read = self._read(module, node) or self._helper(module, node, depth - 1)
            if read is not None and (found is None or (read.kind, read.scan) > (found.kind, found.scan)):
                found = read
        return found

    # ------------------------------------------------------------------------------------------------ loops

    def _repeated(self, module: Module, node: ir.Call, read: _Read) -> RepeatedRead | None:
        for repetition in self._rows.enclosing(module).repetitions(node):
            if repetition.source is None:
                continue
            source, rows = self._rows_of(module, repetition)
            grouped = None if rows else self._grouped(module, repetition.source)
            if not rows and grouped is None:
                continue
            if self._is_remembered(module, repetition.node):
                return None
            called = repetition.node.callee if isinstance(repetition.node, ir.Call) else None
            return RepeatedRead(
                read.kind,
                read.place,
                read.table,
                source or grouped,
                self._writes(module, repetition.node),
                read.scan,
                self._is_bounded(module, repetition.source, source),
                _is_unbounded(source),
                grouped is not None,
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
        inner = members(present(element(self._ev, value)))
        return None, bool(inner) and all(isinstance(m, DocOf) for m in inner)

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
            elif isinstance(parent, ir.Binary) and parent.op == "in" and parent.right is node:
                asked.add(node.ref)
        homes = {ref for ref in asked & filled if not _is_declared_in(module, ref, loop)}
        return bool(homes)

    def _writes(self, module: Module, node: ir.Node) -> bool:
        if self._written is None:
            self._written = {}
            for call in self._rows.finder.database_calls:
                if call.method in WRITERS:
                    self._written.setdefault(call.place.module.path, []).append(call.call_span)
        return any(_span(node).contains(span) for span in self._written.get(module.path, ()))


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
