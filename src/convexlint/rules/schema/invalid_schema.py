"""Tables that Convex refuses to push, or that can never hold a document."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related, Span
from convexlint.program.convex.identifiers import identifier_problem
from convexlint.program.model import Table
from convexlint.program.places.validator_sites import table_sites, validator_fields
from convexlint.program.places.validator_uses import FieldSite, TableSite
from convexlint.program.program import Program
from convexlint.program.validators import (
    AnyValidator,
    IdValidator,
    ObjectValidator,
    UnionValidator,
    UnknownValidator,
    Validator,
)
from convexlint.rules.rule import NoOptions, rule

_SYSTEM = ("_id", "_creationTime")


@rule(category=Category.SCHEMA, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for table in program.schema.tables.values():
        if table.module is not None and table.name_span is not None:
            yield from _name(table.name, table.module.path, table.name_span)
    for site in table_sites(program):
        yield from _whole(site)
    yield from _fields(program)
    if program.schema.validation:
        yield from _cycles(program)


def _name(name: str, path: str, span: Span) -> Iterator[Finding]:
    problem = identifier_problem(name)
    if problem is not None:
        message = f"the table name `{name}` {problem}: Convex refuses to push the schema"
        advice = "rename it: letters, digits and `_`, at most 64"
    elif name.startswith("_"):
        message = (
            f"the table name `{name}` begins with `_`, which Convex keeps for its own tables: the push fails"
        )
        advice = f"rename it, for instance to `{name.lstrip('_')}`"
    else:
        return
    yield Finding(path=path, span=span, message=message, help=advice)


def _whole(site: TableSite) -> Iterator[Finding]:
    validator, name = site.table.validator, site.table.name
    if site.argument_span is None or isinstance(validator, (ObjectValidator, AnyValidator, UnknownValidator)):
        return
    if isinstance(validator, UnionValidator):
        if all(isinstance(m, (ObjectValidator, UnknownValidator)) for m in validator.members):
            return
        message = f"table `{name}` is a union of more than objects: Convex refuses to push the schema"
        advice = (
            "every member must be a `v.object({...})` itself; unions inside the union are to be flattened"
        )
    else:
        message = f"the documents of `{name}` are not objects: Convex refuses to push the schema"
        advice = "a table takes `{ field: ... }`, `v.object({...})`, a union of objects, or `v.any()`"
    yield Finding(path=site.module.path, span=site.argument_span, message=message, help=advice)


def _fields(program: Program) -> Iterator[Finding]:
    """The fields of tables; those of objects inside them are invalid-validator's."""
    seen: set[tuple[str, Span]] = set()
    for field in validator_fields(program):
        use = field.use
        spot = (field.module.path, field.key_span)
        if use.role != "schema" or len(use.path) != 1 or spot in seen:
            continue
        problem = identifier_problem(field.key)
        if problem is not None:
            message = f"field `{field.key}` of `{use.table}` {problem}: Convex refuses to push the schema"
            advice = "rename it: letters, digits and `_`, at most 64"
        elif field.key in _SYSTEM:
            message = f"`{field.key}` is a system field: every document of `{use.table}` has it already"
            advice = "delete the line; Convex fills the field, and the types of documents contain it"
        elif field.key.startswith("_"):
            message = f"field `{field.key}` of `{use.table}` begins with `_`: no document can have it"
            advice = f"rename it, for instance to `{field.key.lstrip('_')}`"
        else:
            continue
        seen.add(spot)
        yield Finding(path=field.module.path, span=field.key_span, message=message, help=advice)


# ------------------------------------------------------------------------------------------------- cycles


def _cycles(program: Program) -> Iterator[Finding]:
    """Tables each of whose documents needs a document of the next one, round and round."""
    tables = {t.name: t for t in program.schema.tables.values()}
    needs = {name: _needed(table) for name, table in tables.items()}
    places: dict[tuple[str, str], FieldSite] = {}
    for field in validator_fields(program):
        if field.use.role == "schema" and field.use.table is not None:
            places.setdefault((field.use.table, ".".join(field.use.path)), field)
    seen: set[str] = set()
    for start in sorted(tables):
        cycle = _shortest_cycle(start, needs)
        if not cycle or seen & {table for table, _ in cycle}:
            continue
        seen |= {table for table, _ in cycle}
        links = [(table, path, places.get((table, path))) for table, path in cycle]
        first = next((site for _, _, site in links if site is not None and site.module.reported), None)
        if first is None:
            continue
        way = " -> ".join([*(f"`{table}.{path}`" for table, path, _ in links), f"`{start}`"])
        if len(links) == 1:
            message = f"`{start}` can never have a document: each one needs another one first ({way})"
        else:
            message = f"`{start}` can never have a document: required ids go in a circle ({way})"
        yield Finding(
            path=first.module.path,
            span=first.key_span,
            message=message,
            help="make one of these fields optional, `v.optional(v.id(...))`, and fill it in afterwards",
            related=tuple(
                Related(site.module.path, site.key_span, f"`{table}.{path}` is required too")
                for table, path, site in links
                if site is not None and site is not first
            ),
        )


def _needed(table: Table) -> dict[str, str]:
    """Table -> path of a field whose id every document of `table` must hold."""
    found: dict[str, str] = {}
    if isinstance(table.validator, ObjectValidator) and table.validator.complete:
        _collect(table.validator, (), found)
    return found


def _collect(validator: Validator, path: tuple[str, ...], found: dict[str, str]) -> None:
    if isinstance(validator, IdValidator) and validator.table is not None:
        found.setdefault(validator.table, ".".join(path))
    elif isinstance(validator, ObjectValidator):
        for name, field in validator.fields.items():
            if not field.optional:
                _collect(field.validator, (*path, name), found)


def _shortest_cycle(start: str, needs: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
    """The shortest way from `start` back to it, as (table, path of the field); [] where there is none."""
    waves: list[tuple[str, list[tuple[str, str]]]] = [(start, [])]
    seen: set[str] = set()
    while waves:
        table, way = waves.pop(0)
        for target, path in needs.get(table, {}).items():
            step = [*way, (table, path)]
            if target == start:
                return step
            if target not in seen:
                seen.add(target)
                waves.append((target, step))
    return []
