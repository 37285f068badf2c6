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
    one_of,
)

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

_SAME = frozenset({"withIndex", "order", "filterWith", "filter"})


def step(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, value: Stream, name: str, frame: Frame | None
) -> Value:
    """One method of a stream; what changes its elements (`map`, `flatMap`) is unknown."""
    element = value.element
    if name == "query":
        table = ev.expr(module, node.args[0], frame) if node.args else UNKNOWN
        if isinstance(table, Lit) and isinstance(table.value, str):
            return Stream(DocOf(table.value), table.value)
        return Stream()
    if name in _SAME:
        return value
    if name in ("collect", "take"):
        return PromiseOf(ListOf(element))
    if name in ("first", "unique"):
        return PromiseOf(one_of([element, NULL]))
    return PromiseOf(PageOf(element)) if name == "paginate" else UNKNOWN


def callback_params(value: Stream, name: str, position: int) -> tuple[Value, ...]:
    """What the callbacks of its methods receive."""
    if name == "withIndex" and position == 1:
        return (RangeBuilder(value.table),)
    return (value.element,) if name in ("filterWith", "map", "flatMap") and position == 0 else ()
