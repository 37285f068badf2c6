"""Validators read from the JSON that Convex itself writes: `{"type": "array", "value": {"type": "string"}}`
(convex-js `values/validators.ts`, `ValidatorJSON`)."""

from __future__ import annotations

from typing import Any

from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    FieldValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarName,
    ScalarValidator,
    UnionValidator,
    UnknownValidator,
    Validator,
)

_SCALARS: dict[str, ScalarName] = {
    "string": "string",
    "number": "number",
    "boolean": "boolean",
    "bigint": "int64",
    "bytes": "bytes",
    "null": "null",
}
_DEPTH = 100


def read_json_type(data: Any, depth: int = 0) -> Validator:
    """The validator; what convexlint has not heard of is unknown. Raises ValueError for what is none."""
    kind = data.get("type") if isinstance(data, dict) else None
    if not isinstance(kind, str) or depth > _DEPTH:
        raise ValueError(f"this is not a validator: {str(data)[:60]}")
    value = data.get("value")
    if kind in _SCALARS:
        return ScalarValidator(_SCALARS[kind])
    if kind == "any":
        return AnyValidator()
    if kind == "literal":
        return LiteralValidator(value) if isinstance(value, (str, bool, int, float)) else UnknownValidator()
    if kind == "id":
        return IdValidator(str(data["tableName"]))
    if kind == "array":
        return ArrayValidator(read_json_type(value, depth + 1))
    if kind == "union" and isinstance(value, list):
        return UnionValidator(tuple(read_json_type(member, depth + 1) for member in value))
    if kind == "record":
        return RecordValidator(
            read_json_type(data["keys"], depth + 1), _field(data["values"], depth + 1).validator
        )
    if kind == "object" and isinstance(value, dict):
        return ObjectValidator({name: _field(one, depth + 1) for name, one in value.items()}, True)
    return UnknownValidator()


def _field(data: Any, depth: int) -> FieldValidator:
    if not isinstance(data, dict):
        raise ValueError(f"this is not a field: {str(data)[:60]}")
    return FieldValidator(read_json_type(data.get("fieldType"), depth), bool(data.get("optional")))
