"""What queries compare: the predicates of `.filter(...)`, and the index that could do it (convex-facts 4)."""

from __future__ import annotations

from dataclasses import dataclass

from convexlint.facts.ir import (
    BindName,
    Call,
    Cast,
    Expr,
    Function,
    Lambda,
    Member,
    Name,
    Return,
    Text,
    TypeKeyword,
)
from convexlint.findings import Span
from convexlint.program.evaluation.queries import CONSUMERS
from convexlint.program.model import IndexDef, Module, Program, QueryStep, Table
from convexlint.program.writing.editing import quoted


@dataclass(frozen=True, slots=True)
class Equality:
    """`q.eq(q.field("field"), value)`, in either order."""

    field: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Predicate:
    """The equalities that must all hold, in written order.

    `whole`: the predicate asks nothing else. `parameter`, `name`: its parameter as it can stand in an index
    range ("q: any", "q"), and the parameter's name.
    """

    equalities: tuple[Equality, ...]
    whole: bool
    parameter: str
    name: str

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(e.field for e in self.equalities)


UNREADABLE = Predicate((), False, "q", "q")


def read_predicate(module: Module, args: tuple[Expr, ...]) -> Predicate:
    """The predicate among the arguments of a `.filter(...)` call.

    UNREADABLE where it is not an inline function that returns one expression.
    """
    if not args or not isinstance(args[0], Lambda):
        return UNREADABLE
    function = module.facts.functions[args[0].index]
    result = _result(function)
    if result is None or not function.params or not isinstance(function.params[0].pattern, BindName):
        return UNREADABLE
    annotation, q = function.params[0].annotation, function.params[0].pattern
    any_typed = isinstance(annotation, TypeKeyword) and annotation.name == "any"
    equalities, whole = _conjunction(result, q.ref)
    fields = [e.field for e in equalities]
    whole = whole and len(set(fields)) == len(fields)
    return Predicate(tuple(equalities), whole, f"{q.name}: any" if any_typed else q.name, q.name)


def equal_before(step: QueryStep) -> tuple[str, ...] | None:
    """The fields that the index range in front of a step holds equal, () without an index.

    None where they are not known, or where the range holds something else (a bound, a search).
    """
    if len(step.before) != 1 or step.before[0].range is None or step.before[0].index_kind == "search":
        return None
    parts = step.before[0].range
    fields = tuple(part.field for part in parts if part.field is not None and part.method == "eq")
    return fields if len(fields) == len(parts) else None


def index_over(table: Table, fields: set[str]) -> IndexDef | None:
    """The shortest index of `table` that starts with `fields` in any order, so answers equality on them."""
    usable = (index for index in table.indexes if index.kind == "database" and not index.staged)
    serving = [index for index in usable if set((index.fields or ())[: len(fields)]) == fields]
    return min(serving, key=lambda index: len(index.fields or ()), default=None)


def replaceable_filters(program: Program) -> frozenset[int]:
    """Keys of the `.filter(...)` steps that `.withIndex(...)` can replace and leave every type as it is.

    They stand right behind `.query(...)`, in a chain that is consumed on the spot and takes no index later.
    """
    steps = program.query_steps
    consumed = {(s.place.module.path, s.call_span.start) for s in steps if s.method in CONSUMERS}
    indexed = {
        key
        for s in steps
        if s.method in ("withIndex", "withSearchIndex", "fullTableScan")
        for state in s.before
        for key in state.trail
    }
    return frozenset(
        s.key
        for s in steps
        if s.method == "filter"
        and (s.place.module.path, s.call_span.start) in consumed
        and s.key not in indexed
        and len(s.before) == 1
        and s.before[0].module is s.place.module
        and s.before[0].start.end == s.step_span.start
    )


def as_range(module: Module, predicate: Predicate, name: str, fields: tuple[str, ...]) -> str:
    """`withIndex(...)` with the predicate's values, in the order of the index and the module's quotes.

    `name` and `fields` are the index's.
    """
    values = {e.field: module.text(Span(e.value.start, e.value.end)) for e in predicate.equalities}
    parts = "".join(f".eq({quoted(module, f)}, {values[f]})" for f in fields if f in values)
    return f"withIndex({quoted(module, name)}, ({predicate.parameter}) => {predicate.name}{parts})"


def _result(function: Function) -> Expr | None:
    if function.expression is not None:
        return function.expression
    if len(function.body) == 1 and isinstance(function.body[0], Return):
        return function.body[0].value
    return None


def _conjunction(expr: Expr, q: int) -> tuple[list[Equality], bool]:
    """The equalities of `expr`, and whether they are all that it says."""
    call = _builder_call(expr, q)
    if call is None:
        return [], False
    method, args = call
    if method == "and":
        found: list[Equality] = []
        whole = True
        for part in args:
            inner, complete = _conjunction(part, q)
            found += inner
            whole = whole and complete
        return found, whole
    if method == "eq" and len(args) == 2:
        for side, other in ((args[0], args[1]), (args[1], args[0])):
            field = _field(side, q)
            if field is not None and _builder_call(other, q) is None:
                return [Equality(field, other)], True
    return [], False


def _field(expr: Expr, q: int) -> str | None:
    call = _builder_call(expr, q)
    if call is None or call[0] != "field" or len(call[1]) != 1 or not isinstance(call[1][0], Text):
        return None
    return call[1][0].value


def _builder_call(expr: Expr, q: int) -> tuple[str, tuple[Expr, ...]] | None:
    """`q.method(args)` through casts; None for everything else."""
    while isinstance(expr, Cast):
        expr = expr.value
    if not isinstance(expr, Call) or not isinstance(expr.callee, Member):
        return None
    receiver = expr.callee.object
    while isinstance(receiver, Cast):
        receiver = receiver.value
    if not isinstance(receiver, Name) or receiver.ref != q:
        return None
    return expr.callee.name, expr.args
