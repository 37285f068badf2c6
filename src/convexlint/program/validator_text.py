"""Validators as code."""

from __future__ import annotations

import json

from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    FieldValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    UnionValidator,
    Validator,
)


def field_text(field: FieldValidator, v: str) -> str | None:
    """`v.optional(v.string())`, with `v` as the module writes it; None where some part of it is not known."""
    text = validator_text(field.validator, v)
    return f"{v}.optional({text})" if text is not None and field.optional else text


def validator_text(validator: Validator, v: str) -> str | None:
    """As `field_text`, of a validator alone."""
    if isinstance(validator, ScalarValidator):
        return f"{v}.{validator.kind}()"
    if isinstance(validator, IdValidator):
        return None if validator.table is None else f"{v}.id({json.dumps(validator.table)})"
    if isinstance(validator, LiteralValidator):
        value = validator.value
        whole = isinstance(value, float) and value.is_integer()
        return f"{v}.literal({json.dumps(int(value) if whole else value)})"
    if isinstance(validator, AnyValidator):
        return f"{v}.any()"
    if isinstance(validator, ArrayValidator):
        return _call(v, "array", [validator_text(validator.element, v)])
    if isinstance(validator, RecordValidator):
        return _call(v, "record", [validator_text(validator.key, v), validator_text(validator.value, v)])
    if isinstance(validator, UnionValidator):
        return _call(v, "union", [validator_text(member, v) for member in validator.members])
    if isinstance(validator, ObjectValidator) and validator.complete:
        fields = [(name, field_text(field, v)) for name, field in validator.fields.items()]
        if any(text is None for _, text in fields):
            return None
        return f"{v}.object({{ {', '.join(f'{name}: {text}' for name, text in fields)} }})"
    return None


def _call(v: str, name: str, parts: list[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    return f"{v}.{name}({', '.join(known)})" if len(known) == len(parts) else None
