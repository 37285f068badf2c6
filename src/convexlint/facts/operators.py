"""Operators, casts and assignments."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.facts.expressions import named
from convexlint.facts.lowering import (
    EXPRESSIONS,
    Lowering,
    expression,
    handles,
    opaque,
    significant,
    size,
    type_,
)
from convexlint.facts.patterns import mark_written, pattern
from convexlint.facts.types import type_arguments
from convexlint.syntax import Node


@handles(EXPRESSIONS, "await_expression")
def _await(low: Lowering, node: Node) -> ir.Expr:
    return ir.Await(node.start_byte, size(node), expression(low, node.children[-1]))


@handles(EXPRESSIONS, "unary_expression")
def _unary(low: Lowering, node: Node) -> ir.Expr:
    kids = node.children
    return ir.Unary(node.start_byte, size(node), kids[0].type, expression(low, kids[-1]))


@handles(EXPRESSIONS, "binary_expression")
def _binary(low: Lowering, node: Node) -> ir.Expr:
    kids = node.children
    operator = kids[1].type
    if len(kids) != 3:
        operator = next((kid.type for kid in kids[1:-1] if not kid.is_named), "")
    left = expression(low, kids[0])
    return ir.Binary(node.start_byte, size(node), operator, left, expression(low, kids[-1]))


@handles(EXPRESSIONS, "ternary_expression")
def _ternary(low: Lowering, node: Node) -> ir.Expr:
    inner = significant(node)
    if len(inner) != 3:
        return opaque(low, node)
    test, yes, no = inner
    return ir.Conditional(
        node.start_byte, size(node), expression(low, test), expression(low, yes), expression(low, no)
    )


@handles(EXPRESSIONS, "assignment_expression", "augmented_assignment_expression")
def _assign(low: Lowering, node: Node) -> ir.Expr:
    inner = significant(node)
    if len(inner) != 2:
        return opaque(low, node)
    left, right = inner
    operator = "="
    if node.type != "assignment_expression":
        operator = next((kid.type for kid in node.children[1:-1] if not kid.is_named), "=")
    target: ir.Expr | ir.Pattern
    if left.type in ("object_pattern", "array_pattern"):
        target = pattern(low, left, assigns=True)
    else:
        target = expression(low, left)
        mark_written(low, target)
    name = target.name if isinstance(target, ir.Name) else ""
    return ir.Assign(node.start_byte, size(node), operator, target, named(low, right, name))


@handles(EXPRESSIONS, "update_expression")
def _update(low: Lowering, node: Node) -> ir.Expr:
    inner = significant(node)
    if not inner:
        return opaque(low, node)
    operator = next((kid for kid in node.children if kid.type in ("++", "--")), node)
    target = expression(low, inner[0])
    mark_written(low, target)
    one = ir.Number(operator.start_byte, size(operator), 1.0)
    return ir.Assign(node.start_byte, size(node), operator.type, target, one)


@handles(EXPRESSIONS, "as_expression", "satisfies_expression")
def _cast(low: Lowering, node: Node) -> ir.Expr:
    inner = significant(node)
    kind = "as" if node.type == "as_expression" else "satisfies"
    if not inner:
        return opaque(low, node)
    value = expression(low, inner[0])
    if len(inner) == 1:
        return ir.Cast(node.start_byte, size(node), value, "const", None)
    return ir.Cast(node.start_byte, size(node), value, kind, type_(low, inner[-1]))


@handles(EXPRESSIONS, "type_assertion")
def _assertion(low: Lowering, node: Node) -> ir.Expr:
    inner = significant(node)
    if len(inner) != 2:
        return opaque(low, node)
    value = expression(low, inner[1])
    args = type_arguments(low, inner[0])
    return ir.Cast(node.start_byte, size(node), value, "as" if args else "const", args[0] if args else None)


@handles(EXPRESSIONS, "non_null_expression")
def _non_null(low: Lowering, node: Node) -> ir.Expr:
    return ir.Cast(node.start_byte, size(node), expression(low, node.children[0]), "!", None)


@handles(EXPRESSIONS, "yield_expression")
def _yield(low: Lowering, node: Node) -> ir.Expr:
    parts = tuple([expression(low, kid) for kid in significant(node)])
    return ir.Opaque(node.start_byte, size(node), "yield", parts)


@handles(EXPRESSIONS, "sequence_expression")
def _sequence(low: Lowering, node: Node) -> ir.Expr:
    parts = tuple([expression(low, kid) for kid in significant(node)])
    return ir.Opaque(node.start_byte, size(node), "sequence", parts)
