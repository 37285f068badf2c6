"""What functions read and write, and how much of it: each read has a bound, each write touches some indexes.

    for read in reads_of(program, function): read.bound.kind

`bound_of` answers for one step of a query, `reads_of` and `writes_of` for a function with all helpers that it calls.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.branches import possible
from convexlint.program.behaviour.effects import Effects, effects
from convexlint.program.behaviour.summaries import Key
from convexlint.program.convex.extents import extent_of
from convexlint.program.evaluation.values import Lit, id_table, present
from convexlint.program.model import (
    DatabaseCall,
    Module,
    Place,
    QueryState,
    QueryStep,
    RegisteredFunction,
    Step,
)
from convexlint.program.modules.nodes import bare
from convexlint.program.places.row_loops import RowLoops
from convexlint.program.places.rows import READERS, WRITERS, Rows
from convexlint.program.places.sites import all_sites
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_ORDER = ("row", "rows", "page", "search", "range", "table")
_MAX_VISITS = 4000  # facts functions that are looked into for one registered function


class Bound(Struct, frozen=True):
    """How many rows a read gives at most.

    kind: "row" (one); "rows" (`.take(n)`), with `limit` where n is known; "page"; "search" (the results of a text
    search, 1,024 at most); "range" (all rows of an index range); "table" (all rows). `fields`: of a range, those that
    it fixes by equality. `owner`: of a range, the table whose one row they belong to: a field is compared with its id.
    `walks`: "range" or "table" where a filter reads more than it gives, else "".
    """

    kind: Literal["row", "rows", "page", "search", "range", "table"]
    limit: float | None = None
    fields: tuple[str, ...] = ()
    owner: str | None = None
    walks: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nothing but the data says how many rows it gives."""
        return self.kind in ("range", "table")


ROW = Bound("row")


class Each(Struct, frozen=True, eq=False):
    """Something is done for each round of a loop.

    kind: "rows" (of `source`, which is None where only their kind is known), "list" (what a `for` or an array method
    walks through), "rounds" (`while` and its like)."""

    kind: Literal["rows", "list", "rounds"]
    source: QueryStep | None = None


class Read(Struct, frozen=True, eq=False):
    """One read of the database. `place`: the consumer, `get`, or the query that `for await` walks. `step`: None for a
    `get`. `each`: the innermost loop that repeats it. `chain`: the calls that lead to it, outermost first."""

    place: Place
    table: str | None
    bound: Bound
    step: QueryStep | None
    each: Each | None
    chain: tuple[Step, ...]


class Write(Struct, frozen=True, eq=False):
    """One write. method: insert, patch, replace, delete. `indexes`: the table's own indexes in which an entry comes,
    goes or moves. `exact`: the fields that change are known; else `indexes` are those that may be touched."""

    place: Place
    table: str | None
    method: str
    indexes: tuple[str, ...]
    exact: bool
    each: Each | None
    chain: tuple[Step, ...]


@query
def bound_of(program: Program, step: QueryStep) -> Bound:
    """The bound of a consumer (or `for await`): the widest that its states allow."""
    bounds = [_bound(program, step, state) for state in step.before]
    return max(bounds, key=lambda b: _ORDER.index(b.kind), default=Bound("table"))


def _bound(program: Program, step: QueryStep, state: QueryState) -> Bound:
    extent = extent_of(state)
    walks = extent if state.filters and extent != "search" else ""
    if step.method in ("first", "unique"):
        return Bound("row", walks=walks)
    if step.method == "take":
        return Bound("rows", _number(program.ev, step), walks=walks)
    if step.method == "paginate":
        return Bound("page", walks=walks)
    if extent != "range":
        return Bound(extent)
    fields = tuple(part.field for part in state.range or () if part.method == "eq" and part.field is not None)
    return Bound("range", fields=fields, owner=_owner(program, state))


def _owner(program: Program, state: QueryState) -> str | None:
    """The table whose id an equality of the range is with, where the range is written in its `.withIndex(...)`."""
    steps = {key: _ranges(program).get(key) for key in state.trail}
    step = next((s for s in steps.values() if s is not None), None)
    if step is None or len(step.args) < 2 or not isinstance(step.args[1], ir.Lambda):
        return None
    for part in state.range or ():
        if part.method == "eq" and part.value is not None:
            owner = id_table(program.ev.expr(step.place.module, part.value))
            if owner is not None:
                return owner
    return None


@query
def _ranges(program: Program) -> dict[int, QueryStep]:
    return {step.key: step for step in all_sites(program).steps if step.method == "withIndex"}


def _number(ev: Evaluator, step: QueryStep) -> float | None:
    value = present(ev.expr(step.place.module, step.args[0])) if step.args else None
    if isinstance(value, Lit) and isinstance(value.value, (int, float)) and not isinstance(value.value, bool):
        return value.value
    return None


@listed
def reads_of(program: Program, function: RegisteredFunction) -> Iterator[Read]:
    """The reads of a registered function, directly or through helpers, each once: those of its own first."""
    for deed in _deeds_of(program, function):
        if isinstance(deed, Read):
            yield deed


