"""Entries of objects that inference puts together, and what may stand in a validator that Convex takes."""

from __future__ import annotations

from convexlint.program.evaluation.values import (
    BOOLEAN,
    NULL,
    STRING,
    UNDEFINED,
    Fields,
    ListOf,
    Lit,
    PageOf,
    RecordOf,
    members,
    one_of,
)
from convexlint.program.model import Table
from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    IdValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    UnionValidator,
    UnknownValidator,
    Validator,
)


def page_fields(page: PageOf) -> Fields:
    """What `.paginate()` gives, as an object that can be spread."""
    statuses = [Lit(text, declared=True) for text in ("SplitRecommended", "SplitRequired")]
    return Fields(
        (
            ("page", ListOf(page.element), False),
            ("isDone", BOOLEAN, False),
            ("continueCursor", STRING, False),
            ("splitCursor", one_of([STRING, NULL, UNDEFINED]), True),
            ("pageStatus", one_of([*statuses, NULL, UNDEFINED]), True),
        )
    )


def record_fields(record: RecordOf, names: tuple[str, ...]) -> Fields:
    """`Record<"draft" | "live", T>` as the object that it is."""
    optional = UNDEFINED in members(record.value)
    return Fields(tuple((name, record.value, optional) for name in names))


def plain_key(validator: Validator) -> Validator:
    """A record's key: Convex takes strings and ids there, no literals (convex-facts 6)."""
    if isinstance(validator, (IdValidator, ScalarValidator)):
        return validator
    return ScalarValidator("string")


def is_known(validator: Validator) -> bool:
    """Whether a validator could be read to its last part."""
    if isinstance(validator, (UnknownValidator,)) or validator == IdValidator(None):
        return False
    if isinstance(validator, ArrayValidator):
        return is_known(validator.element)
    if isinstance(validator, ObjectValidator):
        return validator.complete and all(is_known(f.validator) for f in validator.fields.values())
    if isinstance(validator, RecordValidator):
        return is_known(validator.key) and is_known(validator.value)
    if isinstance(validator, UnionValidator):
        return all(is_known(m) for m in validator.members)
    return True


def is_complete(table: Table) -> bool:
    return is_known(table.validator) and not isinstance(table.validator, AnyValidator)
