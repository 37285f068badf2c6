"""Whole tables that are read to find rows by equality: in `.filter(...)`, or in the array of a `.collect()`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.convex.extents import reads_whole_table
from convexlint.program.convex.predicates import read_predicate
from convexlint.program.model import Module, Place, QueryStep
from convexlint.program.modules.nodes import unwrapped
from convexlint.program.places.sites import SiteFinder, all_sites, placing, sites
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_NOTHING = ("null", "undefined")


class Lookup(Struct, frozen=True, eq=False):
    """Rows of `table` are found by comparing `fields`, in written order; `place.span`: `filter` or `find`."""

    place: Place
    table: str
    fields: tuple[str, ...]


@listed
def lookups(program: Program) -> Iterator[Lookup]:
    """Searches for rows by fields, which an index could serve: those on queries first, then those on arrays, each by
    module and place."""
    yield from _lookups(program, all_sites(program), program.modules)


@listed
def lookups_near(program: Program) -> Iterator[Lookup]:
    """`lookups` of the modules that are looked at."""
    yield from _lookups(program, sites(program), program.ev.world.looked_at)


@query
def _by_function(program: Program) -> dict[tuple[str, str], tuple[dict[int, frozenset[str]], list[Lookup]]]:
    """By table and module: the fields that each function looks through, and the lookups in order."""
    found: dict[tuple[str, str], tuple[dict[int, frozenset[str]], list[Lookup]]] = {}
    for lookup in sorted(lookups_near(program), key=lambda one: one.place.span.start):
        fields, some = found.setdefault((lookup.table, lookup.place.module.path), ({}, []))
        owner = lookup.place.owner
        fields[owner] = fields.get(owner, frozenset()).union(lookup.fields)
        some.append(lookup)
    return found


def fields_wanted(program: Program, step: QueryStep) -> frozenset[str]:
    """The fields by which the rows of a step are looked through in its function, or inside of its call."""
    found = None if step.table is None else _by_function(program).get((step.table, step.place.module.path))
    if found is None:
        return frozenset()
    fields, some = found
    call = step.call_span
    first = bisect_left(some, call.start, key=lambda one: one.place.span.start)
    wanted = set(fields.get(step.place.owner, ()))
    for lookup in some[first:]:
        if lookup.place.span.start > call.end:
            break
        wanted.update(lookup.fields)
    return frozenset(wanted)


def _lookups(program: Program, finder: SiteFinder, modules: Sequence[Module]) -> Iterator[Lookup]:
    ev, places = program.ev, placing(program)
    collects: dict[tuple[str, Span], QueryStep] = {}
    for step in finder.steps:
        if step.method == "collect":
            collects[step.place.module.path, step.call_span] = step
        elif _is_search(step):
            equalities = read_predicate(step.place.module, step.args).equalities
            fields = tuple(e.field for e in equalities if not _is_nothing(e.value))
            if fields:
                yield Lookup(step.place, step.table or "", fields)
    for module in modules:
        for site in ev.world.index(module).code_calls:
            callee = site.expr.callee
            if isinstance(callee, ir.Member) and callee.name in ("filter", "find") and site.expr.args:
                collect = _collect(ev, module, callee.object, collects)
                fields = _compared(module, site.expr.args[0])
                if collect is not None and collect.table is not None and fields:
                    place = places.at(module, callee.name_start, callee.end, site.owner)
                    yield Lookup(place, collect.table, fields)


def _is_search(step: QueryStep) -> bool:
    """`.filter` over a whole table; where it is only ever paginated, the documentation itself filters."""
    paged = step.consumers == {"paginate"}
    return (
        step.method == "filter"
        and not paged
        and step.table is not None
        and all(map(reads_whole_table, step.before))
    )


def _is_nothing(value: ir.Expr) -> bool:
    return isinstance(value, ir.Atom) and value.kind in _NOTHING


def _collect(
    ev: Evaluator, module: Module, node: ir.Expr, collects: dict[tuple[str, Span], QueryStep]
) -> QueryStep | None:
    """The `.collect()` of a whole, unfiltered table that an array comes from."""
    for _ in range(4):
        node = unwrapped(node)
        if isinstance(node, ir.Name) and node.ref >= 0:
            found = ev.world.index(module).definitions.get(node.ref)
            if found is None or found.kind != "var" or found.path or found.expr is None:
                return None
            node = found.expr
        else:
            break
    step = collects.get((module.path, Span(node.start, node.end)))
    if step is None or not all(reads_whole_table(state) and not state.filters for state in step.before):
        return None
    return step


def _compared(module: Module, predicate: ir.Expr) -> tuple[str, ...]:
    """The fields that `(row) => row.a === x && row.b === y` compares; () when it is not such a function."""
    if not isinstance(predicate, ir.Lambda):
        return ()
    function = module.facts.functions[predicate.index]
    body = function.expression
    if body is None and len(function.body) == 1 and isinstance(function.body[0], ir.Return):
        body = function.body[0].value
    if body is None or len(function.params) != 1:
        return ()
    row = function.params[0].pattern
    if not isinstance(row, ir.BindName) or row.ref < 0:
        return ()
    return tuple(dict.fromkeys(_equalities(body, row.ref)))


def _equalities(node: ir.Expr, row: int) -> Iterator[str]:
    if not isinstance(node, ir.Binary):
        return
    if node.op == "&&":
        yield from _equalities(node.left, row)
        yield from _equalities(node.right, row)
    elif node.op in ("===", "=="):
        for side, other in ((node.left, node.right), (node.right, node.left)):
            field = _field(side, row)
            if field is not None and _field(other, row) is None and not _is_nothing(other):
                yield field


def _field(node: ir.Expr, row: int) -> str | None:
    if isinstance(node, ir.Member) and isinstance(node.object, ir.Name) and node.object.ref == row:
        return node.name
    return None
