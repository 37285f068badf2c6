"""Queries that ask index `by_id` for one id: what `ctx.db.get` is for."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts.ir import ArrayPattern, Cast, Number
from convexlint.findings import Span
from convexlint.program.evaluation.values import IdOf
from convexlint.program.model import DatabaseCall, Place, QueryStep, RangePart
from convexlint.program.places.rows import loaded_rows
from convexlint.program.places.sites import database_calls, query_steps
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

_LISTS = frozenset({"take"})  # of a `.collect()`, no-collect-then-slice speaks


class IdLookup(Struct, frozen=True, eq=False):
    """`ctx.db.query("t").withIndex("by_id", (q) => q.eq("_id", id)).first()`, or `.unique()`.

    `place.span`: the consumer. `id_span`: the id. `whole`: the chain, where all of it stands in one expression, with
    the `query` call that it begins with. `certain`: the id is known to be one of the table, and never missing.
    """

    place: Place
    table: str | None
    id_span: Span
    whole: Span | None
    query: DatabaseCall | None
    certain: bool


@listed
def id_lookups(program: Program) -> Iterator[IdLookup]:
    """Look-ups of one row by index `by_id`, by module and place; also those that take a list, and the first of it."""
    opened: dict[tuple[str, Span], DatabaseCall] | None = None
    for step in query_steps(program):
        found = _looked_up(step)
        if found is None:
            continue
        part, span = found
        if opened is None:
            opened = {(c.place.module.path, c.call_span): c for c in database_calls(program)}
        module, state = step.place.module, step.before[0]
        query = opened.get((state.module.path, state.start))
        inline = state.module is module and step.call_span.contains(state.start)
        if step.method in _LISTS:
            if not _takes_first(program, step):
                continue
            inline = False
        value = program.ev.expr(module, part.value) if part.value is not None else None
        yield IdLookup(
            step.place,
            state.table,
            span,
            step.call_span if inline and step.call_span.contains(span) else None,
            query,
            isinstance(value, IdOf) and value.table == state.table and not isinstance(part.value, Cast),
        )


def _takes_first(program: Program, step: QueryStep) -> bool:
    """Whether the only row of a list is taken out of it, and nothing else is done with the list."""
    rows = next((rows for rows in loaded_rows(program) if rows.step is step), None)
    uses = [use for use in rows.uses if use.kind != "length"] if rows is not None else []
    for use in uses:
        if use.kind == "pattern" and isinstance(use.node, ArrayPattern):
            taken = len(use.node.items) == 1 and use.node.rest is None
        elif use.kind == "index":
            taken = isinstance(use.args[0], Number) and use.args[0].value == 0
        else:
            taken = use.kind == "method" and use.name in ("at", "shift", "pop") and len(use.args) <= 1
        if not taken:
            return False
    return bool(uses)


def _looked_up(step: QueryStep) -> tuple[RangePart, Span] | None:
    """The equality of a look-up by `_id` alone, and where its id stands."""
    if step.method not in ("first", "unique", *_LISTS) or len(step.before) != 1:
        return None
    state = step.before[0]
    if state.index != "by_id" or state.index_kind != "database" or state.filters:
        return None
    if state.range is None or len(state.range) != 1:
        return None
    part = state.range[0]
    if part.method != "eq" or part.field != "_id" or part.value is None:
        return None
    return part, Span(part.value.start, part.value.end)
