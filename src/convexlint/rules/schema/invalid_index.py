"""Indexes that Convex refuses to push (convex-facts 5.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from convexlint.findings import Category, Finding, Level, Related, Span
from convexlint.program.convex.identifiers import identifier_problem
from convexlint.program.convex.paths import can_be_vector, field_names, validators_at
from convexlint.program.model import IndexDef, Table
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

MAX_FIELDS = 15
MAX_FILTER_FIELDS = 16
MAX_INDEXES = 64
MIN_DIMENSIONS, MAX_DIMENSIONS = 2, 4096
_RESERVED = ("by_id", "by_creation_time")
_KINDS = {"database": "index", "search": "search index", "vector": "vector index"}


@dataclass(frozen=True, slots=True)
class _Problem:
    span: Span
    message: str
    help: str
    related: tuple[Related, ...] = ()


@rule(category=Category.SCHEMA, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    seen: set[tuple[str, Span]] = set()
    for table in program.schema.tables.values():
        if table.origin != "schema":
            continue
        for number, index in enumerate(table.indexes):
            problem = _problem(program, table, index, number)
            if problem is None or (index.module.path, problem.span) in seen:
                continue
            seen.add((index.module.path, problem.span))
            yield Finding(
                path=index.module.path,
                span=problem.span,
                message=problem.message,
                help=problem.help,
                related=problem.related,
            )


def _problem(program: Program, table: Table, index: IndexDef, number: int) -> _Problem | None:
    """The first thing that is wrong with an index: the push stops there too."""
    return (
        _name_problem(index)
        or _repeated(table, index, number)
        or _size_problem(index)
        or _field_problem(index)
        or _missing_field(program, table, index)
    )


def _called(index: IndexDef) -> str:
    return f"{_KINDS[index.kind]} `{index.name}` of `{index.table}`"


def _name_problem(index: IndexDef) -> _Problem | None:
    problem = identifier_problem(index.name)
    if problem is not None:
        return _Problem(
            index.name_span,
            f"the index name `{index.name}` {problem}: Convex refuses to push the schema",
            "rename it: letters, digits and `_`, at most 64",
        )
    if index.name in _RESERVED or (index.name.startswith("_") and not index.name.startswith("_fivetran")):
        why = (
            "every table has that index"
            if index.name in _RESERVED
            else "names with `_` in front are Convex's own"
        )
        return _Problem(
            index.name_span,
            f"the index name `{index.name}` is reserved: {why}",
            "delete it: Convex has it without being told" if index.name in _RESERVED else "rename it",
        )
    return None


def _repeated(table: Table, index: IndexDef, number: int) -> _Problem | None:
    for other in table.indexes[:number]:
        if index.kind == other.kind == "database" and index.fields == other.fields is not None:
            continue  # no-duplicate-indexes has it, whatever the two are called
        if other.name == index.name:
            return _Problem(
                index.name_span,
                f"`{index.table}` has two indexes named `{index.name}`: Convex refuses to push the schema",
                "give one of them another name",
                (Related(other.module.path, other.name_span, f"the first `{index.name}`"),),
            )
        if _same_search(index, other):
            return _Problem(
                index.name_span,
                f"{_called(index)} is the same as `{other.name}`: Convex refuses to push the schema",
                f"delete `{index.name}` and let its searches use `{other.name}`",
                (Related(other.module.path, other.name_span, f"`{other.name}` searches the same"),),
            )
    if number == MAX_INDEXES:
        return _Problem(
            index.name_span,
            f"`{index.table}` has {len(table.indexes)} indexes; Convex takes {MAX_INDEXES}, of all kinds",
            "delete those that no query uses (rule unused-index)",
        )
    return None


def _same_search(index: IndexDef, other: IndexDef) -> bool:
    if index.kind == "database" or index.kind != other.kind or index.fields is None or other.fields is None:
        return False
    if index.fields[0] != other.fields[0]:
        return False
    if index.kind == "vector":
        return index.dimensions is not None and index.dimensions == other.dimensions
    return set(index.fields[1:]) == set(other.fields[1:])


def _size_problem(index: IndexDef) -> _Problem | None:
    fields = index.fields
    if index.kind == "database" and fields is not None:
        if not fields:
            return _Problem(
                index.fields_span or index.name_span,
                f"{_called(index)} has no field: Convex refuses to push the schema",
                "name its fields; the order of `_creationTime` needs no index of your own",
            )
        if len(fields) > MAX_FIELDS:
            return _Problem(
                index.fields_span or index.name_span,
                f"{_called(index)} has {len(fields)} fields; Convex takes {MAX_FIELDS} of your own",
                "leave out the fields that no query compares",
            )
    elif fields is not None and len(fields) - 1 > MAX_FILTER_FIELDS:
        return _Problem(
            index.name_span,
            f"{_called(index)} has {len(fields) - 1} filter fields; Convex takes {MAX_FILTER_FIELDS}",
            "leave out the fields that no search filters by",
        )
    size = index.dimensions
    if size is not None and not (MIN_DIMENSIONS <= size <= MAX_DIMENSIONS and size == int(size)):
        return _Problem(
            index.name_span,
            f"{_called(index)} has {size:g} dimensions; Convex takes {MIN_DIMENSIONS} to {MAX_DIMENSIONS}",
            "give the length of the vectors that your embedding model makes",
        )
    return None


def _field_problem(index: IndexDef) -> _Problem | None:
    """A field that no database index may have, or has twice."""
    fields = index.fields or ()
    for number, field in enumerate(fields):
        span = index.field_spans[number] if index.field_spans else index.name_span
        if index.kind != "database":
            continue
        if field == "_creationTime":
            return _Problem(
                span,
                f"{_called(index)} names `_creationTime`, which Convex adds to every index as the last field",
                "leave it out; queries may still compare and order by it",
            )
        if any(part.startswith("_") for part in field.split(".")):
            return _Problem(
                span,
                f"{_called(index)} names `{field}`: fields with `_` in front cannot be indexed",
                "a document is found by its id with `ctx.db.get`"
                if field == "_id"
                else "index another field",
            )
        if field in fields[:number]:
            return _Problem(
                span,
                f"{_called(index)} names `{field}` twice: Convex refuses to push the schema",
                "leave the second one out",
            )
    return None


def _missing_field(program: Program, table: Table, index: IndexDef) -> _Problem | None:
    if not program.schema.validation:
        return None
    for number, field in enumerate(index.fields or ()):
        if field.startswith("_"):
            continue
        span = index.field_spans[number] if index.field_spans else index.name_span
        found = validators_at(table.validator, field)
        if found is not None and not found:
            return _Problem(
                span,
                f"{_called(index)} names `{field}`, which no document of `{table.name}` can have",
                f"add the field to the table, or correct the name: {_known(table)}",
            )
        if (
            number == 0
            and index.kind == "vector"
            and found is not None
            and not any(map(can_be_vector, found))
        ):
            return _Problem(
                span,
                f"{_called(index)} searches `{field}`, which cannot hold a vector",
                f"declare it as `{field}: v.array(v.float64())`",
            )
    return None


def _known(table: Table) -> str:
    names = field_names(table)
    shown = ", ".join(f"`{name}`" for name in names[:8])
    return f"`{table.name}` has {shown}" + (" and more" if len(names) > 8 else "")
