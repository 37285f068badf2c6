"""Query chains that cannot work (convex-facts 4.1, 4.4): steps that do not exist or come twice, queries that
nothing consumes or that are consumed again. A second page in one run of a function: `behaviour/pages.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.queries import BUILDERS, CONSUMERS
from convexlint.program.evaluation.values import PromiseOf, QueryOf, members, present
from convexlint.program.model import Module, Place, QueryStep
from convexlint.program.modules.index import outward
from convexlint.program.places.rows import rows_of
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.places.rows import Rows

INDEX_STEPS = frozenset({"withIndex", "withSearchIndex", "fullTableScan"})
_STREAM = frozenset({"for await", "next", "return", "throw"})
_OF_PROMISES = frozenset({"then", "catch", "finally"})

ChainMistakeKind = Literal[
    "unknown-method",
    "second-index",
    "index-not-first",
    "second-order",
    "ordered-search",
    "after-consumer",
    "not-consumed",
    "used-again",
    "second-page",
    "page-in-loop",
]


class ChainMistake(Struct, frozen=True, eq=False):
    """What is wrong with a query chain, and where.

    kind: "unknown-method", "second-index", "index-not-first", "second-order", "ordered-search", "after-consumer",
    "not-consumed" (awaited, or returned by the function), "used-again", "second-page", "page-in-loop". `name`: the
    method at the place; `first`: the method before it that makes it wrong, `first_place` where that stands. `variable`
    holds the query that is used again.
    """

    place: Place
    kind: ChainMistakeKind
    name: str
    table: str | None
    first: str = ""
    first_place: Place | None = None
    variable: str = ""


@listed
def chain_mistakes(program: Program) -> Iterator[ChainMistake]:
    """Query chains that Convex refuses, in the modules in which findings may stand, in no particular order."""
    rows = rows_of(program)
    finder = rows.finder
    for step in finder.steps:
        if step.place.module.reported:
            yield from _in_chain(step)
    steps: dict[str, list[QueryStep]] = {}
    for step in finder.steps:
        if step.key:
            steps.setdefault(step.place.module.path, []).append(step)
    for module in finder.ev.world.looked_at:
        if module.reported:
            yield from _Uses(rows, module, steps.get(module.path, ())).run()


def _in_chain(step: QueryStep) -> Iterator[ChainMistake]:
    name, before = step.method, step.before
    if name in CONSUMERS or name in _STREAM or name == "filter":
        return
    if name not in BUILDERS:
        if step.table is not None and step.table.isidentifier() and not step.is_cast:
            yield ChainMistake(step.place, "unknown-method", name, step.table)
    elif name in INDEX_STEPS:
        if all(state.index_kind for state in before):
            kinds = {state.index_kind for state in before}
            first = "withSearchIndex" if kinds == {"search"} else "withIndex"
            yield ChainMistake(step.place, "second-index", name, step.table, first)
        elif all(state.trail for state in before):
            yield ChainMistake(step.place, "index-not-first", name, step.table)
    elif name == "order":
        if all(state.ordered for state in before):
            yield ChainMistake(step.place, "second-order", name, step.table, "order")
        elif all(state.index_kind == "search" for state in before):
            yield ChainMistake(step.place, "ordered-search", name, step.table, "withSearchIndex")


class _Uses:
    """What one module does with its query objects."""

    def __init__(self, rows: Rows, module: Module, steps: Sequence[QueryStep]) -> None:
        self.rows = rows
        self.ev = rows.ev
        self.finder = rows.finder
        self.module = module
        self.index = self.ev.world.index(module)
        self.around = rows.enclosing(module)
        self.steps = {s.key: s for s in steps}

    def run(self) -> Iterator[ChainMistake]:
        for node, owner in self.rows.calls(self.module):
            callee = node.callee
            if isinstance(callee, ir.Member):
                yield from self._after_consumer(callee, owner)
                step = self.steps.get(id(node))
                if callee.name == "query" if step is None else step.method in BUILDERS:
                    yield from self._awaited(node, callee.name_start, callee.end, owner)
        for binding in sorted(self.index.uses):
            yield from self._variable(binding)
        yield from self._returned()

    def _at(self, start: int, end: int, owner: int) -> Place:
        return self.finder.places.at(self.module, start, end, owner)

    def _after_consumer(self, callee: ir.Member, owner: int) -> Iterator[ChainMistake]:
        step = self.steps.get(id(callee.object))
        if step is not None and step.method in CONSUMERS and callee.name not in _OF_PROMISES:
            place = self._at(callee.name_start, callee.end, owner)
            yield ChainMistake(place, "after-consumer", callee.name, step.table, step.method, step.place)

    def _is_query(self, node: ir.Expr) -> str | None:
        """The table of a query object ("" if not known); None for everything else."""
        value = present(self.ev.expr(self.module, node))
        found = members(value)
        if not found or not all(isinstance(m, QueryOf) for m in found):
            return None
        tables = {m.state.table for m in found if isinstance(m, QueryOf)}
        return next(iter(tables)) or "" if len(tables) == 1 else ""

    def _awaited(self, node: ir.Expr, start: int, end: int, owner: int) -> Iterator[ChainMistake]:
        _, parent = outward(self.index, node)
        if isinstance(parent, ir.Await) and not self._goes_on(parent):
            table = self._is_query(node)
            if table is not None:
                name = self.module.text(Span(start, end))
                yield ChainMistake(self._at(start, end, owner), "not-consumed", name, table or None)

    def _goes_on(self, node: ir.Await) -> bool:
        """Whether an awaited query is used as the query that it still is: the `await` does nothing then."""
        parent = self.index.parent(node)
        if isinstance(parent, ir.Loop):
            return parent.kind == "await" and parent.source is node
        if isinstance(parent, ir.Member):
            step = self.steps.get(id(self.index.parent(parent)))
            return step is not None and (step.method in BUILDERS or step.method in CONSUMERS)
        if not isinstance(parent, ir.Declare) or not isinstance(parent.pattern, ir.BindName):
            return False
        return any(self._takes_query(use) for use in self.index.uses.get(parent.pattern.ref, ()))

    def _takes_query(self, use: ir.Name) -> bool:
        parent = self.index.parent(use)
        if isinstance(parent, ir.Loop):
            return parent.kind == "await" and parent.source is use
        step = self.steps.get(id(self.index.parent(parent))) if isinstance(parent, ir.Member) else None
        return step is not None and (step.method in BUILDERS or step.method in CONSUMERS)

    def _returned(self) -> Iterator[ChainMistake]:
        for owner, values in sorted(self.index.returns.items()):
            function = self.finder.places.inside(self.module, owner)
            if function is None or function.custom or function.wrapper is not None:
                continue
            handler = function.handler
            if handler is None or handler.module is not self.module or handler.index != owner:
                continue
            for node in values:
                if isinstance(node, (ir.Await, ir.Conditional)):
                    continue
                table = self._is_query(node)
                if table is not None:
                    start, end = node.start, node.end
                    if isinstance(node, ir.Call) and isinstance(node.callee, ir.Member):
                        start, end = node.callee.name_start, node.callee.end
                    name = self.module.text(Span(start, end))
                    yield ChainMistake(self._at(start, end, owner), "not-consumed", name, table or None)

    def _variable(self, binding: int) -> Iterator[ChainMistake]:
        """A variable that holds a query: awaited as it is, or consumed more than once."""
        definition = self.index.definitions.get(binding)
        if definition is None or definition.kind != "var" or definition.path or definition.expr is None:
            return
        uses = self.index.uses[binding]
        taken = [u for u in uses if self._takes(u)]
        if not taken and not any(isinstance(self.index.parent(u), ir.Await) for u in uses):
            return
        found = members(present(self.ev.binding(self.module, binding)))
        states = [m.state for m in found if isinstance(m, QueryOf)]
        if not states or not all(isinstance(m, (QueryOf, PromiseOf)) for m in found):
            return
        for use in uses:
            yield from self._awaited(use, use.start, use.end, self.index.owner(use))
        if not all(state.trail for state in states):
            return  # `db.query("t")` alone can be used many times
        home = self.module.facts.bindings[binding].function
        taken = sorted((u for u in taken if self.index.owner(u) == home), key=lambda u: u.start)
        given = [expr for _, expr in self.index.assignments.get(binding, ())]
        for number, use in enumerate(taken):
            for before in taken[:number]:
                if self._still_used_up(before, use, given) and self.around.both_run(before, use):
                    yield self._again(use, before)
                    return

    def _still_used_up(self, before: ir.Name, use: ir.Name, given: list[ir.Expr]) -> bool:
        """Whether no assignment between two uses of a variable gives it a query that is not used up."""
        for expr in given:
            if (
                expr.start <= before.start < expr.end
            ):  # q = q.filter(...) is a new query, q = q.take(5) is none
                step = self.steps.get(id(self.index.parent(self.index.parent(before))))
                if step is None or step.method not in CONSUMERS or expr.end > use.start:
                    return False
            elif before.start < expr.start <= use.start:
                return False
        return True

    def _takes(self, use: ir.Name) -> bool:
        parent = self.index.parent(use)
        if isinstance(parent, ir.Loop):
            return parent.kind == "await" and parent.source is use
        if not isinstance(parent, ir.Member) or parent.object is not use:
            return False
        return id(self.index.parent(parent)) in self.steps

    def _again(self, use: ir.Name, before: ir.Name) -> ChainMistake:
        owner = self.index.owner(use)
        parent, earlier = self.index.parent(use), self.index.parent(before)
        place = self._at(use.start, use.end, owner)
        name = "for await"
        if isinstance(parent, ir.Member):
            place, name = self._at(parent.name_start, parent.end, owner), parent.name
        first, where = "for await", self._at(before.start, before.end, owner)
        if isinstance(earlier, ir.Member):
            first, where = earlier.name, self._at(earlier.name_start, earlier.end, owner)
        return ChainMistake(place, "used-again", name, None, first, where, use.name)
