"""Calls that never come back, since the callee always throws: `row ?? fail("no such row")`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.values import Closure, FunctionType
from convexlint.program.modules.nodes import bare

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module


def never_comes_back(ev: Evaluator, module: Module, node: ir.Expr) -> bool:
    """Whether an expression is a call of a function of the project that says `never`, or only throws."""
    node = bare(node)
    awaited = isinstance(node, ir.Await)
    while isinstance(node, (ir.Await, ir.Cast)):
        node = node.value
    if not isinstance(node, ir.Call) or isinstance(node.callee, ir.Atom):
        return False
    callee = ev.expr(module, node.callee)
    if isinstance(callee, FunctionType):  # a parameter: `orElse: () => never`
        said = callee.type.result if isinstance(callee.type, ir.TypeFunction) else None
        return isinstance(said, ir.TypeKeyword) and said.name == "never"
    if not isinstance(callee, Closure):
        return False
    function = callee.module.facts.functions[callee.index]
    if function.is_generator or (function.is_async and not awaited):
        return False
    result = function.result
    if isinstance(result, ir.TypeName) and result.name == "Promise" and len(result.args) == 1:
        result = result.args[0]
    if result is not None:
        return isinstance(result, ir.TypeKeyword) and result.name == "never"
    if function.expression is not None or not any(isinstance(one, ir.Throw) for one in function.body):
        return False
    index = ev.world.index(callee.module)
    return not index.returns.get(callee.index) and not index.bare_returns.get(callee.index)
