"""@convex-dev/workpool (convex-facts 2.3, 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.package import Package
from convexlint.program.evaluation.values import STRING, ExternalResult, Frame, ListOf, PromiseOf, Value

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

_ENQUEUES = frozenset({"enqueueAction", "enqueueMutation", "enqueueQuery"})


def _enqueued(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: ExternalResult, frame: Frame | None
) -> Value | None:
    """`pool.enqueueAction(ctx, ...)` gives the work's id, which is a text (a branded string in types)."""
    if len(target.path) != 1:
        return None
    if target.path[0] in _ENQUEUES:
        return PromiseOf(STRING)
    many = target.path[0].removesuffix("Batch") in _ENQUEUES
    return PromiseOf(ListOf(STRING)) if many else None


PACKAGE = Package(
    ("@convex-dev/workpool",),
    methods={"Workpool": _enqueued},
    makes={
        "Workpool.defineOnComplete()": ("mutation", "internal"),
    },
)
