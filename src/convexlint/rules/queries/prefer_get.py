"""`ctx.db.get` finds a document by its id; a query of index `by_id` says the same in three lines."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Fix, Span
from convexlint.program.convex.versions import FIRST_WITH_TABLES
from convexlint.program.places.id_lookups import IdLookup, id_lookups
from convexlint.program.program import Program
from convexlint.program.writing.editing import has_comment, quoted, replace
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, concern=Concern.STYLE, level=None, fix="safe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for lookup in id_lookups(program):
        table = f"`{lookup.table}`" if lookup.table else "the table"
        call = _call(program, lookup)
        yield Finding.at(
            lookup.place,
            f"a query of {table} by `_id` finds at most one row: that is `ctx.db.get`",
            help=f"write `{call}`: it reads the same row",
            fix=_fix(lookup, call),
        )


def _call(program: Program, lookup: IdLookup) -> str:
    module, version = lookup.place.module, program.project.convex_version
    text = module.text(lookup.id_span)
    db = module.text(lookup.query.db_span) if lookup.query is not None else "ctx.db"
    if lookup.query is not None and lookup.query.db_span.end == lookup.query.place.span.end:
        db = "ctx.db"  # `const { query } = ctx.db`
    named = lookup.table is not None and (version is None or version >= FIRST_WITH_TABLES)
    return (
        f"{db}.get({quoted(module, lookup.table)}, {text})" if named and lookup.table else f"{db}.get({text})"
    )


def _fix(lookup: IdLookup, call: str) -> Fix | None:
    query = lookup.query
    if lookup.whole is None or query is None or query.db_span.end == query.place.span.end:
        return None
    if has_comment(lookup.place.module, lookup.whole) or query.system:
        return None
    edit = replace(lookup.place.module, Span(query.db_span.start, lookup.whole.end), call)
    if lookup.certain:
        return Fix.safe("use `ctx.db.get`", edit)
    return Fix.unsafe(
        "use `ctx.db.get`",
        edit,
        because="`get` throws for what is not an id of the table, where the query finds nothing",
    )
