"""Loops that write, schedule or query for each of rows whose number only the data knows, all in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.bounds import Bound, bound_of
from convexlint.program.behaviour.branches import leaves
from convexlint.program.behaviour.effects import effects
from convexlint.program.behaviour.summaries import Key
from convexlint.program.convex.extents import extent_of
from convexlint.program.evaluation.values import Bound as Method
from convexlint.program.evaluation.values import Part, members, present
from convexlint.program.model import DatabaseCall, EffectKind, Module, Place, QueryStep
from convexlint.program.modules.enclosing import Repetition
from convexlint.program.modules.index import ModuleIndex
from convexlint.program.modules.nodes import bare, bodies, callee_name, descendants, entered_by, unwrapped
from convexlint.program.places.row_loops import RowLoops, row_loops
from convexlint.program.places.rows import READERS, WRITERS, Rows, rows_of
from convexlint.program.places.sites import SCHEDULE_METHODS, database_calls
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct, replace

_MAX_NAMES = 6
_THINNING = frozenset({"filter", "slice", "splice"})
_BOUNDS = frozenset({"<", "<=", ">", ">="})
_ENDLESS = frozenset({"while", "do"})
Deed = Literal["writes", "schedules", "reads"]
_DEEDS: dict[Deed, tuple[EffectKind, frozenset[str]]] = {
    "writes": ("db-write", frozenset()),
    "schedules": ("schedule", SCHEDULE_METHODS),
    "reads": ("db-read", frozenset({"query"})),
}
"""The effects that are one, and the last names of those that count, where not all do; what goes first stands first."""


class WriteLoop(Struct, frozen=True, eq=False):
    """A loop that writes in each round, told once, at its first write; also one that only schedules, and in a mutation
    one that only queries.

    `place`: the method, or the helper that is called there (`helper`). `does`: what. `loop`: the loop, or the call of
    the array method. `source`: where the rows come from, with its `bound`; None where a
    `while` goes on until none are left (`again`: the read in it). `some`: a test decides in each round whether it
    writes.
    """

    place: Place
    method: str
    helper: bool
    loop: Span
    source: QueryStep | None
    bound: Bound | None
    again: QueryStep | None = None
    some: bool = False
    does: Deed = "writes"


@listed
def write_loops(program: Program) -> Iterator[WriteLoop]:
    """Loops over open reads that write, by module and place."""
    yield from _WriteLoops(program).all()


class _WriteLoops:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._ev = program.ev
        self._rows: Rows = rows_of(program)
        self._loops: RowLoops = row_loops(program)
        self._effects = effects(program)
        self._coming: dict[tuple[Key, Deed], bool] = {}
        self._calls: dict[str, dict[Span, DatabaseCall]] = {}
        for call in database_calls(program):
            if call.method in WRITERS:
                self._calls.setdefault(call.place.module.path, {})[call.call_span] = call

    def all(self) -> Iterator[WriteLoop]:
        for module in self._ev.world.looked_at:
            if not module.reported or not any(module.holds(w) for w in (b"collect", b"await", b"while")):
                continue
            told: dict[Span, WriteLoop] = {}
            index = self._ev.world.index(module)
            for node, owner in self._rows.calls(module):
                found = self._at(module, node, owner)
                if found is None or (found.loop in told and not _goes_before(found, told[found.loop])):
                    continue
                some = found.source is not None and _is_for_some(index, node, found.loop)
                told[found.loop] = replace(found, some=some)
            yield from told.values()

    def _at(self, module: Module, node: ir.Call, owner: int) -> WriteLoop | None:
        write = self._calls.get(module.path, {}).get(Span(node.start, node.end))
        query = self._rows.steps.get(id(node))
        helped = bool(node.args) and isinstance(node.callee, (ir.Name, ir.Member))
        around = self._rows.enclosing(module)
        if (write is None and query is None and not helped) or not around.may_repeat(owner):
            return None
        if next(iter(around.repetitions(node)), None) is None:
            return None
        does = "writes" if write is not None else self._does(module, node, owner, query)
        found = None if does is None else self._loop(module, node, owner, write)
        if found is None or does is None or does == "writes":
            return found
        called = query is None and not self._is_scheduling(module, node)
        return replace(found, does=does, helper=called) if found.again is None else None

    def _does(self, module: Module, node: ir.Call, owner: int, query: QueryStep | None) -> Deed | None:
        """What a call that is not itself a write comes to."""
        if query is not None:
            queries = query.method in READERS and self._is_in_mutation(module, node, owner)
            return "reads" if queries else None
        if self._is_scheduling(module, node):
            return "schedules"
        for does in _DEEDS:
            if self._is_reaching(module, node, owner, does):
                return does if does != "reads" or self._is_in_mutation(module, node, owner) else None
        return None

    def _is_scheduling(self, module: Module, node: ir.Call) -> bool:
        """`ctx.scheduler.runAfter(...)`, `runAt(...)`, whatever it is called."""
        callee = node.callee
        if isinstance(callee, ir.Member) and callee.name in SCHEDULE_METHODS:
            held = members(present(self._ev.expr(module, callee.object)))
        elif isinstance(callee, ir.Name) and callee.ref >= 0:
            bound = self._ev.expr(module, callee)
            named = isinstance(bound, Method) and bound.name in SCHEDULE_METHODS
            held = (bound.receiver,) if named and isinstance(bound, Method) else ()
        else:
            return False
        return any(isinstance(one, Part) and one.name == "scheduler" for one in held)

    def _is_in_mutation(self, module: Module, node: ir.Call, owner: int) -> bool:
        inside = self._rows.finder.places.at(module, node.start, node.end, owner).inside
        return inside is not None and inside.kind == "mutation"

    def _loop(
        self, module: Module, node: ir.Call, owner: int, write: DatabaseCall | None
    ) -> WriteLoop | None:
        """The open loop around a write, a query, or the call of a helper."""
        around = self._rows.enclosing(module)
        place = write.place if write is not None else self._named(module, node, owner)
        method = write.method if write is not None else callee_name(node.callee)[0]
        loop = self._loops.around(module, node)
        if loop is None:
            walked = self._mapped(module, node)
        elif loop.source is not None and not loop.remembered and not loop.grouped:
            walked = loop.repetition, loop.source
        else:
            walked = None
        if walked is not None and self._is_open(module, *walked):
            repetition, source = walked
            span = Span(repetition.node.start, repetition.node.end)
            return WriteLoop(place, method, write is None, span, source, bound_of(self._program, source))
        for repetition in around.repetitions(node):
            again = self._again(module, repetition)
            if again is not None:
                span = Span(repetition.node.start, repetition.node.end)
                return WriteLoop(place, method, write is None, span, None, None, again)
        return None

    def _mapped(self, module: Module, node: ir.Call) -> tuple[Repetition, QueryStep] | None:
        """The loop over what was made of each row: `for (const id of rows.map((row) => row._id))`."""
        for repetition in self._rows.enclosing(module).repetitions(node):
            if repetition.source is not None:
                found = self._rows.counting.of(module, repetition.source)
                if found is not None:
                    return repetition, found.step
        return None

    def _is_open(self, module: Module, repetition: Repetition, source: QueryStep) -> bool:
        """Whether only the data knows how many rounds a loop over rows makes."""
        if source.method not in ("collect", "for await") or not bound_of(self._program, source).is_open:
            return False
        if self._is_key(source) or _is_between(source) or _ends_early(repetition.node):
            return False
        found = None if repetition.source is None else self._rows.counting.of(module, repetition.source)
        return not (found is not None and found.thinned) and not self._is_thinned(module, repetition.source)

    def _named(self, module: Module, node: ir.Call, owner: int) -> Place:
        _, span = callee_name(node.callee)
        return self._rows.finder.places.at(module, span.start, span.end, owner)

    def _is_reaching(self, module: Module, node: ir.Call, owner: int, does: Deed) -> bool:
        """Whether a call of a function of the project comes to a write of the database, to a schedule, to a query."""
        edges = self._effects.summary((module.path, owner)).edges
        return any(
            self._reaches(edge.target, does)
            for edge in edges
            if edge.node is node and edge.hop is not None and not edge.kept
        )

    def _reaches(self, key: Key, does: Deed) -> bool:
        if (key, does) not in self._coming:
            self._coming[key, does] = False  # a function that calls itself
            summary = self._effects.summary(key)
            kind, name = _DEEDS[does]
            self._coming[key, does] = any(
                deed.kind == kind and (not name or deed.what.rpartition(".")[2] in name)
                for deed in summary.deeds
            ) or any(self._reaches(edge.target, does) for edge in summary.edges if not edge.kept)
        return self._coming[key, does]

    def _is_key(self, source: QueryStep) -> bool:
        """Whether the range asks by equality for all fields of an index of several: few rows agree in all of them."""
        for state in source.before:
            table = self._program.schema.tables.get(state.table or "")
            index = table.index(state.index) if table is not None and state.index else None
            fields = index.fields if index is not None else None
            equal = {part.field for part in state.range or () if part.method == "eq"}
            if extent_of(state) != "range" or not fields or len(fields) < 2 or equal != set(fields):
                return False
        return bool(source.before)

    def _is_thinned(self, module: Module, node: ir.Expr | None) -> bool:
        """Whether code has picked some of the rows before the loop."""
        for _ in range(_MAX_NAMES):
            node = unwrapped(node) if node is not None else None
            if isinstance(node, ir.Call) and isinstance(node.callee, ir.Member):
                if id(node) in self._rows.steps:
                    return False
                if node.callee.name in _THINNING:
                    return True
                node = node.callee.object
                continue
            definition = (
                self._ev.world.index(module).definitions.get(node.ref) if isinstance(node, ir.Name) else None
            )
            if definition is None or definition.kind != "var":
                return False
            node = definition.expr
        return False

    def _again(self, module: Module, repetition: Repetition) -> QueryStep | None:
        """The read in a `while` that goes on until there are no more rows."""
        loop = repetition.node
        if not isinstance(loop, ir.Loop) or (loop.kind not in _ENDLESS and not _is_forever(loop)):
            return None
        if loop.kind in _ENDLESS and not _goes_on(loop):
            return None
        for node in descendants(loop.body):
            step = self._rows.steps.get(id(node)) if isinstance(node, ir.Call) else None
            if step is not None and step.method in ("take", "collect", "first"):
                return step
        return None


def _goes_before(one: WriteLoop, other: WriteLoop) -> bool:
    order = list(_DEEDS)
    return order.index(one.does) < order.index(other.does)


def _is_between(source: QueryStep) -> bool:
    """Whether the range has an end on both sides: whoever asks for it knows how much that is."""
    return bool(source.before) and all(
        {part.method[:1] for part in state.range or ()} >= {"g", "l"} for state in source.before
    )


def _ends_early(loop: ir.Node) -> bool:
    """Whether a loop counts what it has done and ends at a bound: `if (done > MAX) break;`."""
    if not isinstance(loop, ir.Loop):
        return False
    pending: list[tuple[ir.Stmt, ...]] = [loop.body]
    while pending:
        for statement in pending.pop():
            if isinstance(statement, ir.If) and any(
                isinstance(part, ir.Binary) and part.op in _BOUNDS for part in descendants(statement.test)
            ):
                ends = (*statement.yes, *statement.no)
                if any(
                    isinstance(s, ir.Return) or (isinstance(s, ir.Jump) and s.kind == "break") for s in ends
                ):
                    return True
            if isinstance(statement, (ir.If, ir.Block, ir.Try)):
                pending += bodies(statement)
    return False


def _is_forever(loop: ir.Loop) -> bool:
    return loop.kind == "for" and loop.source is None and not loop.init


def _goes_on(loop: ir.Loop) -> bool:
    """Whether nothing but what was read ends the loop: `while (true)`, `while (rows.length > 0)`, `while (more)`."""
    test = bare(loop.source) if loop.source is not None else None
    if test is None or (isinstance(test, ir.Atom) and test.kind == "true"):
        return True
    if isinstance(test, (ir.Name, ir.Unary)):
        return True
    names = [part for part in descendants(test) if isinstance(part, ir.Member)]
    return (
        bool(names) and all(name.name == "length" for name in names) and not isinstance(test, ir.Conditional)
    )


def _is_for_some(index: ModuleIndex, node: ir.Node, loop: Span) -> bool:
    """Whether a test inside of the loop decides that control comes to the node, or goes on before it."""
    child: Any = node
    parent = index.parent(node)
    while parent is not None and Span(parent.start, parent.end) != loop:
        if entered_by(parent, child) is not None or isinstance(parent, ir.Case):
            return True
        if _some_leave(index, parent, child):
            return True
        # The callback of an array method stands in the call; its body is the loop's.
        is_function = isinstance(parent, ir.Function)
        child = index.lambdas.get(index.functions[id(parent)]) if is_function else parent
        parent = None if child is None else index.parent(child)
    return parent is not None and _some_leave(index, parent, child)


def _some_leave(index: ModuleIndex, parent: object, child: object) -> bool:
    """Whether a statement before `child` may end the round: `if (row.isDone) continue`."""
    return any(
        isinstance(one, ir.If) and (leaves(one.yes) or leaves(one.no))
        for statements in bodies(parent)
        for one in statements[: max(index.position(statements, child), 0)]
    )
