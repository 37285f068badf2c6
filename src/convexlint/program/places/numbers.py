"""Numbers that are computed from constants: `24 * HOUR`, in whatever module these stand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.values import Global, Lit, ModuleOf, ObjectLiteral
from convexlint.program.model import Module
from convexlint.program.modules.exports import Target
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
    if isinstance(node, (ir.Name, ir.Member)):
        held = _written(ev, module, node)
        if held is not None:
            return constant(ev, *held, depth - 1)
        value = ev.expr(module, node)
        if isinstance(value, Lit) and not isinstance(value.value, (str, bool)):
            return float(value.value)
        if isinstance(value, Global):
            return _NAMED.get(value.name)
    return None


_NAMED = {
    "Infinity": math.inf,
    "Number.POSITIVE_INFINITY": math.inf,
    "Number.NEGATIVE_INFINITY": -math.inf,
    "NaN": math.nan,
    "Number.NaN": math.nan,
}


def _written(ev: Evaluator, module: Module, node: ir.Name | ir.Member) -> tuple[Module, ir.Expr] | None:
    """What is written where the constant is declared that a name or a member (`DELAYS.soon`) leads to."""
    if isinstance(node, ir.Name):
        target = None if node.ref < 0 else ev.world.follow(module, node.ref)
        return None if target is None else _declared(ev, target)
    holder = ev.expr(module, node.object)
    if isinstance(holder, ModuleOf):
        exported = ev.world.export(holder.module, node.name)
        return None if exported is None else _declared(ev, exported)
    if not isinstance(holder, ObjectLiteral) or any(prop.key is None for prop in holder.expr.props):
        return None
    values = [prop.value for prop in holder.expr.props if prop.key == node.name and prop.kind in _PLAIN]
    return (holder.module, values[-1]) if values else None


_PLAIN = ("pair", "shorthand")


def _declared(ev: Evaluator, target: Target) -> tuple[Module, ir.Expr] | None:
    if target.module is None or target.kind != "binding":
        return None
    held = ev.world.index(target.module).constant(target.binding)
    return None if held is None else (target.module, held)


def _computed(op: str, left: float, right: float) -> float | None:
    if op == "+":
        return left + right
    if op == "-":
        return left - right
    if op == "*":
        return left * right
    return left / right if op == "/" and right else None
