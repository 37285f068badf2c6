"""An index that the table does not have, is of another kind, or is not there yet."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Edit, Finding, Level, Related, Span, Suggestion
from convexlint.program.convex.near import nearest
from convexlint.program.model import IndexDef, Place, Table
from convexlint.program.modules.nodes import is_string_literal
from convexlint.program.places.sites import query_steps
from convexlint.program.places.table_mentions import vector_searches
from convexlint.program.program import Program
from convexlint.program.writing.editing import quoted, replace
from convexlint.rules.rule import NoOptions, rule

EVERYWHERE = ("by_creation_time", "by_id")
KINDS = {"withIndex": "database", "withSearchIndex": "search", "vectorSearch": "vector"}
METHODS = {"database": "`.withIndex`", "search": "`.withSearchIndex`", "vector": "`ctx.vectorSearch`"}


@rule(category=Category.SCHEMA, level=Level.ERROR, fix="suggestion")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for step in query_steps(program):
        if step.method in KINDS and step.index_name is not None and step.index_span is not None:
            names = tuple(dict.fromkeys(state.table for state in step.before))
            yield from _judge(
                program, step.place, step.index_span, names, step.index_name, KINDS[step.method]
            )
    for search in vector_searches(program):
        if search.index_name is not None and search.index_span is not None:
            names = (search.table,)
            yield from _judge(program, search.place, search.index_span, names, search.index_name, "vector")


def _judge(
    program: Program, place: Place, span: Span, names: tuple[str | None, ...], name: str, kind: str
) -> Iterator[Finding]:
    tables = [program.schema.tables.get(n) if n is not None else None for n in names]
    if kind == "database" and name in EVERYWHERE:
        return
    known = [t for t in tables if t is not None and t.indexes_known]
    if not known or len(known) != len(tables) or any(_usable(t.index(name), kind) for t in known):
        return
    table = known[0]
    found = table.index(name)
    near = nearest(name, [i.name for i in table.indexes if _usable(i, kind)])
    suggestions: tuple[Suggestion, ...] = ()
    if near is not None:
        literal = is_string_literal(place.module, span)
        edits: tuple[Edit, ...] = (
            (replace(place.module, span, quoted(place.module, near)),) if literal else ()
        )
        suggestions = (Suggestion(f"use index `{near}`", edits),)
    yield Finding.at(
        place,
        _message(table, name, found, kind) + (f"; did you mean `{near}`?" if near else ""),
        span=span,
        help=_help(table, name, found, kind),
        related=_definition(found),
        suggestions=suggestions,
    )


def _usable(index: IndexDef | None, kind: str) -> bool:
    return index is not None and index.kind == kind and not index.staged


def _message(table: Table, name: str, found: IndexDef | None, kind: str) -> str:
    if found is None:
        return f"table `{table.name}` has no index `{name}`"
    if found.kind != kind:
        return f"index `{name}` of `{table.name}` is a {found.kind} index, and {METHODS[kind]} takes a {kind} index"
    return f"index `{name}` of `{table.name}` is staged, and a staged index cannot be queried"


def _help(table: Table, name: str, found: IndexDef | None, kind: str) -> str:
    if found is not None and found.kind != kind:
        return f"{METHODS[found.kind]} reads it"
    if found is not None:
        return "remove `staged: true` once the index is backfilled"
    have = [f"`{i.name}`" for i in table.indexes if _usable(i, kind)]
    if not have:
        return f"`{table.name}` has no {kind} index: add one in the schema"
    return f"the {kind} indexes of `{table.name}`: {', '.join(have[:8])}{', ...' if len(have) > 8 else ''}"


def _definition(found: IndexDef | None) -> tuple[Related, ...]:
    if found is None or found.name_span.end == 0:
        return ()
    return (Related(found.module.path, found.name_span, f"index `{found.name}` is defined here"),)
