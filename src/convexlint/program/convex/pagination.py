"""What validators of pagination options let pass, beside what `paginate` and its clients need (convex-facts 4.4)."""

from __future__ import annotations

from convexlint.program.validators import (
    AnyValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    UnionValidator,
    UnknownValidator,
    Validator,
)
from convexlint.structs import Struct, replace

# What usePaginatedQuery and the other clients may send.
_SENT = frozenset({"numItems", "cursor", "endCursor", "id", "maximumRowsRead", "maximumBytesRead"})
# Without a number of items `paginate` throws.
_COUNT, _CURSOR = "numItems", "cursor"


class PaginationMistake(Struct, frozen=True):
    """What is wrong with a validator of pagination options. `certain`: `paginate` takes nothing that it lets pass.
    `field`: the field that `paginate` needs and misses, "" where it has all. `refuses_id`: it refuses the `id` that
    hooks of React send."""

    certain: bool
    field: str = ""
    refuses_id: bool = False


def mistake_of(validator: Validator) -> PaginationMistake | None:
    """None where the validator takes all that clients send, or is not known."""
    if isinstance(validator, (UnknownValidator, AnyValidator, RecordValidator)):
        return None
    if isinstance(validator, UnionValidator):
        found = [mistake_of(member) for member in validator.members]
        if not found or None in found:
            return None
        mistakes = [one for one in found if one is not None]
        best = max(mistakes, key=lambda one: not one.certain)
        return replace(best, refuses_id=all(one.refuses_id or one.certain for one in mistakes))
    if not isinstance(validator, ObjectValidator):
        return PaginationMistake(certain=True)
    count = validator.fields.get(_COUNT)
    if count is None and validator.complete:
        return PaginationMistake(certain=True, field=_COUNT)
    if count is not None and not _may_be(count.validator, "number"):
        return PaginationMistake(certain=True, field=_COUNT)
    cursor = validator.fields.get(_CURSOR)
    if cursor is not None and not (_may_be(cursor.validator, "string") or _may_be(cursor.validator, "null")):
        return PaginationMistake(certain=True, field=_CURSOR)
    if not validator.complete or validator.fields.keys() >= _SENT:
        return None
    for name, one in ((_COUNT, count), (_CURSOR, cursor)):
        if one is None or one.optional:
            return PaginationMistake(False, name, "id" not in validator.fields)
    return PaginationMistake(False, refuses_id="id" not in validator.fields)


def _may_be(validator: Validator, kind: str) -> bool:
    if isinstance(validator, UnionValidator):
        return any(_may_be(member, kind) for member in validator.members)
    if isinstance(validator, LiteralValidator):
        return isinstance(validator.value, str if kind == "string" else (int, float)) and kind != "null"
    if isinstance(validator, ScalarValidator):
        return validator.kind == kind
    return isinstance(validator, (UnknownValidator, AnyValidator))
