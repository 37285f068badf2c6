"""A field that rows of the table do not have: what is read is always undefined."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Level, Related, Suggestion
from convexlint.program.convex.near import nearest
from convexlint.program.places.unknown_fields import UnknownField, field_names, unknown_fields
from convexlint.program.program import Program
from convexlint.program.writing.editing import replace
from convexlint.rules.rule import NoOptions, rule

_SYSTEM = ("_id", "_creationTime")
_ALIKE = 0.8


@rule(category=Category.QUERIES, level=Level.WARNING, fix="suggestion", concern=Concern.FAILURE)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for read in unknown_fields(program):
        near = _near(program, read)
        yield Finding.at(
            read.place,
            _message(read) + (f"; did you mean `{near}`?" if near is not None else ""),
            help=f"add `{read.name}` to the schema, or read a field that {_tables(read)} has"
            if len(read.tables) == 1
            else f"add `{read.name}` to the schema of one of them, or read a field that they have",
            related=_defined(program, read),
            suggestions=_renamed(read, near),
        )


def _message(read: UnknownField) -> str:
    has = f"{_tables(read)} has no field `{read.name}`"
    if read.filter:
        return f"{has}: the filter compares undefined, and gives the same answer for every row"
    return f"{has}: this is always undefined"


def _tables(read: UnknownField) -> str:
    return " or ".join(f"`{table}`" for table in read.tables)


def _near(program: Program, read: UnknownField) -> str | None:
    if f"_{read.name}" in _SYSTEM:
        return f"_{read.name}"
    names = field_names(program, read.tables[0]) if len(read.tables) == 1 else None
    alike = [name for name in names or () if name[:1].lower() == read.name[:1].lower()]
    return nearest(read.name, alike, _ALIKE)  # `publishedAt` is not `isPublished`


def _defined(program: Program, read: UnknownField) -> tuple[Related, ...]:
    table = program.schema.tables[read.tables[0]]
    if table.module is None or table.name_span is None:
        return ()
    return (Related(table.module.path, table.name_span, f"table `{table.name}` is defined here"),)


def _renamed(read: UnknownField, near: str | None) -> tuple[Suggestion, ...]:
    module, span = read.place.module, read.place.span
    written = module.text(span)
    if near is None or written.strip("\"'`") != read.name:
        return ()
    quote = written[0] if written[0] in "\"'`" else ""
    return (Suggestion(f"read `{near}`", (replace(module, span, f"{quote}{near}{quote}"),)),)
