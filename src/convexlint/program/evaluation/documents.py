"""Validators and documents as values: what passes `v.id("t")`, what a field of a table's document holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.program.evaluation.values import (
    BOOLEAN,
    NUMBER,
    STRING,
    UNDEFINED,
    UNKNOWN,
    Fields,
    IdOf,
    ListOf,
    Lit,
    RecordOf,
    Scalar,
    Value,
    one_of,
)
from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    UnionValidator,
    Validator,
)

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_SYSTEM_FIELDS: dict[str, dict[str, Value]] = {
    "_storage": {"sha256": STRING, "size": NUMBER, "contentType": one_of([STRING, UNDEFINED])},
    "_scheduled_functions": {
        "name": STRING,
        "scheduledTime": NUMBER,
        "completedTime": one_of([NUMBER, UNDEFINED]),
    },
}

_SCALARS = {
    "string": STRING,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "int64": Scalar("bigint"),
    "bytes": Scalar("bytes"),
    "null": Scalar("null"),
}


def validator_value(validator: Validator) -> Value:
    """The value that passes a validator."""
    if isinstance(validator, ScalarValidator):
        return _SCALARS.get(validator.kind, UNKNOWN)
    if isinstance(validator, IdValidator):
        return UNKNOWN if validator.table is None else IdOf(validator.table)
    if isinstance(validator, LiteralValidator):
        return Lit(validator.value, declared=True)
    if isinstance(validator, ArrayValidator):
        return ListOf(validator_value(validator.element))
    if isinstance(validator, ObjectValidator):
        return Fields(
            tuple(
                (name, field_value(f.validator, f.optional), f.optional)
                for name, f in validator.fields.items()
            ),
            open=not validator.complete,
            anys=tuple((name, f) for name, f in validator.fields.items() if _may_be_anything(f.validator)),
        )
    if isinstance(validator, RecordValidator):
        return RecordOf(validator_value(validator.key), validator_value(validator.value))
    if isinstance(validator, UnionValidator):
        return one_of(validator_value(m) for m in validator.members)
    return UNKNOWN


def _may_be_anything(validator: Validator) -> bool:
    """Whether a `v.any()` stands in a validator, outside of its objects."""
    if isinstance(validator, ArrayValidator):
        return _may_be_anything(validator.element)
    if isinstance(validator, RecordValidator):
        return _may_be_anything(validator.value)
    if isinstance(validator, UnionValidator):
        return any(map(_may_be_anything, validator.members))
    return isinstance(validator, AnyValidator)


def field_value(validator: Validator, optional: bool) -> Value:
    value = validator_value(validator)
    return one_of([value, UNDEFINED]) if optional else value


def doc_field(ev: Evaluator, table: str, name: str) -> Value:
    """A field of a document of `table`."""
    if name == "_id":
        return IdOf(table)
    if name == "_creationTime":
        return NUMBER
    system = _SYSTEM_FIELDS.get(table)
    if system is not None:
        return system.get(name, UNKNOWN)
    definition = ev.tables.get(table)
    if definition is None:
        return UNKNOWN
    return _validator_field(definition.validator, name)


def _validator_field(validator: Validator, name: str) -> Value:
    if isinstance(validator, ObjectValidator):
        found = validator.fields.get(name)
        if found is None:
            return UNKNOWN
        return field_value(found.validator, found.optional)
    if isinstance(validator, UnionValidator):
        found_in = [m for m in validator.members if isinstance(m, ObjectValidator) and name in m.fields]
        if not found_in or any(not isinstance(m, ObjectValidator) for m in validator.members):
            return UNKNOWN
        return one_of(_validator_field(m, name) for m in found_in)
    return UNKNOWN


def doc_fields(ev: Evaluator, table: str) -> Fields | None:
    """A document as an object with known fields, None when the table is not an object."""
    definition = ev.tables.get(table)
    if definition is None or not isinstance(definition.validator, ObjectValidator):
        return None
    entries = [("_id", IdOf(table), False), ("_creationTime", NUMBER, False)]
    for name, f in definition.validator.fields.items():
        entries.append((name, field_value(f.validator, f.optional), f.optional))
    return Fields(tuple(entries), not definition.validator.complete, table)
