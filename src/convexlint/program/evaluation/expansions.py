"""Generic types with their arguments: each is expanded once for the same arguments, and a family without end is cut.

`type Tree<T> = { left: Tree<T>; right: Tree<T> }` meets itself with the same arguments: a circle like any other. One
that meets itself with others (`type Deep<T> = Deep<T[]> | T`) would go on for ever: inside itself its arguments are
unknown. And where types hand on ever new arguments to each other, what leads to too many expansions is unknown; these
are counted whether or not they are known already, so that the order of questions does not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from convexlint.program.evaluation.values import UNKNOWN, Value

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

MAX_EXPANSIONS = 200
"""Different expansions that one of them may lead to."""

MAX_ARGUMENT = 1_000
"""Parts of an argument, written out."""

MANY_TYPES = "type that leads to very many others"

Declared = tuple[str, str]
"""The path of a module and the name of a type in it."""


class _TooManyError(Exception):
    """What is being expanded leads to too many expansions."""


class Expansions:
    """The expansions of generic types of one program."""

    def __init__(self, ev: Evaluator) -> None:
        self._ev = ev
        self._open: dict[Declared, Any] = {}
        self._reached: dict[Any, frozenset[Any]] = {}
        self._reaching: list[set[Any]] = []

    def value(
        self, declared: Declared, args: tuple[Value, ...], expand: Callable[[tuple[Value, ...]], Value]
    ) -> Value:
        """The type `declared` with these arguments, by `expand`."""
        weights = self._ev.weights
        args = tuple(UNKNOWN if weights.of(a) > MAX_ARGUMENT else a for a in args)
        key = ("generic", *declared, args)
        around = self._open.get(declared)
        if around is not None and around != key:
            self._ev.guarded(around, self._ev.memo, lambda: UNKNOWN)  # this depends on it
            args = (UNKNOWN,) * len(args)
            key = ("generic", *declared, args)
        try:
            return self._counted(declared, key, lambda: expand(args))
        except _TooManyError:
            if self._reaching:
                raise
            self._ev.unplaced.append(MANY_TYPES)
            self._ev.memo[key] = UNKNOWN
            return UNKNOWN

    def _counted(self, declared: Declared, key: Any, expand: Callable[[], Value]) -> Value:
        reached = self._reached.get(key)
        if reached is not None and key in self._ev.memo:
            self._note(reached)
            known: Value = self._ev.guarded(key, self._ev.memo, expand)
            return known
        outermost = declared not in self._open
        if outermost:
            self._open[declared] = key
        self._reaching.append({key})
        try:
            value: Value = self._ev.guarded(key, self._ev.memo, expand)
        finally:
            found = frozenset(self._reaching.pop())
            if outermost:
                del self._open[declared]
        self._reached[key] = found
        self._note(found)
        return value

    def _note(self, reached: frozenset[Any]) -> None:
        if self._reaching:
            self._reaching[-1] |= reached
            if len(self._reaching[-1]) > MAX_EXPANSIONS:
                raise _TooManyError
