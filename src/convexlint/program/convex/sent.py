"""What clients send, against validators: a text may be an id there, which nobody can tell."""

from __future__ import annotations

from convexlint.program.convex.values import Json, takes
from convexlint.program.validators import (
    ArrayValidator,
    IdValidator,
    ObjectValidator,
    RecordValidator,
    UnionValidator,
    Validator,
)


def refused(validator: Validator, value: Json) -> bool:
    """Whether the validator certainly refuses the value."""
    if isinstance(validator, UnionValidator):
        return bool(validator.members) and all(refused(member, value) for member in validator.members)
    if isinstance(validator, IdValidator):
        return not isinstance(value, str) and takes(validator, value) is False
    if isinstance(validator, ArrayValidator) and isinstance(value, list):
        return any(refused(validator.element, one) for one in value)
    if isinstance(validator, RecordValidator) and isinstance(value, dict):
        return any(refused(validator.value, one) for one in value.values())
    if isinstance(validator, ObjectValidator) and isinstance(value, dict):
        if validator.complete and any(name not in validator.fields for name in value):
            return True
        return any(
            refused(field.validator, value[name]) if name in value else not field.optional
            for name, field in validator.fields.items()
        )
    return takes(validator, value) is False
