"""@convex-dev/workflow (convex-facts 2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation import documents, validate
from convexlint.program.evaluation.package import Package
from convexlint.program.evaluation.values import (
    STRING,
    UNKNOWN,
    CtxOf,
    ExternalResult,
    Frame,
    ObjectLiteral,
    PromiseOf,
    Value,
)

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module


def _handler_of_config(ev: Evaluator, module: Module, config: ir.Object) -> tuple[Value, ...]:
    """`workflow.define({ args, handler })`."""
    validator = validate.as_validator(ev, ev.member(ObjectLiteral(module, config, None), "args"))
    return CtxOf("workflow"), UNKNOWN if validator is None else documents.validator_value(validator)


def _handler(ev: Evaluator, module: Module, node: ir.Call | ir.New) -> tuple[Value, ...]:
    """`defineWorkflow(...).handler(async (step, args) => ...)`."""
    return (CtxOf("workflow"),)


def _started(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: ExternalResult, frame: Frame | None
) -> Value | None:
    """`workflow.start(ctx, ...)` gives the workflow's id, which is a text (a branded string in types)."""
    return PromiseOf(STRING) if target.path == ("start",) else None


PACKAGE = Package(
    ("@convex-dev/workflow",),
    methods={"WorkflowManager": _started},
    method_callbacks={("defineWorkflow", "handler", 0): _handler},
    properties={("WorkflowManager", "define", "handler"): _handler_of_config},
    makes={
        "WorkflowManager.define()": ("mutation", "internal"),
        "defineWorkflow.handler()": ("mutation", "internal"),
    },
)
