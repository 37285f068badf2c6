"""An index range walks down the index: equal fields first, in order, then one inequality."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from convexlint.findings import Category, Edit, Finding, Fix, Level, Related, Span, Suggestion
from convexlint.program.convex.index_ranges import range_problem, search_problem, sorted_range
from convexlint.program.model import IndexDef, QueryStep, RangePart, Table
from convexlint.program.modules.nodes import is_string_literal
from convexlint.program.places.sites import query_steps
from convexlint.program.program import Program
from convexlint.program.writing.editing import quoted, replace
from convexlint.rules.rule import NoOptions, rule

KINDS = {"withIndex": "database", "withSearchIndex": "search"}
PROBLEMS = {"database": range_problem, "search": search_problem}
OWN = {"by_creation_time": ("_creationTime", "_id"), "by_id": ("_id",)}


@dataclass(frozen=True, slots=True)
class Used:
    """An index as a range sees it: its fields with those that Convex adds, and its definition."""

    name: str
    fields: tuple[str, ...]
    index: IndexDef | None


@rule(category=Category.SCHEMA, level=Level.ERROR, fix="safe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for step in query_steps(program):
        kind = KINDS.get(step.method)
        if kind == "search" and step.range == () and len(step.args) > 1:
            yield Finding.at(
                step.place,
                "a search without `search`: Convex refuses the query",
                help='begin with `q.search("<the searched field>", text)`',
            )
        if kind is None or not step.range:
            continue
        table = program.schema.tables.get(step.table or "")
        used = _index(table, step.index_name, kind)
        if table is None or used is None:
            continue
        problem = PROBLEMS[kind](step.range, used.fields)
        if problem is None:
            continue
        part, text = problem
        order = text == ""
        yield Finding.at(
            step.place,
            _order(used, step.range) if order else f"index `{used.name}` of `{table.name}`: {text}",
            span=part.span,
            help=_help(used, kind),
            related=_definition(used),
            fix=_reorder(step, used) if order else None,
            suggestions=() if order else tuple(_other_indexes(table, step, kind)),
            level=Level.WARNING if order else None,
        )


def _index(table: Table | None, name: str | None, kind: str) -> Used | None:
    if table is None or name is None:
        return None
    if name in OWN and kind == "database":
        return Used(name, OWN[name], None)
    index = table.index(name)
    if index is None or index.kind != kind or not index.fields:
        return None
    return Used(name, (*index.fields, "_creationTime", "_id") if kind == "database" else index.fields, index)


def _order(used: Used, parts: tuple[RangePart, ...]) -> str:
    wanted = ", ".join(f"`{p.method}` of `{p.field}`" for p in sorted_range(parts, used.fields))
    return f"the range of index `{used.name}` is not written in the index's order: TypeScript wants {wanted}"


def _help(used: Used, kind: str) -> str:
    if kind == "search":
        filters = ", ".join(f"`{f}`" for f in used.fields[1:]) or "no field"
        return (
            f"the index searches `{used.fields[0]}` and filters by {filters} (`filterFields` in the schema)"
        )
    own = [f for f in used.fields if used.index is None or f in (used.index.fields or ())]
    return f"the index's fields, in order: {', '.join(f'`{f}`' for f in own)}; name them from the left"


def _definition(used: Used) -> tuple[Related, ...]:
    if used.index is None or used.index.name_span.end == 0:
        return ()
    return (Related(used.index.module.path, used.index.name_span, f"index `{used.name}` is defined here"),)


def _reorder(step: QueryStep, used: Used) -> Fix | None:
    """Swap the links of the chain. They are compared with plain values, so that nothing else is swapped."""
    parts = step.range or ()
    if not Span(step.place.span.start, step.call_span.end).contains(parts[0].span):
        return None
    if any(p.call_span is None or not p.is_plain for p in parts):
        return None
    module = step.place.module
    edits: list[Edit] = []
    for old, new in zip(parts, sorted_range(parts, used.fields), strict=True):
        if old is not new and old.call_span is not None and new.call_span is not None:
            edits.append(replace(module, old.call_span, module.text(new.call_span)))
    return Fix.safe("write the range in the index's order", *edits)


def _other_indexes(table: Table, step: QueryStep, kind: str) -> Iterator[Suggestion]:
    """Indexes of the table that the range would fit."""
    module, span = step.place.module, step.index_span
    for index in table.indexes:
        used = _index(table, index.name, kind)
        if used is None or index.staged or PROBLEMS[kind](step.range or (), used.fields) is not None:
            continue
        literal = span is not None and is_string_literal(module, span)
        edits = (replace(module, span, quoted(module, index.name)),) if span is not None and literal else ()
        yield Suggestion(f"use index `{index.name}`, which fits this range", edits)
