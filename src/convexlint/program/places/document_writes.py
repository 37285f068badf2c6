"""What is written into documents, against the validators of their tables (convex-facts 3.1, 5.3 and 6)."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.program.convex.acceptance import accepts
from convexlint.program.convex.answers import Refusal
from convexlint.program.convex.given import Absent, Either, Given, SomeId, SomeObject, is_nothing
from convexlint.program.model import DatabaseCall, Schema, Table
from convexlint.program.places.givens import given
from convexlint.program.places.sites import database_calls
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import (
    AnyValidator,
    FieldValidator,
    IdValidator,
    ObjectValidator,
    UnionValidator,
    Validator,
)
from convexlint.structs import Struct

_DATA_ARGUMENT = {"insert": 1, "patch": 2, "replace": 2}  # with the table named; one less without
_SYSTEM = ("_id", "_creationTime")


class DocumentWrite(Struct, frozen=True, eq=False):
    """An insert, replace or patch, and what is wrong with its `data`. `table`: the table's name, "" where it is not
    known; `wanted`: what the table takes there, None where it takes anything that can be stored."""

    call: DatabaseCall
    table: str
    data: ir.Expr
    wanted: Validator | None
    refusals: tuple[Refusal, ...]


@listed
def refused_writes(program: Program) -> Iterator[DocumentWrite]:
    """Writes that certainly fail, by module and place. Ids of other tables are `stored_ids`' matter."""
    for call in database_calls(program):
        position = _DATA_ARGUMENT.get(call.method)
        if position is None or call.system or not program.reports(call.place.module):
            continue
        position -= 0 if call.explicit else 1
        if len(call.args) != position + 1 or any(isinstance(arg, ir.Spread) for arg in call.args):
            continue
        name = (call.table if call.explicit else call.id_table) or ""
        table = program.schema.tables.get(name)
        if not call.certain and table is None:
            continue  # what is merely called `db` may be another database
        data = call.args[position]
        value = given(program, call.place.module, data)
        wanted = None if table is None else _wanted(program.schema, table)
        refusals = tuple(r for r in _refusals(call.method, wanted, value) if not _is_other_id(r))
        if refusals:
            yield DocumentWrite(call, name, data, wanted, refusals)


def _wanted(schema: Schema, table: Table) -> Validator | None:
    validator = table.validator
    if not schema.validation:
        return None
    if isinstance(validator, ObjectValidator):
        return _own(validator)
    if isinstance(validator, UnionValidator):
        return UnionValidator(
            tuple(_own(m) if isinstance(m, ObjectValidator) else m for m in validator.members)
        )
    return validator


def _own(validator: ObjectValidator) -> ObjectValidator:
    """Without system fields, which no schema may declare (invalid-schema)."""
    if not any(name in validator.fields for name in _SYSTEM):
        return validator
    fields = {name: field for name, field in validator.fields.items() if name not in _SYSTEM}
    return ObjectValidator(fields, validator.complete)


def _refusals(method: str, wanted: Validator | None, value: Given) -> tuple[Refusal, ...]:
    if isinstance(value, Either):
        answers = [_refusals(method, wanted, option) for option in value.options if not is_nothing(option)]
        refused = [one for one in answers if one]
        whole = bool(refused) and (value.written or len(refused) == len(answers))
        return refused[0] if whole else ()
    found: tuple[Refusal, ...] = ()
    if isinstance(value, SomeObject):
        if method != "insert":
            entries = {name: entry for name, entry in value.entries.items() if name not in _SYSTEM}
            value = SomeObject(value.at, entries, value.others, value.table)
        if not isinstance(wanted, (ObjectValidator, UnionValidator)):
            found = _hidden_fields(value)
    if method == "patch":
        return (*found, *_patch(wanted, value))
    return (*found, *accepts(wanted, value).refusals)


def _hidden_fields(value: SomeObject) -> tuple[Refusal, ...]:
    """Fields at the top of a document that begin with `_`, where no validator knows which there are."""
    return tuple(
        Refusal("key", (), entry.at or value.at, value, None, (name,))
        for name, entry in value.entries.items()
        if name.startswith("_")
        and entry.presence in ("sure", "sometimes")
        and not isinstance(entry.given, Absent)
    )


def _patch(wanted: Validator | None, value: Given) -> tuple[Refusal, ...]:
    """What is given replaces fields one by one; undefined removes one, which must then be optional."""
    if isinstance(wanted, UnionValidator):
        members = [m for m in wanted.members if isinstance(m, ObjectValidator)]
        if len(members) < len(wanted.members) or not members:
            return accepts(None, value).refusals
        return accepts(_merged(members), value).refusals
    if not isinstance(wanted, ObjectValidator):
        return accepts(wanted, value).refusals
    removed: list[Refusal] = []
    for name, entry in value.entries.items() if isinstance(value, SomeObject) else ():
        field = wanted.fields.get(name)
        if field is not None and not field.optional and isinstance(entry.given, Absent):
            removed.append(Refusal("missing", (), entry.at or value.at, value, wanted, (name,)))
    return (*removed, *accepts(_partial(wanted), value).refusals)


def _partial(wanted: ObjectValidator) -> ObjectValidator:
    fields = {name: FieldValidator(field.validator, True) for name, field in wanted.fields.items()}
    return ObjectValidator(fields, wanted.complete)


def _merged(members: list[ObjectValidator]) -> ObjectValidator:
    """What some member of a union takes: a patch may not say which one the document is."""
    fields: dict[str, FieldValidator] = {}
    for name in dict.fromkeys(name for member in members for name in member.fields):
        found = tuple(member.fields[name].validator for member in members if name in member.fields)
        several = any(isinstance(one, AnyValidator) for one in found)
        merged = AnyValidator() if several else found[0] if len(found) == 1 else UnionValidator(found)
        fields[name] = FieldValidator(merged, True)
    return ObjectValidator(fields, all(member.complete for member in members))


def _is_other_id(refusal: Refusal) -> bool:
    """Whether an id of another table is all that is wrong."""
    wanted = refusal.wanted
    ids = wanted.members if isinstance(wanted, UnionValidator) else (wanted,)
    return isinstance(refusal.given, SomeId) and any(isinstance(one, IdValidator) for one in ids)
