"""What Convex's own backend does at a push, line by line: `Validator::check_value` and `Validator::is_subset` of
`crates/common/src/schemas/validator.rs` (docs/convex.md 14.1), over our validators and values. It is written from that
source and asks nothing of convexlint, so that the two can be held against each other."""

from __future__ import annotations

from convexlint.program.convex.values import Bytes, IdValue, Int64, Json
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

BOOLEAN = ScalarValidator("boolean")


def check_value(validator: Validator, value: Json) -> bool:
    """Whether a document that exists passes (`check_value_internal`)."""
    if isinstance(validator, AnyValidator):
        return True
    if isinstance(validator, IdValidator):  # `Id`: a string that is the id of just this table
        return isinstance(value, IdValue) and value.table == validator.table
    if isinstance(validator, LiteralValidator):
        return type(value) is type(validator.value) and value == validator.value
    if isinstance(validator, ArrayValidator):
        return isinstance(value, list) and all(check_value(validator.element, one) for one in value)
    if isinstance(validator, RecordValidator):
        return isinstance(value, dict) and all(
            check_value(validator.key, key) and check_value(validator.value, one)
            for key, one in value.items()
        )
    if isinstance(validator, ObjectValidator):
        if not isinstance(value, dict) or not set(value) <= set(validator.fields):  # ExtraField
            return False
        return all(
            check_value(field.validator, value[name]) if name in value else field.optional
            for name, field in validator.fields.items()
        )
    if isinstance(validator, UnionValidator):
        return any(check_value(member, value) for member in validator.members)
    assert isinstance(validator, ScalarValidator)
    return _is_scalar(validator.kind, value)


def _is_scalar(kind: str, value: Json) -> bool:
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str, IdValue),
        "number": (float,),
        "boolean": (bool,),
        "int64": (Int64,),
        "bytes": (Bytes,),
        "null": (type(None),),
    }
    return type(value) in kinds[kind]


def is_subset(one: Validator, other: Validator) -> bool:
    """Whether the push looks at no document, since the schema in force is a subset of the new one (`is_subset`, asked
    by `must_revalidate_table`). False does not say that a document is refused."""
    if isinstance(one, ArrayValidator) and isinstance(other, ArrayValidator):
        return is_subset(one.element, other.element)
    if isinstance(one, ObjectValidator) and isinstance(other, ObjectValidator):
        return set(one.fields) <= set(other.fields) and all(
            field.optional
            if name not in one.fields
            else (not one.fields[name].optional or field.optional)
            and is_subset(one.fields[name].validator, field.validator)
            for name, field in other.fields.items()
        )
    if one == other or isinstance(other, AnyValidator):
        return True
    if isinstance(one, LiteralValidator) and isinstance(other, ScalarValidator):
        return _is_scalar(other.kind, one.value)
    if isinstance(one, IdValidator) and other == ScalarValidator("string"):
        return True
    if isinstance(one, UnionValidator):
        return all(is_subset(member, other) for member in one.members)
    if isinstance(other, UnionValidator):
        if any(is_subset(one, member) for member in other.members):
            return True
        return one == BOOLEAN and all(is_subset(LiteralValidator(b), other) for b in (True, False))
    return False
