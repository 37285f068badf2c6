"""Convex validators as structure (`v` of convex/values; convex-facts 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScalarValidator:
    """kind: string, number, int64, boolean, bytes, null."""

    kind: str


@dataclass(frozen=True, slots=True)
class IdValidator:
    """`v.id("table")`; table None = dynamic."""

    table: str | None


@dataclass(frozen=True, slots=True)
class LiteralValidator:
    value: str | float | bool


@dataclass(frozen=True, slots=True)
class ArrayValidator:
    element: Validator


@dataclass(frozen=True, slots=True)
class FieldValidator:
    validator: Validator
    optional: bool


@dataclass(frozen=True, slots=True, eq=False)
class ObjectValidator:
    """`complete`: every key is known (no spread that could not be followed)."""

    fields: Mapping[str, FieldValidator]
    complete: bool


@dataclass(frozen=True, slots=True)
class RecordValidator:
    key: Validator
    value: Validator


@dataclass(frozen=True, slots=True)
class UnionValidator:
    members: tuple[Validator, ...]


@dataclass(frozen=True, slots=True)
class AnyValidator:
    """`v.any()`."""


@dataclass(frozen=True, slots=True)
class UnknownValidator:
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
