"""What is known of a value that is handed to Convex: an argument, a document, a result.

Between "this very value" and "nothing is known" lies most of what a program hands over: some text, a document of a
table, an object of which two fields are known. Whoever asks `acceptance` puts what it knows into these words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from convexlint.findings import Span
from convexlint.program.convex.values import Bytes, IdValue, Int64, Json, Unfollowed
from convexlint.program.model import Module
from convexlint.program.validators import (
    ArrayValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    UnionValidator,
    Validator,
)
from convexlint.structs import Struct

Presence = Literal["sure", "sometimes", "optional", "perhaps"]
"""Whether a field is there: surely; where a condition that is written holds; its type or validator leaves it open;
nobody knows."""


class Source(Struct, frozen=True, eq=False):
    """Where a value is written."""

    module: Module
    span: Span

    def contains(self, other: Source) -> bool:
        return self.module is other.module and self.span.contains(other.span)


class Given(Struct, frozen=True, eq=False):
    """Nothing is known of the value, unless it is one of the kinds below. `at`: where it is written, None where
    that is not in the source."""

    at: Source | None = None


UNKNOWN = Given()


class Absent(Given, frozen=True, eq=False):
    """`undefined`: as a field it is not sent, as an element of an array it throws."""


class Constant(Given, frozen=True, eq=False):
    """This very value; None is null."""

    value: str | float | bool | None = None


class Some(Given, frozen=True, eq=False):
    """Some value of a kind: string, number, int64, boolean, bytes, null."""

    kind: str = ""


class SomeId(Given, frozen=True, eq=False):
    """An id of a document of `table`."""

    table: str = ""


class SomeList(Given, frozen=True, eq=False):
    """An array: `items` are in it, and any number of `more` (None: no others)."""

    items: tuple[Given, ...] = ()
    more: Given | None = None


class Entry(Struct, frozen=True, eq=False):
    """A field of an object. `at`: its key and value, or the spread that brings it. `table`: it came with a document of
    that table."""

    given: Given
    presence: Presence = "sure"
    at: Source | None = None
    table: str = ""


class SomeObject(Given, frozen=True, eq=False):
    """An object with these fields. `others`: what its other fields hold, if any; None: there are none. `table`: it is
    a whole document of that table."""

    entries: Mapping[str, Entry] = {}
    others: Given | None = None
    table: str = ""


class Either(Given, frozen=True, eq=False):
    """One of several. `written`: each is an arm of a condition that is written, so each does come; otherwise some
    may have been ruled out on the way."""

    options: tuple[Given, ...] = ()
    written: bool = False


class Foreign(Given, frozen=True, eq=False):
    """A value that Convex neither stores nor sends (convex-facts 3.1). `name`: "Date", "Map", the name of a class."""

    name: str = ""


def from_json(value: Json) -> Given:
    """A value that is known whole."""
    if isinstance(value, Int64):
        return Some(kind="int64")
    if isinstance(value, Bytes):
        return Some(kind="bytes")
    if isinstance(value, IdValue):
        return SomeId(table=value.table)
    if isinstance(value, Unfollowed):
        return UNKNOWN
    if isinstance(value, list):
        return SomeList(items=tuple(map(from_json, value)))
    if isinstance(value, dict):
        return SomeObject(entries={name: Entry(from_json(one)) for name, one in value.items()})
    return Constant(value=value)


def passing(validator: Validator, at: Source | None = None) -> Given:
    """Any value that passes the validator."""
    if isinstance(validator, ScalarValidator):
        return Constant(at, None) if validator.kind == "null" else Some(at, validator.kind)
    if isinstance(validator, IdValidator):
        return Some(at, "string") if validator.table is None else SomeId(at, validator.table)
    if isinstance(validator, LiteralValidator):
        return Constant(at, validator.value)
    if isinstance(validator, ArrayValidator):
        return SomeList(at, (), passing(validator.element, at))
    if isinstance(validator, ObjectValidator):
        entries = {
            name: Entry(passing(field.validator, at), "optional" if field.optional else "sure")
            for name, field in validator.fields.items()
        }
        return SomeObject(at, entries, None if validator.complete else UNKNOWN)
    if isinstance(validator, RecordValidator):
        return SomeObject(at, {}, passing(validator.value, at))
    if isinstance(validator, UnionValidator) and validator.members:
        return Either(at, tuple(passing(member, at) for member in validator.members))
    return UNKNOWN if at is None else Given(at)


def is_nothing(value: Given) -> bool:
    """Whether it is null or undefined."""
    return isinstance(value, Absent) or (isinstance(value, Constant) and value.value is None)
