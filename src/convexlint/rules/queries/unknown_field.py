"""What rows of the table do not have: a field that is always undefined, a value that a field never holds."""

from __future__ import annotations

import json
from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Level, Related, Suggestion
from convexlint.program.convex.near import nearest
from convexlint.program.model import Place
from convexlint.program.places.unknown_fields import UnknownField, field_names, unknown_fields
from convexlint.program.places.unknown_values import UnknownValue, unknown_values
from convexlint.program.program import Program
from convexlint.program.writing.editing import replace
from convexlint.rules.rule import NoOptions, rule

_SYSTEM = ("_id", "_creationTime")
_ALIKE = 0.8
_MOST = 6  # values that the help lists


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
            related=_defined(program, read.tables[0]),
            suggestions=_renamed(read.place, read.name, near),
        )
    for compared in unknown_values(program):
        yield _compared(program, compared)


def _compared(program: Program, one: UnknownValue) -> Finding:
    whole = isinstance(one.value, float) and one.value.is_integer()
    shown = json.dumps(int(one.value) if whole else one.value)
    near = nearest(one.value, one.literals) if isinstance(one.value, str) else None
    ends = "this is never true" if one.same else "this is always true"
    listed = ", ".join(f'"{text}"' for text in one.literals[:_MOST])
    return Finding.at(
        one.place,
        f"no row of `{one.table}` has {shown} as its `{one.field}`: {ends}"
        + (f'; did you mean "{near}"?' if near is not None else ""),
        help=f"`{one.field}` may be {listed}{' and others' if len(one.literals) > _MOST else ''}"
        if listed
        else "compare it with what the schema lets it hold",
        related=_defined(program, one.table),
        suggestions=_renamed(one.place, str(one.value), near),
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


def _defined(program: Program, name: str) -> tuple[Related, ...]:
    table = program.schema.tables[name]
    if table.module is None or table.name_span is None:
        return ()
    return (Related(table.module.path, table.name_span, f"table `{table.name}` is defined here"),)


def _renamed(place: Place, name: str, near: str | None) -> tuple[Suggestion, ...]:
    module, span = place.module, place.span
    written = module.text(span)
    if near is None or written.strip("\"'`") != name:
        return ()
    quote = written[0] if written[0] in "\"'`" else ""
    return (Suggestion(f"write `{near}`", (replace(module, span, f"{quote}{near}{quote}"),)),)
