"""A table that the schema does not have: a typing mistake, or code that the schema left behind."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Edit, Finding, Level, Span, Suggestion
from convexlint.program.convex.near import nearest
from convexlint.program.model import Module, Place
from convexlint.program.modules.nodes import is_string_literal
from convexlint.program.places.sites import database_calls
from convexlint.program.places.table_mentions import SYSTEM_TABLES, table_mentions, vector_searches
from convexlint.program.places.unchecked import CAST, IGNORE, unchecked
from convexlint.program.program import Program
from convexlint.program.writing.editing import quoted, replace
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.SCHEMA, level=Level.ERROR, fix="suggestion")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    schema = program.schema
    if not (schema.present and schema.complete and schema.strict_names):
        return
    known = {*schema.tables, *SYSTEM_TABLES}
    for call in database_calls(program):
        if call.table is None or call.table_span is None or call.table in known:
            continue
        # What is merely called `db` may be another database: only what looks like a table of ours counts.
        if call.certain or call.table.isidentifier():
            yield _finding(program, call.place, call.table_span, call.table)
    for search in vector_searches(program):
        if search.table is None or search.table_span is None or search.table in known:
            continue
        yield _finding(program, search.place, search.table_span, search.table)
    for mention in table_mentions(program):
        yield _finding(program, mention.place, mention.place.span, mention.table, mention.idle)


def _finding(program: Program, place: Place, span: Span, table: str, idle: bool = False) -> Finding:
    """`idle`: nothing is known to use the validator that names the table, and TypeScript takes any name there."""
    free = unchecked(place.module, span)
    if free in (CAST, IGNORE):
        return _on_purpose(program, place, span, table)
    near = nearest(table, program.schema.tables)
    suggestions: tuple[Suggestion, ...] = ()
    if near is not None:
        suggestions = (Suggestion(f"name the table `{near}`", _edits(place.module, span, near)),)
    return Finding.at(
        place,
        f"there is no table `{table}` in {_home(program)}" + (f"; did you mean `{near}`?" if near else ""),
        span=span,
        help=f"name a table of the schema, or add `{table}: defineTable(...)` to it",
        suggestions=suggestions,
        level=Level.WARNING if free or idle else None,
    )


def _on_purpose(program: Program, place: Place, span: Span, table: str) -> Finding:
    """The author took the types away: the backend serves a table that the schema left behind, and a table with a near
    name is another one."""
    return Finding.at(
        place,
        f"`{table}` is not a table of {_home(program)}, and no type objects here: the backend takes any table's name",
        span=span,
        help=f"where `{table}` still holds data, add it to the schema until it is empty",
        level=Level.INFO,
    )


def _home(program: Program) -> str:
    schema = program.schema.module
    return f"`{schema.name}`" if schema is not None else "the schema"


def _edits(module: Module, span: Span, name: str) -> tuple[Edit, ...]:
    return (replace(module, span, quoted(module, name)),) if is_string_literal(module, span) else ()
