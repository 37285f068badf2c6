"""Numbers that are computed from constants: `24 * HOUR`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.values import Global, Lit
from convexlint.program.model import Module
from convexlint.program.modules.nodes import bare

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

MAX_DEPTH = 12  # steps from an expression to its literals


def constant(ev: Evaluator, module: Module, node: ir.Expr, depth: int = MAX_DEPTH) -> float | None:
    """The number that an expression of constants gives."""
    node = bare(node)
    if depth <= 0:
        return None
    if isinstance(node, ir.Number):
        return node.value
    if isinstance(node, ir.Unary) and node.op in ("-", "+"):
        inner = constant(ev, module, node.value, depth - 1)
        return None if inner is None else -inner if node.op == "-" else inner
    if isinstance(node, ir.Binary):
        left = constant(ev, module, node.left, depth - 1)
        right = constant(ev, module, node.right, depth - 1)
        return None if left is None or right is None else _computed(node.op, left, right)
    if isinstance(node, ir.Name) and node.ref >= 0:
        held = ev.world.index(module).constant(node.ref)
        if held is not None:
            return constant(ev, module, held, depth - 1)
    if isinstance(node, (ir.Name, ir.Member)):
        value = ev.expr(module, node)
        if isinstance(value, Lit) and not isinstance(value.value, (str, bool)):
            return float(value.value)
        if isinstance(value, Global) and value.name in ("Infinity", "Number.POSITIVE_INFINITY"):
            return float("inf")
    return None


def _computed(op: str, left: float, right: float) -> float | None:
    if op == "+":
        return left + right
    if op == "-":
        return left - right
    if op == "*":
        return left * right
    return left / right if op == "/" and right else None
