"""`q.or(...ids.map(...))` tries each of a list's entries on each row: look each of them up."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Fix
from convexlint.program.convex.extents import reads_whole_table
from convexlint.program.convex.versions import FIRST_WITH_TABLES
from convexlint.program.places.dynamic_ors import DynamicOr, dynamic_ors
from convexlint.program.program import Program
from convexlint.program.writing.editing import has_comment, quoted, replace
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, level=None, fix="unsafe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for found in dynamic_ors(program):
        step = found.step
        table = f"`{step.table}`" if step.table else "the table"
        whole = any(reads_whole_table(state) for state in step.before)
        rows = f"every row of {table}" if whole else f"every row of the range of {table}"
        entries = f"`{_short(found, found.each.start, found.each.end)}`"
        entries = f"the list in {entries}" if found.named else entries
        yield Finding.at(
            found.place,
            f"reads {rows} and compares it with each entry of {entries}",
            help=_help(found),
            fix=_fix(program, found),
        )


def _short(found: DynamicOr, start: int, end: int) -> str:
    text = " ".join(found.place.module.source[start:end].decode("utf-8", "replace").split())
    return text if len(text) <= 40 else text[:37] + "..."


def _help(found: DynamicOr) -> str:
    if found.field == "_id":
        return "get each document: `await Promise.all(ids.map((id) => ctx.db.get(id)))`"
    field = f" over `{found.field}`" if found.field is not None else ""
    return (
        f"look each of them up by an index{field}: `await Promise.all(list.map((one) => ctx.db.query(...)))`"
    )


def _fix(program: Program, found: DynamicOr) -> Fix | None:
    module, table = found.place.module, found.step.table
    if found.gets is None or table is None or has_comment(module, found.gets):
        return None
    start = module.source.find(b".query", found.gets.start)
    db = module.source[found.gets.start : start].decode("utf-8", "replace").removeprefix("await").strip()
    if not db or "(" in db:
        return None
    version = program.project.convex_version
    named = version is None or version >= FIRST_WITH_TABLES
    get = f"{db}.get({quoted(module, table)}, id)" if named else f"{db}.get(id)"
    text = f"(await Promise.all({module.text(found.each)}.map((id) => {get}))).filter((row) => row !== null)"
    return Fix.unsafe(
        "get each document",
        replace(module, found.gets, text),
        because="the documents come in the order of the list, and an id that stands in it twice gives two",
    )
