"""`.filter` on a database query reads every candidate row; an index reads only those that match."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from convexlint.findings import Category, Finding, Fix, Level, Related, Span, Suggestion
from convexlint.program.convex.fitting import clashes_with_field, fits_field
from convexlint.program.convex.predicates import (
    Predicate,
    as_range,
    equal_before,
    index_over,
    read_predicate,
    replaceable_filters,
)
from convexlint.program.model import IndexDef, Program, QueryState, QueryStep
from convexlint.program.writing.editing import pin, replace
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
    replaceable = replaceable_filters(program)
    for step in program.query_steps:
        module = step.place.module
        if step.method != "filter" or not module.reported:
            continue
        if options.paginated == "allow" and step.consumers == {"paginate"}:
            continue
        if options.after_index == "allow" and step.before and all(_narrowed(s) for s in step.before):
            continue
        predicate = read_predicate(module, step.args)
        index = _serving(program, step, predicate)
        remedy = _fix(program, step, predicate, index) if step.key in replaceable else None
        share = "most" if predicate.equalities else "some"
        yield Finding(
            path=module.path,
            span=step.place.span,
            message=f"reads every row of {_source(step)} and then throws {share} of them away",
            help=_help(step, predicate, index),
            function=step.place.inside.path if step.place.inside else None,
            related=_definition(index),
            fix=remedy if isinstance(remedy, Fix) else None,
            suggestions=(remedy,) if isinstance(remedy, Suggestion) else (),
        )


def _narrowed(state: QueryState) -> bool:
    return state.index_kind == "search" or (state.index != "" and state.range != ())


def _source(step: QueryStep) -> str:
    table = f"`{step.table}`" if step.table else "the table"
    indexes = {s.index for s in step.before if _narrowed(s)}
    if len(indexes) != 1 or not all(_narrowed(s) for s in step.before):
        return table
    (index,) = indexes
    return f"the index range `{index}` of {table}" if index else f"an index range of {table}"


def _serving(program: Program, step: QueryStep, predicate: Predicate) -> IndexDef | None:
    """An index that answers the range so far and the equalities of the predicate."""
    table = program.schema.tables.get(step.table or "")
    before = equal_before(step)
    if table is None or before is None or not predicate.equalities:
        return None
    return index_over(table, {*before, *predicate.fields})


def _definition(index: IndexDef | None) -> tuple[Related, ...]:
    """Where the index stands; those of packages stand nowhere."""
    if index is None or index.name_span.end == 0:
        return ()
    return (Related(index.module.path, index.name_span, f"index `{index.name}`"),)


def _help(step: QueryStep, predicate: Predicate, index: IndexDef | None) -> str:
    before = equal_before(step)
    if "_id" in predicate.fields:
        return "a document is found by its id with `ctx.db.get`"
    if index is not None and not predicate.whole:
        return f"let index `{index.name}` narrow the query, and filter what is left in TypeScript"
    if index is not None and before == ():
        range_ = as_range(step.place.module, predicate, index.name, index.fields or ())
        return f"index `{index.name}` covers this filter: .{range_}"
    if index is not None:
        return f"index `{index.name}` covers the range and the filter: put all the fields into its range"
    if predicate.fields and before is not None:
        fields = dict.fromkeys((*before, *predicate.fields))
        listed = ", ".join(f'"{f}"' for f in fields)
        table = f"`{step.table}`" if step.table else "the table"
        return f"add an index over [{listed}] to {table} in the schema, and query it with `.withIndex`"
    if before:
        return "read the index range and filter it in TypeScript, or let an index hold the condition too"
    return "let an index narrow the query with `.withIndex`, and filter what is left in TypeScript"


def _fix(
    program: Program, step: QueryStep, predicate: Predicate, index: IndexDef | None
) -> Fix | Suggestion | None:
    """The filter becomes an index range: safe for the same rows in the same order, of the same types."""
    if not predicate.whole:
        return None
    if index is None:
        return _with_new_index(program, step, predicate)
    link = Span(step.place.span.start, step.call_span.end)
    module = step.place.module
    edits = [replace(module, link, as_range(module, predicate, index.name, index.fields or ()))]
    if index.name_span.end > 0:
        edits.append(pin(index.module, index.name_span))
    title = f"use index `{index.name}`"
    if further := (index.fields or ())[len(predicate.fields) :]:
        because = f"rows then come ordered by `{further[0]}`, not by creation time"
        return Fix.unsafe(title, *edits, because=because)
    table, function = program.schema.tables[index.table], step.place.inside
    for equality in predicate.equalities:
        if not fits_field(equality.value, function, table, equality.field):
            because = f"an index range takes only values of the type of `{equality.field}`"
            if clashes_with_field(equality.value, function, table, equality.field):
                return Suggestion(title, tuple(edits), because)  # it would not compile as it stands
            return Fix.unsafe(title, *edits, because=because)
    return Fix.safe(title, *edits)


def _with_new_index(program: Program, step: QueryStep, predicate: Predicate) -> Suggestion | None:
    """Add the index to the schema and use it, where that compiles."""
    table, module = program.schema.tables.get(step.table or ""), step.place.module
    if table is None or table.origin != "schema" or any(f.startswith("_") for f in predicate.fields):
        return None
    new = new_index(program, table, tuple(predicate.fields))
    function = step.place.inside
    if new is None or any(
        clashes_with_field(equality.value, function, table, equality.field)
        for equality in predicate.equalities
    ):
        return None
    link = Span(step.place.span.start, step.call_span.end)
    use = replace(module, link, as_range(module, predicate, new.name, new.fields))
    title = f"add index `{new.name}` to `{table.name}` and use it"
    return Suggestion(title, (new.edit, use), "every write to the table then costs a write to the index")
