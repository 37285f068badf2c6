"""Convex validators as structure (`v` of convex/values; convex-facts 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from convexlint.structs import Struct

ScalarName = Literal["string", "number", "int64", "boolean", "bytes", "null"]


class ScalarValidator(Struct, frozen=True, gc=False):
    """kind: string, number, int64, boolean, bytes, null."""

    kind: ScalarName


class IdValidator(Struct, frozen=True, gc=False):
    """`v.id("table")`; table None = dynamic."""

    table: str | None


class LiteralValidator(Struct, frozen=True, gc=False):
    value: str | float | bool


class ArrayValidator(Struct, frozen=True, gc=False):
    element: Validator


class FieldValidator(Struct, frozen=True, gc=False):
    validator: Validator
    optional: bool


class ObjectValidator(Struct, frozen=True, eq=False, gc=False):
    """`complete`: every key is known (no spread that could not be followed)."""

    fields: Mapping[str, FieldValidator]
    complete: bool


class RecordValidator(Struct, frozen=True, gc=False):
    key: Validator
    value: Validator


class UnionValidator(Struct, frozen=True, gc=False):
    members: tuple[Validator, ...]


class AnyValidator(Struct, frozen=True, gc=False):
    """`v.any()`."""


class UnknownValidator(Struct, frozen=True, gc=False):
    """An expression that could not be followed."""


class StandIn(Struct, frozen=True):
    """Base of what inference has in the place of a validator until it is written (see `writing/inferred.py`)."""


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
    | StandIn
)