@listed
def writes_of(program: Program, function: RegisteredFunction) -> Iterator[Write]:
    """The writes of a registered function, directly or through helpers, each once: those of its own first."""
    for deed in _deeds_of(program, function):
        if isinstance(deed, Write):
            yield deed


@listed
def _deeds_of(program: Program, function: RegisteredFunction) -> Iterator[Read | Write]:
    yield from _costs(program).of(function)


@query
def _costs(program: Program) -> _Costs:
    return _Costs(program)


class _Costs:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._ev = program.ev
        self._effects: Effects = effects(program)
        self._rows = Rows(program.ev, all_sites(program))
        self._loops = RowLoops(self._rows)
        self._steps: dict[Key, list[QueryStep]] = {}
        self._calls: dict[Key, list[DatabaseCall]] = {}
        for step in self._rows.finder.steps:
            if step.method in READERS or step.method == "for await":
                self._steps.setdefault((step.place.module.path, step.place.owner), []).append(step)
        for call in self._rows.finder.database_calls:
            if not call.system and (call.method == "get" or call.method in WRITERS):
                self._calls.setdefault((call.place.module.path, call.place.owner), []).append(call)

    def of(self, function: RegisteredFunction) -> Iterator[Read | Write]:
        found: dict[tuple[str, Span], Read | Write] = {}
        place = Place(function.module, function.builder_span, function.owner_function, None)
        through = Step(place, f"calls `{function.builder}`")
        own = set(self._effects.wrapped(function))
        if function.handler is not None:
            own.add((function.handler.module.path, function.handler.index))
        queue: deque[tuple[Key, tuple[Step, ...], Each | None]] = deque(
            (key, () if key in own else (through,), None) for key in self._effects.roots(function)
        )
        seen: set[tuple[Key, bool]] = set()
        while queue and len(seen) < _MAX_VISITS:
            key, chain, each = queue.popleft()
            if (key, each is not None) in seen:
                continue
            seen.add((key, each is not None))
            for deed in self._own(key, chain, each):
                spot = (deed.place.module.path, deed.place.span)
                known = found.get(spot)
                if known is None or (known.each is None and deed.each is not None):
                    found[spot] = deed
            module = self._ev.world.modules[key[0]]
            for edge in self._effects.summary(key).edges:
                if edge.kept or not possible(edge.conditions, function.kind):
                    continue
                if edge.hop is None:
                    queue.appendleft((edge.target, chain, each))
                else:
                    queue.append((edge.target, (*chain, edge.hop), self._each(module, edge.node) or each))
        yield from found.values()

    def _own(self, key: Key, chain: tuple[Step, ...], each: Each | None) -> Iterator[Read | Write]:
        """What stands directly in a facts function, in written order."""
        steps, calls = self._steps.get(key, ()), self._calls.get(key, ())
        if not steps and not calls:
            return
        module = self._ev.world.modules[key[0]]
        sites = self._ev.world.index(module).calls_by_owner.get(key[1], ())
        nodes = {Span(site.expr.start, site.expr.end): site.expr for site in sites}
        deeds: list[Read | Write] = []
        for step in steps:
            node = nodes.get(step.call_span)
            around = (self._each(module, node) if node is not None else None) or each
            deeds.append(Read(step.place, step.table, bound_of(self._program, step), step, around, chain))
        for call in calls:
            node = nodes.get(call.call_span)
            around = (self._each(module, node) if node is not None else None) or each
            table = call.table if call.explicit else call.id_table
            if call.method == "get":
                deeds.append(Read(call.place, table, ROW, None, around, chain))
            else:
                touched, exact = self._touched(call, table)
                deeds.append(Write(call.place, table, call.method, touched, exact, around, chain))
        yield from sorted(deeds, key=lambda deed: deed.place.span.start)

    def _each(self, module: Module, node: ir.Node) -> Each | None:
        loop = self._loops.around(module, node)
        if loop is not None:
            return Each("rows", loop.source)
        for repetition in self._rows.enclosing(module).repetitions(node):
            return Each("rounds" if repetition.source is None else "list")
        return None

    def _touched(self, call: DatabaseCall, table: str | None) -> tuple[tuple[str, ...], bool]:
        defined = self._program.schema.tables.get(table or "")
        if defined is None:
            return (), False
        indexes = [index for index in defined.indexes if not index.staged]
        if call.method == "patch":
            patched = _patched(call.args[-1]) if call.args else None
            if patched is not None:
                hold = [
                    i for i in indexes if i.fields is None or patched & {f.split(".")[0] for f in i.fields}
                ]
                return tuple(i.name for i in hold), all(i.fields is not None for i in hold)
        names = tuple(index.name for index in indexes)
        return names, call.method in ("insert", "delete") and defined.indexes_known


def _patched(node: ir.Expr) -> frozenset[str] | None:
    """The fields that a patch names; None where they are not all written there."""
    node = bare(node)
    if not isinstance(node, ir.Object):
        return None
    keys = [prop.key for prop in node.props]
    return None if None in keys else frozenset(key for key in keys if key is not None)
