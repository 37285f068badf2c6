"""Fields that have two values at most."""

from __future__ import annotations

from convexlint.program.model import Table
from convexlint.program.validators import (
    LiteralValidator,
    ObjectValidator,
    ScalarValidator,
    UnionValidator,
    Validator,
)


def is_flag(table: Table | None, field: str) -> bool:
    """Whether a field of the table holds a boolean or one of two literals, so that asking for one value of it may keep
    most rows. `field` may be a path ("settings.on")."""
    validator = _of(table, field)
    if isinstance(validator, UnionValidator):
        return len(validator.members) <= 2 and all(isinstance(m, LiteralValidator) for m in validator.members)
    return validator == ScalarValidator("boolean")


def _of(table: Table | None, field: str) -> Validator | None:
    validator: Validator | None = table.validator if table is not None else None
    for part in field.split("."):
        if not isinstance(validator, ObjectValidator) or part not in validator.fields:
            return None
        validator = validator.fields[part].validator
    return validator
