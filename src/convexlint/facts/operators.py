"""Operators, casts and assignments."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.facts.expressions import named
from convexlint.facts.loose import ALL, binding, is_loose, is_operator, joined, parted
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
    left, right = expression(low, kids[0]), expression(low, kids[-1])
    if is_loose(kids[0], left):
        around, left = parted(low, left, binding(operator))
        return joined(around, ir.Binary(left.start, node.end_byte - left.start, operator, left, right))
    return ir.Binary(node.start_byte, size(node), operator, left, right)


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
    annotation = None if len(inner) == 1 else type_(low, inner[-1])
    if annotation is None:
        kind = "const"
    if is_loose(inner[0], value):
        around, value = parted(low, value, binding("as"))
        return joined(around, ir.Cast(value.start, node.end_byte - value.start, value, kind, annotation))
    return ir.Cast(node.start_byte, size(node), value, kind, annotation)


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
    inner = node.children[0]
    value = expression(low, inner)
    if is_operator(inner) or is_loose(inner, value):
        around, value = parted(low, value, ALL)
        return joined(around, ir.Cast(value.start, node.end_byte - value.start, value, "!", None))
    return ir.Cast(node.start_byte, size(node), value, "!", None)


@handles(EXPRESSIONS, "yield_expression")
def _yield(low: Lowering, node: Node) -> ir.Expr:
    parts = tuple([expression(low, kid) for kid in significant(node)])
    return ir.Opaque(node.start_byte, size(node), "yield", parts)


@handles(EXPRESSIONS, "sequence_expression")
def _sequence(low: Lowering, node: Node) -> ir.Expr:
    parts = tuple([expression(low, kid) for kid in significant(node)])
    return ir.Opaque(node.start_byte, size(node), "sequence", parts)
