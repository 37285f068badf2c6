"""Streams and paginators of convex-helpers: `stream(ctx.db, schema).query("t")...` (convex-facts 2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.values import (
    NULL,
    UNKNOWN,
    DocOf,
    Frame,
    ListOf,
    Lit,
    PageOf,
    PromiseOf,
    RangeBuilder,
    Stream,
    Value,
    members,
    one_of,
)

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

_SAME = frozenset({"withIndex", "order", "filterWith", "filter", "distinct"})


def step(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, value: Stream, name: str, frame: Frame | None
) -> Value:
    """One method of a stream; what changes its elements (`map`, `flatMap`) is unknown."""
    element = value.element
    if name == "query":
        table = ev.expr(module, node.args[0], frame) if node.args else UNKNOWN
        if isinstance(table, Lit) and isinstance(table.value, str):
            return Stream(DocOf(table.value), table.value)
        names = [one.value for one in members(table) if isinstance(one, Lit) and isinstance(one.value, str)]
        if len(names) == len(members(table)):
            return Stream(one_of(map(DocOf, names)))
        return Stream()
    if name in _SAME:
        return value
    if name in ("collect", "take"):
        return PromiseOf(ListOf(element))
    if name in ("first", "unique"):
        return PromiseOf(one_of([element, NULL]))
    return PromiseOf(PageOf(element)) if name == "paginate" else UNKNOWN


def merged(streams: Value) -> Stream:
    """`mergedStream([one, other], ["at"])`: what each of them gives, in order."""
    parts = members(streams.element) if isinstance(streams, ListOf) else ()
    elements = [part.element for part in parts if isinstance(part, Stream)]
    return Stream(one_of(elements)) if elements and len(elements) == len(parts) else Stream()


def callback_params(value: Stream, name: str, position: int) -> tuple[Value, ...]:
    """What the callbacks of its methods receive."""
    if name == "withIndex" and position == 1:
        return (RangeBuilder(value.table),)
    return (value.element,) if name in ("filterWith", "map", "flatMap") and position == 0 else ()
