"""Convex validators as structure (`v` of convex/values; convex-facts 6)."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class ScalarValidator(Struct, frozen=True):
    """kind: string, number, int64, boolean, bytes, null."""

    kind: str


class IdValidator(Struct, frozen=True):
    """`v.id("table")`; table None = dynamic."""

    table: str | None


class LiteralValidator(Struct, frozen=True):
    value: str | float | bool


class ArrayValidator(Struct, frozen=True):
    element: Validator


class FieldValidator(Struct, frozen=True):
    validator: Validator
    optional: bool


class ObjectValidator(Struct, frozen=True, eq=False):
    """`complete`: every key is known (no spread that could not be followed)."""

    fields: Mapping[str, FieldValidator]
    complete: bool


class RecordValidator(Struct, frozen=True):
    key: Validator
    value: Validator


class UnionValidator(Struct, frozen=True):
    members: tuple[Validator, ...]


class AnyValidator(Struct, frozen=True):
    """`v.any()`."""


class UnknownValidator(Struct, frozen=True):
    """An expression that could not be followed."""


Validator = (
    ScalarValidator
    | IdValidator
    | LiteralValidator
    | ArrayValidator
    | ObjectValidator
    | RecordValidator
    | UnionValidator
    | AnyValidator
    | UnknownValidator
)
