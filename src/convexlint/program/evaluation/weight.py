"""How large values are when they are written out: a value that stands twice in the next one, over and over, is small in
memory and endless to look at."""

from __future__ import annotations

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
        known = self._known.get(id(value))
        if known is not None:
            return known[0]
        total = 1
        for part in _parts(value):
            total += self.of(part)
            if total > MAX_WEIGHT:
                total = MAX_WEIGHT + 1
                break
        if total >= _SMALL:
            self._known[id(value)] = (total, value)
        return total


def _parts(value: object) -> tuple[object, ...]:
    if isinstance(value, Fields):
        return tuple(entry[1] for entry in value.entries)
    if isinstance(value, OneOf):
        return value.members
    if isinstance(value, ListOf):
        return (value.element,) if value.items is None else (value.element, *value.items)
    if isinstance(value, (PromiseOf, RecordOf, MapOf)):
        return (value.value,)
    if isinstance(value, (SetOf, PageOf)):
        return (value.element,)
    if isinstance(value, Merged):
        return value.parts
    if isinstance(value, Bound):
        return (value.receiver,)
    if isinstance(value, ValidatorOf):
        return (value.validator,)
    if isinstance(value, ObjectValidator):
        return tuple(value.fields.values())
    if isinstance(value, FieldValidator):
        return (value.validator,)
    if isinstance(value, UnionValidator):
        return value.members
    if isinstance(value, ArrayValidator):
        return (value.element,)
    if isinstance(value, RecordValidator):
        return (value.value,)
    return ()
