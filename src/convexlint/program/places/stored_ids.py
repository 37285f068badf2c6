"""Ids that are written into, or compared with, fields which take ids of another table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import id_table
from convexlint.program.model import DatabaseCall, Module, QueryStep, Schema, StoredId, Table
from convexlint.program.places.sites import Locator, placing, sites
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import (
    FieldValidator,
    IdValidator,
    ObjectValidator,
    ScalarValidator,
    UnionValidator,
    Validator,
)

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_DATA_ARGUMENT = {"insert": 1, "patch": 2, "replace": 2}  # with the table named; one less without


@listed
def stored_ids(program: Program) -> Iterator[StoredId]:
    """Ids that certainly do not fit their field: those of writes first, each by module and place."""
    ev, places, schema = program.ev, placing(program), program.schema
    finder = sites(program)
    for call in finder.database_calls:
        if call.place.module.reported and not call.system and call.method in _DATA_ARGUMENT:
            yield from _written(ev, places, call, schema)
    for step in finder.steps:
        if step.place.module.reported and step.method == "withIndex" and step.range:
            yield from _compared(ev, places, step, schema)


def _written(ev: Evaluator, places: Locator, call: DatabaseCall, schema: Schema) -> Iterator[StoredId]:
    table = schema.tables.get((call.table if call.explicit else call.id_table) or "")
    position = _DATA_ARGUMENT[call.method] - (0 if call.explicit else 1)
    if table is None or position >= len(call.args):
        return
    data = call.args[position]
    while isinstance(data, ir.Cast):
        if data.kind == "as":
            return
        data = data.value
    if not isinstance(data, ir.Object):
        return
    for prop in data.props:
        if prop.key is not None and prop.kind in ("pair", "shorthand"):
            found = _contradiction(ev, call.place.module, table, prop.key, prop.value)
            if found is not None:
                place = places.at(call.place.module, prop.value.start, prop.value.end, call.place.owner)
                yield StoredId(place, table.name, prop.key, found[0], found[1], call.method)


def _compared(ev: Evaluator, places: Locator, step: QueryStep, schema: Schema) -> Iterator[StoredId]:
    table = schema.tables.get(step.table or "")
    if table is None:
        return
    for part in step.range or ():
        if part.field is None or part.value is None or part.method != "eq":
            continue
        home = step.place.module
        if not Span(step.place.span.start, step.call_span.end).contains(part.span):
            continue  # the callback stands elsewhere
        found = _contradiction(ev, home, table, part.field, part.value)
        if found is not None:
            place = places.at(home, part.value.start, part.value.end, step.place.owner)
            yield StoredId(place, table.name, part.field, found[0], found[1], part.method)


def _contradiction(
    ev: Evaluator, module: Module, table: Table, field: str, node: ir.Expr
) -> tuple[tuple[str, ...], str] | None:
    """(tables whose ids the field takes, table of the given id) where these disagree."""
    expected = _id_tables(table, field)
    if not expected or isinstance(node, ir.Cast):
        return None
    given = id_table(ev.expr(module, node))
    return None if given is None or given in expected else (expected, given)


def _id_tables(table: Table, field: str) -> tuple[str, ...]:
    """The tables whose ids a field takes; () when it takes anything else too, or is not known."""
    if field == "_id":
        return (table.name,)
    variants = table.validator.members if isinstance(table.validator, UnionValidator) else (table.validator,)
    names: list[str] = []
    for variant in variants:
        if not isinstance(variant, ObjectValidator) or not variant.complete:
            return ()
        declared = variant.fields.get(field)
        if declared is not None:
            found = _of(declared)
            if not found:
                return ()
            names += found
    return tuple(dict.fromkeys(names))


def _of(declared: FieldValidator) -> list[str]:
    members: list[Validator] = [declared.validator]
    names: list[str] = []
    while members:
        member = members.pop(0)
        if isinstance(member, IdValidator) and member.table is not None:
            names.append(member.table)
        elif isinstance(member, UnionValidator):
            members += member.members
        elif member != ScalarValidator("null"):
            return []
    return names
