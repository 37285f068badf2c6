"""The database and its queries: what each method gives, and how a query's state grows step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import (
    NULL,
    UNKNOWN,
    VOID,
    Bound,
    Closure,
    DocOf,
    Frame,
    IdOf,
    ListOf,
    Lit,
    PageOf,
    Part,
    PromiseOf,
    QueryOf,
    Value,
    members,
    one_of,
    present,
)
from convexlint.program.model import Module, QueryState, RangePart
from convexlint.program.modules.nodes import bare
from convexlint.structs import replace

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

ID_METHODS = {"get": 2, "delete": 2, "patch": 3, "replace": 3}  # arguments of the form that names the table
DATABASE_METHODS = frozenset({*ID_METHODS, "insert", "query", "normalizeId"})
CONSUMERS = frozenset({"collect", "take", "first", "unique", "paginate"})
BUILDERS = frozenset({"withIndex", "withSearchIndex", "fullTableScan", "order", "filter"})


def table_names(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, position: int, frame: Frame | None
) -> tuple[str, ...]:
    """The literal strings that an argument can be; () when it is not known."""
    if position >= len(node.args):
        return ()
    value = present(ev.expr(module, node.args[position], frame))
    names = [m.value for m in members(value) if isinstance(m, Lit) and isinstance(m.value, str)]
    return tuple(names) if len(names) == len(members(value)) else ()


def _documents(tables: tuple[str, ...]) -> Value:
    return one_of(DocOf(t) for t in tables) if tables else UNKNOWN


def database(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, part: Part, name: str, frame: Frame | None
) -> Value:
    """A method of ctx.db (convex-facts 3.1)."""
    args = node.args
    if name == "query":
        tables = table_names(ev, module, node, 0, frame)
        span = Span(node.start, node.end)
        return one_of(QueryOf(QueryState(t, module, span)) for t in tables or (None,))
    if name == "get":
        if len(args) >= 2:
            return PromiseOf(one_of([_documents(table_names(ev, module, node, 0, frame)), NULL]))
        if not args:
            return PromiseOf(UNKNOWN)
        value = present(ev.expr(module, args[0], frame))
        tables = tuple(m.table for m in members(value) if isinstance(m, IdOf))
        if len(tables) != len(members(value)):
            return PromiseOf(UNKNOWN)
        return PromiseOf(one_of([_documents(tables), NULL]))
    if name == "insert":
        tables = table_names(ev, module, node, 0, frame)
        return PromiseOf(one_of(IdOf(t) for t in tables) if tables else UNKNOWN)
    if name == "normalizeId":
        tables = table_names(ev, module, node, 0, frame)
        return one_of([*(IdOf(t) for t in tables), NULL]) if tables else UNKNOWN
    if name in ("patch", "replace", "delete"):
        return PromiseOf(VOID)
    if name == "table":
        tables = table_names(ev, module, node, 0, frame)
        return Part("table", part.certain, tables[0] if len(tables) == 1 else None)
    return UNKNOWN


def table_method(ev: Evaluator, module: Module, node: ir.Call | ir.New, part: Part, name: str) -> Value:
    """A method of `ctx.db.table("t")`: as of the database, without the table's name."""
    table = part.table
    if name == "query":
        return QueryOf(QueryState(table, module, Span(node.start, node.end)))
    if name in ("patch", "replace", "delete"):
        return PromiseOf(VOID)
    if table is None:
        return PromiseOf(UNKNOWN)
    if name == "get":
        return PromiseOf(one_of([DocOf(table), NULL]))
    if name == "insert":
        return PromiseOf(IdOf(table))
    return one_of([IdOf(table), NULL]) if name == "normalizeId" else UNKNOWN


def step(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, query: QueryOf, name: str, frame: Frame | None
) -> Value:
    """One method of a query (convex-facts 4.1)."""
    state = query.state
    document: Value = UNKNOWN if state.table is None else DocOf(state.table)
    if name in ("collect", "take"):
        return PromiseOf(ListOf(document))
    if name in ("first", "unique"):
        return PromiseOf(one_of([document, NULL]))
    if name == "paginate":
        return PromiseOf(PageOf(document))
    if name not in BUILDERS:
        return UNKNOWN
    trail = (*state.trail, id(node))
    if name == "filter":
        return QueryOf(replace(state, filters=state.filters + 1, trail=trail))
    if name == "order":
        return QueryOf(replace(state, ordered=True, trail=trail))
    if name == "fullTableScan":
        return QueryOf(replace(state, trail=trail))
    names = table_names(ev, module, node, 0, frame)
    kind = "search" if name == "withSearchIndex" else "database"
    parts = range_parts(ev, module, node.args[1], frame) if len(node.args) > 1 else ()
    return QueryOf(
        replace(
            state,
            index=names[0] if len(names) == 1 else None,
            index_kind=kind,
            range=parts,
            trail=trail,
        )
    )


MAX_PARTS = 100
"""Methods of a range that are read."""


def range_parts(
    ev: Evaluator, module: Module, node: ir.Expr, frame: Frame | None = None
) -> tuple[RangePart, ...] | None:
    """The methods called in an index range callback, in written order; None when it cannot be read."""
    value = ev.expr(module, node, frame)
    if not isinstance(value, Closure):
        return None
    home = value.module
    returned = ev.world.index(home).returns.get(value.index, [])
    if len(returned) != 1:
        return None
    function = home.facts.functions[value.index]
    if not function.params or type(function.params[0].pattern) is not ir.BindName:
        return None
    builder = function.params[0].pattern.ref
    parts: list[RangePart] = []
    current: ir.Expr = returned[0]
    while True:
        current = bare(current)
        if isinstance(current, ir.Name):
            if current.ref == builder:
                return tuple(reversed(parts))
            held = ev.world.index(home).constant(
                current.ref
            )  # `const range = q.eq(...); return range.gt(...)`
            if held is None or len(parts) > MAX_PARTS or held.end > current.start:
                return None
            current = held
            continue
        if not isinstance(current, ir.Call) or not isinstance(current.callee, ir.Member):
            return None
        callee = current.callee
        field = field_span = None
        if current.args:
            key = ev.expr(home, current.args[0], frame)
            field = key.value if isinstance(key, Lit) and isinstance(key.value, str) else None
            field_span = Span(current.args[0].start, current.args[0].end)
        parts.append(
            RangePart(
                callee.name,
                field,
                Span(callee.name_start, callee.end),
                Span(callee.name_start, current.end),
                field_span,
                current.args[1] if len(current.args) > 1 else None,
            )
        )
        current = callee.object


def receiver(ev: Evaluator, module: Module, node: ir.Call) -> tuple[Value, str] | None:
    """The value before `.name(` of a method call, without null, and the name."""
    callee = node.callee
    if isinstance(callee, ir.Member):
        return present(ev.expr(module, callee.object)), callee.name
    if isinstance(callee, ir.Name) and callee.ref >= 0:
        value = present(ev.expr(module, callee))
        if isinstance(value, Bound):  # const { get } = ctx.db
            return value.receiver, value.name
    return None
