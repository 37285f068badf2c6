"""How large values are when they are written out: a value that stands twice in the next one, over and over, is small in
memory and endless to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from convexlint.program.evaluation.values import (
    Bound,
    Fields,
    ListOf,
    MapOf,
    Merged,
    OneOf,
    PageOf,
    PromiseOf,
    RecordOf,
    SetOf,
    ValidatorOf,
)
from convexlint.program.validators import (
    ArrayValidator,
    FieldValidator,
    ObjectValidator,
    RecordValidator,
    UnionValidator,
)

MAX_WEIGHT = 5_000
"""Parts of a value, written out. Beyond it the value is unknown. (In real projects: up to 450.)"""

_SMALL = 32
"""Weights below this are not remembered: to count again is as quick."""

COMPOSED = frozenset(
    {Fields, ListOf, MapOf, Merged, OneOf, PageOf, PromiseOf, RecordOf, SetOf, ValidatorOf, Bound}
)


class Weights:
    """Remembers how large the values are that it saw."""

    def __init__(self) -> None:
        # By id, with the value itself, so that no other gets its id.
        self._known: dict[int, tuple[int, object]] = {}

    def of(self, value: object) -> int:
        """How many parts a value has; at most one more than MAX_WEIGHT."""
        parts = _PARTS.get(type(value))
        if parts is None:
            return 1
        known = self._known.get(id(value))
        if known is not None:
            return known[0]
        total = 1
        for part in parts(value):
            total += self.of(part) if type(part) in _PARTS else 1  # most are plain
            if total > MAX_WEIGHT:
                total = MAX_WEIGHT + 1
                break
        if total >= _SMALL:
            self._known[id(value)] = (total, value)
        return total


def _list(value: ListOf) -> Iterable[object]:
    return (value.element,) if value.items is None else (value.element, *value.items)


_PARTS: dict[type, Callable[[Any], Iterable[object]]] = {
    Fields: lambda value: [entry[1] for entry in value.entries],
    OneOf: lambda value: value.members,
    ListOf: _list,
    PromiseOf: lambda value: (value.value,),
    RecordOf: lambda value: (value.value,),
    MapOf: lambda value: (value.value,),
    SetOf: lambda value: (value.element,),
    PageOf: lambda value: (value.element,),
    Merged: lambda value: value.parts,
    Bound: lambda value: (value.receiver,),
    ValidatorOf: lambda value: (value.validator,),
    ObjectValidator: lambda value: value.fields.values(),
    FieldValidator: lambda value: (value.validator,),
    UnionValidator: lambda value: value.members,
    ArrayValidator: lambda value: (value.element,),
    RecordValidator: lambda value: (value.value,),
}
"""What values are made of, those that are made of others."""
