"""More than one paginated query in one run of a function, also in what it calls (convex-facts 4.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.behaviour.effects import Effects, effects
from convexlint.program.behaviour.summaries import Key
from convexlint.program.model import Module, Place, QueryStep, RegisteredFunction
from convexlint.program.modules.arrays import ELEMENT_FIRST
from convexlint.program.places.chain_mistakes import ChainMistake
from convexlint.program.places.rows import rows_of
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.places.rows import Rows


class _Event(Struct, frozen=True, eq=False):
    """Something in a facts function that paginates: at `node`, told of at `place`. `deed`: the `paginate` itself."""

    node: ir.Node
    place: Place
    deed: Place
    table: str | None


@listed
def page_mistakes(program: Program) -> Iterator[ChainMistake]:
    """Every further `paginate` on one path ("second-page"), and each that runs again and again ("page-in-loop"); those
    of helpers at their call."""
    pages = _pages(program)
    for module in program.ev.world.looked_at:
        if module.reported and pages.may_have(module):
            yield from pages.in_module(module)


@query
def paginates(program: Program, function: RegisteredFunction) -> bool:
    """Whether a registered function runs a paginated query, also through what it calls."""
    pages = _pages(program)
    return any(pages.first(key) is not None for key in effects(program).roots(function))


@query
def _pages(program: Program) -> _Pages:
    return _Pages(program.ev, effects(program), rows_of(program))


class _Pages:
    def __init__(self, ev: Evaluator, effects: Effects, rows: Rows) -> None:
        self._ev = ev
        self._effects = effects
        self._rows = rows
        self._own: dict[Key, list[QueryStep]] = {}
        for step in rows.finder.steps:
            if step.method == "paginate" and step.key:
                self._own.setdefault((step.place.module.path, step.place.owner), []).append(step)
        self._first: dict[Key, Place | None] = {}

    def may_have(self, module: Module) -> bool:
        return bool(self._own) and bool(module.facts.functions)

    def first(self, key: Key) -> Place | None:
        """A `paginate` that a facts function comes to, directly or in what it calls."""
        if key not in self._first:
            self._first[key] = None  # a function that calls itself
            own = self._own.get(key)
            found = own[0].place if own else None
            for edge in () if found is not None else self._effects.summary(key).edges:
                if not edge.kept:
                    found = found or self.first(edge.target)
            self._first[key] = found
        return self._first[key]

    def in_module(self, module: Module) -> Iterator[ChainMistake]:
        index, around = self._ev.world.index(module), self._rows.enclosing(module)
        lifted: dict[int, list[_Event]] = {}
        # A function literal comes behind the function that it stands in.
        for number in range(len(module.facts.functions) - 1, -1, -1):
            events = sorted(
                [*self._events(module, number), *lifted.get(number, ())], key=lambda e: e.node.start
            )
            for position, event in enumerate(events):
                earlier = next(
                    (
                        e
                        for e in events[:position]
                        if e.node is not event.node and around.both_run(e.node, event.node)
                    ),
                    None,
                )
                if earlier is not None:
                    yield ChainMistake(
                        event.place, "second-page", "paginate", event.table, "paginate", earlier.place
                    )
                elif around.runs_again(event.node):
                    yield ChainMistake(event.place, "page-in-loop", "paginate", event.table)
            literal = index.lambdas.get(number)
            call = index.parent(literal) if literal is not None and events else None
            if literal is None or not isinstance(call, (ir.Call, ir.New)) or call.callee is literal:
                continue
            key = (module.path, number)
            holder = index.owner(call)
            edges = self._effects.summary((module.path, holder)).edges
            if not any(edge.target == key and edge.hop is None and not edge.kept for edge in edges):
                continue
            if isinstance(call.callee, ir.Member) and call.callee.name in ELEMENT_FIRST:
                yield ChainMistake(events[0].place, "page-in-loop", "paginate", events[0].table)
            else:
                first = events[0]
                lifted.setdefault(holder, []).append(_Event(call, first.place, first.deed, first.table))

    def _events(self, module: Module, number: int) -> Iterator[_Event]:
        key = (module.path, number)
        nodes = {
            id(site.expr): site.expr for site in self._ev.world.index(module).calls_by_owner.get(number, ())
        }
        for step in self._own.get(key, ()):
            node = nodes.get(step.key)
            if node is not None:
                yield _Event(node, step.place, step.place, step.table)
        if number == 0:
            return
        seen: set[int] = set()
        for edge in self._effects.summary(key).edges:
            if edge.hop is None or edge.kept or id(edge.node) in seen:
                continue
            deed = self.first(edge.target)  # of a function that calls itself, its own
            if deed is not None:
                seen.add(id(edge.node))
                yield _Event(edge.node, edge.hop.place, deed, None)
