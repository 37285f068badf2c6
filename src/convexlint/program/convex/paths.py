"""What stands at a dotted path of a table's documents."""

from __future__ import annotations

from convexlint.program.model import Table
from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    ObjectValidator,
    ScalarValidator,
    UnionValidator,
    UnknownValidator,
    Validator,
)


def validators_at(validator: Validator, path: str) -> tuple[Validator, ...] | None:
    """The validators of the values at `path` ("payer.user_id"), one for each union member that has it.

    As Convex follows the fields of indexes: through objects, unions and `v.any()`, not through arrays and records.
    () when no document has the path, None when that is not known.
    """
    found: list[Validator] = []
    return tuple(found) if _walk(validator, tuple(path.split(".")), found) else None


def _walk(validator: Validator, path: tuple[str, ...], found: list[Validator]) -> bool:
    """Add to `found`; False when something on the way is not known."""
    if isinstance(validator, UnionValidator):
        known = [_walk(member, path, found) for member in validator.members]
        return False not in known
    if isinstance(validator, UnknownValidator):
        return False
    if not path or isinstance(validator, AnyValidator):
        found.append(validator)
        return True
    if not isinstance(validator, ObjectValidator):
        return True
    field = validator.fields.get(path[0])
    if field is not None:
        return _walk(field.validator, path[1:], found)
    return validator.complete


def can_be_vector(validator: Validator) -> bool:
    """Whether a value may be an array of numbers."""
    if isinstance(validator, ArrayValidator):
        inner = validator.element
        members = inner.members if isinstance(inner, UnionValidator) else (inner,)
        return any(
            isinstance(member, (AnyValidator, UnknownValidator)) or member == ScalarValidator("number")
            for member in members
        )
    return isinstance(validator, (AnyValidator, UnknownValidator))


def field_names(table: Table) -> list[str]:
    """The top-level fields of a table, of all its variants, in written order."""
    validator = table.validator
    variants = validator.members if isinstance(validator, UnionValidator) else (validator,)
    return list(dict.fromkeys(n for v in variants if isinstance(v, ObjectValidator) for n in v.fields))
