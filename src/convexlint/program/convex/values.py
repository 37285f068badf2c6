"""Convex values as data, and whether a validator takes one (convex-facts 6).

A value is None (null), a bool, a float (number), an `Int64`, a str, `Bytes`, an `IdValue`, a list, or a dict; `Opaque`
where nobody knows what is taken. An id is a string for the backend, so `v.string()` takes it; a string is no id.
"""

from __future__ import annotations

import json

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
from convexlint.structs import Struct


class Int64(Struct, frozen=True):
    value: int = 1


class Bytes(Struct, frozen=True):
    """Some bytes."""


class IdValue(Struct, frozen=True):
    """An id of a document of `table`."""

    table: str


class Opaque(Struct, frozen=True):
    """Some value that a validator takes which could not be followed."""


Plain = None | bool | float | str | Int64 | Bytes | IdValue | Opaque
Json = Plain | list["Json"] | dict[str, "Json"]


def takes(validator: Validator, value: Json, *, loose: bool = False) -> bool | None:
    """Whether the validator takes the value; None where a part of it is not known. `loose`: objects may have more
    fields than the validator names, as readers of results do not mind."""
    if isinstance(validator, AnyValidator):
        return True
    if isinstance(value, Opaque):
        return None
    if isinstance(validator, ScalarValidator):
        return _is_scalar(validator.kind, value)
    if isinstance(validator, IdValidator):
        if not isinstance(value, IdValue):
            return False
        return None if validator.table is None else value.table == validator.table
    if isinstance(validator, LiteralValidator):
        return type(value) is type(_number(validator.value)) and value == validator.value
    if isinstance(validator, ArrayValidator):
        if not isinstance(value, list):
            return False
        return _all([takes(validator.element, one, loose=loose) for one in value])
    if isinstance(validator, ObjectValidator):
        return _takes_object(validator, value, loose)
    if isinstance(validator, RecordValidator):
        if not isinstance(value, dict):
            return False
        keys = [takes(validator.key, key, loose=loose) for key in value]
        return _all([*keys, *(takes(validator.value, one, loose=loose) for one in value.values())])
    if isinstance(validator, UnionValidator):
        answers = [takes(member, value, loose=loose) for member in validator.members]
        return True if True in answers else None if None in answers else False
    return None


def written(value: Json) -> str:
    """The value as TypeScript would write it; ids and bytes as what they are: `<id of users>`."""
    if isinstance(value, Int64):
        return f"{value.value}n"
    if isinstance(value, Bytes):
        return "<bytes>"
    if isinstance(value, Opaque):
        return "..."
    if isinstance(value, IdValue):
        return f"<id of {value.table}>"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, dict):
        pairs = [
            f"{key if key.isidentifier() else json.dumps(key)}: {written(one)}" for key, one in value.items()
        ]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return json.dumps(value, ensure_ascii=False)


def _number(value: str | float | bool) -> str | float | bool:
    return float(value) if type(value) is int else value


def _is_scalar(kind: str, value: Json) -> bool:
    if kind == "string":
        return isinstance(value, (str, IdValue))
    if kind == "number":
        return type(value) is float
    if kind == "int64":
        return isinstance(value, Int64)
    if kind == "boolean":
        return isinstance(value, bool)
    return isinstance(value, Bytes) if kind == "bytes" else kind == "null" and value is None


def _takes_object(validator: ObjectValidator, value: Json, loose: bool) -> bool | None:
    if not isinstance(value, dict):
        return False
    answers: list[bool | None] = []
    for name, field in validator.fields.items():
        if name in value:
            answers.append(takes(field.validator, value[name], loose=loose))
        elif not field.optional:
            answers.append(False)
    if any(name not in validator.fields for name in value) and not loose:
        answers.append(False if validator.complete else None)
    return _all(answers)


def _all(answers: list[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True
