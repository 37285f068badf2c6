"""`.filter` on a database query reads every candidate row; an index reads only those that match."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from convexlint.facts.ir import Atom
from convexlint.findings import Category, Edit, Finding, Fix, Level, Related, Suggestion
from convexlint.program.convex.fitting import clashes_with_field, fits_field, is_plain_field
from convexlint.program.convex.flags import is_flag
from convexlint.program.convex.predicates import Predicate, fields_named, joined, read_predicate
from convexlint.program.model import IndexDef, QueryState, QueryStep
from convexlint.program.places.sites import query_steps
from convexlint.program.program import Program
from convexlint.program.writing.editing import pin
from convexlint.program.writing.filter_ranges import FilterChains, Served, Wanted, wanted
from convexlint.program.writing.new_index import new_index
from convexlint.rules.rule import rule


@dataclass(frozen=True, slots=True)
class Options:
    """What the rule accepts.

    Attributes:
        paginated: "allow" accepts a filter on a query that is only ever paginated (its pages keep their
            size), "flag" reports it.
        after_index: "flag" also reports a filter over an index range, "allow" accepts it there.
    """

    paginated: Literal["allow", "flag"] = "allow"
    after_index: Literal["flag", "allow"] = "flag"


@rule(category=Category.QUERIES, level=Level.WARNING, fix="safe", official=True, options=Options)
def check(program: Program, options: Options) -> Iterator[Finding]:
    chains = FilterChains(program)
    for step in query_steps(program):
        module = step.place.module
        if step.method != "filter":
            continue
        if options.paginated == "allow" and step.consumers == {"paginate"}:
            continue
        if options.after_index == "allow" and step.before and all(_is_indexed(s) for s in step.before):
            continue
        predicate = read_predicate(module, step.args)
        first, *others = chains.filters(step)
        whole = joined(read_predicate(module, one.args) for one in (first, *others)) if others else predicate
        want = wanted(program, first, whole)
        if others and want is None:  # what one index cannot hold together
            first, others, whole, want = step, [], predicate, wanted(program, step, predicate)
        served = want.served_by() if want is not None else None
        remedy = _remedy(program, chains, first, whole, want, served) if want is not None else None
        if others and remedy is not None:
            remedy = _of_all(remedy, chains.without(others))
        yield Finding.at(
            step.place,
            _message(program, step, predicate),
            help=_help(first, whole, want, served),
            related=_definition(served[2] if served is not None else None),
            fix=remedy if isinstance(remedy, Fix) else None,
            suggestions=(remedy,) if isinstance(remedy, Suggestion) else (),
        )


# Consumers that stop reading as soon as they have what they need.
_STOPPING = frozenset({"first", "unique", "take"})


def _message(program: Program, step: QueryStep, predicate: Predicate) -> str:
    if step.consumers and step.consumers <= _STOPPING:
        return f"may read every row of {_source(step)} to find those that it wants"
    table = program.schema.tables.get(step.table or "")
    narrow = any(not is_flag(table, equal.field) for equal in predicate.equalities)
    share = "most" if narrow and not _keeps_most(predicate) else "some"
    return f"reads every row of {_source(step)} and then throws {share} of them away"


def _keeps_most(predicate: Predicate) -> bool:
    """Whether the only equality is with undefined, as of a flag that deleted rows have: most rows stay."""
    values = [equal.value for equal in predicate.equalities]
    return bool(values) and all(isinstance(v, Atom) and v.kind in ("undefined", "false") for v in values)


def _of_all(remedy: Fix | Suggestion, edits: tuple[Edit, ...] | None) -> Fix | Suggestion | None:
    """The remedy for all filters of a chain: one index range takes the place of them."""
    return None if edits is None else replace(remedy, edits=(*remedy.edits, *edits))


def _is_indexed(state: QueryState) -> bool:
    return state.index_kind == "search" or (state.index != "" and state.range != ())


def _source(step: QueryStep) -> str:
    table = f"`{step.table}`" if step.table else "the table"
    indexes = {s.index for s in step.before if _is_indexed(s)}
    if len(indexes) != 1 or not all(_is_indexed(s) for s in step.before):
        return table
    (index,) = indexes
    return f"the index range `{index}` of {table}" if index else f"an index range of {table}"


def _definition(index: IndexDef | None) -> tuple[Related, ...]:
    """Where the index stands; those of packages stand nowhere."""
    if index is None or index.name_span.end == 0:
        return ()
    return (Related(index.module.path, index.name_span, f"index `{index.name}`"),)


def _help(step: QueryStep, predicate: Predicate, want: Wanted | None, served: Served | None) -> str:
    if "_id" in predicate.fields:
        return "a document is found by its id with `ctx.db.get`"
    if fields_named(step.place.module, step.args) == {"_id"}:
        return (
            "`ctx.db.get` finds documents by their ids: `await Promise.all(ids.map((id) => ctx.db.get(...)))`"
        )
    table = f"`{step.table}`" if step.table else "the table"
    if want is not None and served is not None:
        index, fields, _ = served
        if predicate.rest:
            return f"let index `{index}` narrow the query, and filter what is left in TypeScript"
        range_ = want.range(index, fields, predicate.parameter, predicate.name)
        if len(want.equal) == len(predicate.equalities):
            return f"index `{index}` covers this filter: .{range_}"
        return f"index `{index}` covers the range and the filter: .{range_}"
    if _keeps_most(predicate) and len(predicate.fields) == 1 and not any(_is_indexed(s) for s in step.before):
        return (
            "most rows stay, so an index on this field alone saves nothing: let an index on another field narrow the "
            "query, and filter in TypeScript"
        )
    if want is not None and (predicate.equalities or not predicate.rest):
        listed = ", ".join(f'"{f}"' for f in want.fields)
        return f"add an index over [{listed}] to {table} in the schema, and query it with `.withIndex`"
    if any(_is_indexed(state) for state in step.before):
        return "read the index range and filter it in TypeScript, or let an index hold the condition too"
    if predicate.equalities:
        listed = ", ".join(f'"{f}"' for f in predicate.fields)
        return f"add an index over [{listed}] to {table} in the schema, and query it with `.withIndex`"
    return "let an index narrow the query with `.withIndex`, and filter what is left in TypeScript"


def _remedy(
    program: Program,
    chains: FilterChains,
    step: QueryStep,
    predicate: Predicate,
    want: Wanted,
    served: Served | None,
) -> Fix | Suggestion | None:
    """The filter becomes an index range: safe for the same rows in the same order, of the same types."""
    if served is None:
        return _with_new_index(program, chains, step, predicate, want)
    name, fields, index = served
    edits = chains.rewritten(step, predicate, want, name, fields)
    if edits is None:
        return None
    if index is not None and index.name_span.end > 0:
        edits = (*edits, pin(index.module, index.name_span))
    title = f"use index `{name}`"
    other = want.order_by(fields)
    because = f"rows then come ordered by {other}, not as before" if other is not None else None
    function = step.place.inside
    for condition in predicate.conditions:
        if not fits_field(condition.value, function, want.table, condition.field):
            because = because or f"an index range takes only values of the type of `{condition.field}`"
            if clashes_with_field(condition.value, function, want.table, condition.field):
                because = f"an index range takes only values of the type of `{condition.field}`"
                return Suggestion(title, edits, because)  # it would not compile as it stands
    if because is None and want.bounded is not None and not is_plain_field(want.table, want.bounded):
        because = f"`{want.bounded}` may be missing or of several types, which a range may order otherwise"
    if predicate.rest:
        return Suggestion(f"{title}, and filter what is left", edits, because)
    return Fix.safe(title, *edits) if because is None else Fix.unsafe(title, *edits, because=because)


def _with_new_index(
    program: Program, chains: FilterChains, step: QueryStep, predicate: Predicate, want: Wanted
) -> Suggestion | None:
    """Add the index to the schema and use it, where that compiles."""
    if _keeps_most(predicate) and len(want.fields) == 1:
        return None
    if predicate.rest or want.table.origin != "schema" or any(f.startswith("_") for f in want.fields):
        return None
    new = new_index(program, want.table, want.fields)
    function = step.place.inside
    if new is None or any(
        clashes_with_field(condition.value, function, want.table, condition.field)
        for condition in predicate.conditions
    ):
        return None
    edits = chains.rewritten(step, predicate, want, new.name, new.fields)
    if edits is None:
        return None
    title = f"add index `{new.name}` to `{want.table.name}` and use it"
    because = "every write to the table then costs a write to the index"
    if (other := want.order_by(new.fields)) is not None:
        because += f", and rows come ordered by {other}"
    return Suggestion(title, (new.edit, *edits), because)
