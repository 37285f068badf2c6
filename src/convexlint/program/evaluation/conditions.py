"""What a test says of one variable, once it came out as true or as false: `board !== null && board.open`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from convexlint.facts import ir
from convexlint.program.evaluation.nothing import Nothing, literal
from convexlint.program.modules.tested import reference
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.modules.index import ModuleIndex

_EQUAL = frozenset({"===", "=="})
_UNEQUAL = frozenset({"!==", "!="})
_MAX_DEPTH = 8


class Constraint(Struct, frozen=True):
    """One thing that is certain of `path` below a variable.

    kind: "truth" (`holds`: is truthy, else falsy), "nothing" (is null or undefined), "equals" (is one of `values`;
    null and undefined are `Nothing`), "typeof" (is of the type in `values`), "array", "has" (has the member in
    `values`).
    """

    path: tuple[str, ...]
    kind: Literal["truth", "nothing", "equals", "typeof", "array", "has"]
    holds: bool
    values: tuple[Any, ...] = ()


class Tests:
    """Reads tests for what they say of the variable `ref`."""

    def __init__(self, index: ModuleIndex, ref: int, assigned: bool, whole: bool) -> None:
        """`assigned`: somewhere it is assigned again. `whole`: it is about the variable itself, not about a member of
        it."""
        self._index = index
        self._ref = ref
        self._assigned = assigned
        self._whole = whole

    def constraints(self, test: ir.Expr, truth: bool, depth: int = 0) -> Iterator[Constraint]:
        """What is known once `test` came out as `truth`."""
        if isinstance(test, ir.Cast):
            yield from self.constraints(test.value, truth, depth)
        elif isinstance(test, ir.Unary) and test.op == "!":
            yield from self.constraints(test.value, not truth, depth)
        elif isinstance(test, ir.Binary):
            yield from self._binary(test, truth, depth)
        elif isinstance(test, ir.Call):
            yield from self._call(test, truth, depth)
        else:
            path = self._path(test)
            if path is not None:
                yield Constraint(path, "truth", truth)
            # A test that a const holds tells TypeScript nothing of members.
            if isinstance(test, ir.Name) and self._whole and depth < _MAX_DEPTH:
                yield from self._held(test, truth, depth)

    def _held(self, name: ir.Name, truth: bool, depth: int) -> Iterator[Constraint]:
        """What the test tells that a const holds: `const isOwner = board?.owner === me`."""
        definition = self._index.definitions.get(name.ref)
        if definition is None or definition.keyword != "const" or definition.path or self._assigned:
            return
        held = definition.expr
        if isinstance(held, (ir.Binary, ir.Unary)) or (
            isinstance(held, ir.Call) and isinstance(held.callee, ir.Name)
        ):
            yield from self.constraints(held, truth, depth + 1)

    def _binary(self, test: ir.Binary, truth: bool, depth: int) -> Iterator[Constraint]:
        op = test.op
        if op in ("&&", "||"):
            if truth == (op == "&&"):
                yield from self.constraints(test.left, truth, depth)
                yield from self.constraints(test.right, truth, depth)
            else:
                sides = (test.left, test.right)
                yield from either([list(self.constraints(side, truth, depth)) for side in sides])
        elif op in _EQUAL or op in _UNEQUAL:
            holds = truth if op in _EQUAL else not truth
            loose = op in ("==", "!=")
            yield from self.equality(test.left, test.right, holds, loose=loose)
            yield from self.equality(test.right, test.left, holds, loose=loose)
        elif op == "in" and isinstance(test.left, ir.Text):
            path = self._path(test.right)
            if path is not None:
                yield Constraint(path, "has", truth, (test.left.value,))

    def _call(self, test: ir.Call, truth: bool, depth: int) -> Iterator[Constraint]:
        callee = test.callee
        if not test.args:
            return
        if isinstance(callee, ir.Name) and callee.ref < 0 and callee.name == "Boolean":
            yield from self.constraints(test.args[0], truth, depth)
        elif isinstance(callee, ir.Member) and callee.name == "isArray":
            path = self._path(test.args[0])
            if path is not None and isinstance(callee.object, ir.Name) and callee.object.name == "Array":
                yield Constraint(path, "array", truth)

    def equality(self, side: ir.Expr, other: ir.Expr, holds: bool, *, loose: bool) -> Iterator[Constraint]:
        if isinstance(side, ir.Unary) and side.op == "typeof" and isinstance(other, ir.Text):
            path = self._path(side.value)
            if path is not None:
                yield Constraint(path, "typeof", holds, (other.value,))
            return
        value = literal(other)
        if value is None:
            return
        if isinstance(value, Nothing) and loose:
            yield from self.nothing(side, holds)
            return
        path = self._path(side)
        if path is not None:
            yield Constraint(path, "equals", holds, (value,))

    def nothing(self, node: ir.Expr, holds: bool) -> Iterator[Constraint]:
        path = self._path(node)
        if path is not None:
            yield Constraint(path, "nothing", holds)

    def _path(self, node: ir.Expr) -> tuple[str, ...] | None:
        found = reference(node)
        return found[1] if found is not None and found[0] == self._ref else None


def either(ways: list[list[Constraint]]) -> Iterator[Constraint]:
    """What holds when one of several ways was taken: equality with one of all their values."""
    if not ways or any(len(way) != 1 for way in ways):
        return
    first = ways[0][0]
    alike = all(
        way[0].kind == "equals" and way[0].holds == first.holds and way[0].path == first.path for way in ways
    )
    if alike and first.holds:
        yield Constraint(first.path, "equals", True, tuple(value for way in ways for value in way[0].values))
