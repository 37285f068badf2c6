"""What the grammar takes for `(!a)!.b` and `(x && a)!.b` where TypeScript means `!(a!.b)` and `x && (a!.b)`.

In the grammar `!` behind an expression binds looser than operators. So whatever follows it lands around the whole, and
is put back here to the operand that it belongs to. Only behind such a `!` does a member, a call or an index come out of
the tree around an operator that stands in no parentheses.
"""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.facts.lowering import Lowering
from convexlint.syntax import Node

_CHAIN = frozenset({"member_expression", "subscript_expression", "call_expression", "non_null_expression"})
_OPERATORS = frozenset({"unary_expression", "binary_expression"})
_BINDS = {"??": 1, "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "===": 6, "!==": 6}
_BINDS |= {"<": 7, ">": 7, "<=": 7, ">=": 7, "in": 7, "instanceof": 7, "as": 7, "<<": 8, ">>": 8, ">>>": 8}
_BINDS |= {"+": 9, "-": 9, "*": 10, "/": 10, "%": 10, "**": 11}
ALL = 99
"""Binds tighter than every operator."""


def is_loose(tree: Node, value: ir.Expr) -> bool:
    """Whether `value`, which `tree` was lowered to, is an operator that takes in too much."""
    kind = type(value)
    return (kind is ir.Unary or kind is ir.Binary) and tree.type in _CHAIN


def is_operator(tree: Node) -> bool:
    """Whether a tree is an operator that stands in no parentheses."""
    return tree.type in _OPERATORS


def binding(operator: str) -> int:
    """How tight an operator binds."""
    return _BINDS.get(operator, 0)


def parted(low: Lowering, value: ir.Expr, binds: int) -> tuple[list[ir.Expr], ir.Expr]:
    """The operators around the operand at the right end that what follows belongs to, from the outside, and that
    operand. `binds`: how tight what follows does."""
    around: list[ir.Expr] = []
    while True:
        if isinstance(value, ir.Unary) and binds == ALL:
            inner: ir.Expr = value.value
        elif isinstance(value, ir.Binary) and binds > binding(value.op):
            inner = value.right
        else:
            return around, value
        around.append(value)
        value = inner
        if low.source[max(0, inner.start - 80) : inner.start].rstrip().endswith(b"("):
            return around, value


def joined(around: list[ir.Expr], value: ir.Expr) -> ir.Expr:
    """The operators around what the operand has become."""
    for node in reversed(around):
        size = value.end - node.start
        if isinstance(node, ir.Unary):
            value = ir.Unary(node.start, size, node.op, value)
        elif isinstance(node, ir.Binary):
            value = ir.Binary(node.start, size, node.op, node.left, value)
    return value
