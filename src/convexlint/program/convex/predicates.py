"""What queries compare: the predicates of `.filter(...)`, and the index that could do it (convex-facts 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convexlint.facts.ir import (
    BindName,
    Call,
    Expr,
    Function,
    Lambda,
    Member,
    Name,
    Return,
    Text,
    TypeKeyword,
)
from convexlint.program.model import IndexDef, Module, Table
from convexlint.program.modules.nodes import bare, descendants
from convexlint.structs import Struct

_SWAPPED = {"eq": "eq", "gt": "lt", "gte": "lte", "lt": "gt", "lte": "gte"}
"""What says the same with the two sides changed over."""


class Equality(Struct, frozen=True):
    """`q.eq(q.field("field"), value)`, in either order."""

    field: str
    value: Expr


class FieldBound(Struct, frozen=True):
    """`q.gt(q.field("field"), value)`; method: gt, gte, lt, lte, as if the field stood first."""

    field: str
    method: str
    value: Expr


class Predicate(Struct, frozen=True):
    """The conditions that must all hold, in written order. `rest`: those that are neither equalities nor bounds.

    `parameter`, `name`: the predicate's parameter as it can stand in an index range ("q: any", "q"), and its name.
    `readable`: it is an inline function that returns one expression.
    """

    equalities: tuple[Equality, ...]
    bounds: tuple[FieldBound, ...]
    rest: tuple[Expr, ...]
    parameter: str
    name: str
    readable: bool = True

    @property
    def fields(self) -> tuple[str, ...]:
        """Those that are compared for equality."""
        return tuple(e.field for e in self.equalities)

    @property
    def conditions(self) -> tuple[Equality | FieldBound, ...]:
        """All that a range can hold."""
        return (*self.equalities, *self.bounds)


def joined(predicates: Iterable[Predicate]) -> Predicate:
    """The predicate that holds where all of these do; unreadable where one is, or where their parameters differ."""
    all_ = list(predicates)
    first = all_[0]
    if not all(p.readable and p.name == first.name for p in all_):
        return UNREADABLE
    return Predicate(
        tuple(e for p in all_ for e in p.equalities),
        tuple(b for p in all_ for b in p.bounds),
        tuple(r for p in all_ for r in p.rest),
        first.parameter,
        first.name,
    )


UNREADABLE = Predicate((), (), (), "q", "q", False)


def read_predicate(module: Module, args: tuple[Expr, ...]) -> Predicate:
    """The predicate among the arguments of a `.filter(...)` call.

    UNREADABLE where it is not an inline function that returns one expression (an async one returns a promise).
    """
    if not args or not isinstance(args[0], Lambda):
        return UNREADABLE
    function = module.facts.functions[args[0].index]
    result = _result(function)
    if result is None or function.is_async or not function.params:
        return UNREADABLE
    if not isinstance(function.params[0].pattern, BindName):
        return UNREADABLE
    annotation, q = function.params[0].annotation, function.params[0].pattern
    any_typed = isinstance(annotation, TypeKeyword) and annotation.name == "any"
    equalities: dict[str, Equality] = {}
    bounds: list[FieldBound] = []
    rest: list[Expr] = []
    for part in _conjuncts(result, q.ref):
        condition = _condition(part, q.ref)
        if isinstance(condition, FieldBound):
            bounds.append(condition)
        elif condition is not None and condition.field not in equalities:
            equalities[condition.field] = condition
        else:
            rest.append(part)
    parameter = f"{q.name}: any" if any_typed else q.name
    return Predicate(tuple(equalities.values()), tuple(bounds), tuple(rest), parameter, q.name)


def index_over(table: Table, fields: set[str]) -> IndexDef | None:
    """The shortest index of `table` that starts with `fields` in any order, so answers equality on them."""
    usable = (index for index in table.indexes if index.kind == "database" and not index.staged)
    serving = [index for index in usable if set((index.fields or ())[: len(fields)]) == fields]
    return min(serving, key=lambda index: len(index.fields or ()), default=None)


def _result(function: Function) -> Expr | None:
    if function.expression is not None:
        return function.expression
    if len(function.body) == 1 and isinstance(function.body[0], Return):
        return function.body[0].value
    return None


def _conjuncts(expr: Expr, q: int) -> Iterator[Expr]:
    call = _builder_call(expr, q)
    if call is not None and call[0] == "and":
        for part in call[1]:
            yield from _conjuncts(part, q)
    else:
        yield expr


def _condition(expr: Expr, q: int) -> Equality | FieldBound | None:
    call = _builder_call(expr, q)
    if call is None or call[0] not in _SWAPPED or len(call[1]) != 2:
        return None
    method, (left, right) = call
    for name, side, other in ((method, left, right), (_SWAPPED[method], right, left)):
        field = _field(side, q)
        if field is not None and _builder_call(other, q) is None:
            return Equality(field, other) if name == "eq" else FieldBound(field, name, other)
    return None


def _field(expr: Expr, q: int) -> str | None:
    call = _builder_call(expr, q)
    if call is None or call[0] != "field" or len(call[1]) != 1 or not isinstance(call[1][0], Text):
        return None
    return call[1][0].value


def _builder_call(expr: Expr, q: int) -> tuple[str, tuple[Expr, ...]] | None:
    """`q.method(args)` through casts; None for everything else."""
    expr = bare(expr)
    if not isinstance(expr, Call) or not isinstance(expr.callee, Member):
        return None
    receiver = expr.callee.object
    receiver = bare(receiver)
    if not isinstance(receiver, Name) or receiver.ref != q:
        return None
    return expr.callee.name, expr.args


def fields_named(module: Module, args: tuple[Expr, ...]) -> frozenset[str]:
    """All fields that a predicate names by `q.field("...")`, also in functions within it."""
    found: set[str] = set()
    pending: list[object] = list(args)
    while pending:
        for node in descendants((pending.pop(),)):
            if isinstance(node, Lambda):
                function = module.facts.functions[node.index]
                pending += [function.body, function.expression]
            elif isinstance(node, Call) and isinstance(node.callee, Member) and node.callee.name == "field":
                found.update(arg.value for arg in node.args if isinstance(arg, Text))
    return frozenset(found)
