"""What a test says where it holds, and tests that let everybody pass."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.program.behaviour.trust import Trust


def denies(test: ir.Expr) -> bool:
    """Whether a test holds where something is absent or unequal."""
    test = inside(test)
    if isinstance(test, ir.Unary):
        return test.op == "!"
    if isinstance(test, ir.Binary):
        if test.op in ("||", "&&"):
            return denies(test.left) or denies(test.right)
        absent = isinstance(test.right, ir.Atom) and test.right.kind in ("null", "undefined", "false")
        if test.op in ("!=", "!=="):
            return not absent
        return test.op in ("==", "===") and absent
    return False


def inside(node: ir.Expr) -> ir.Expr:
    """Without `await`, casts, and `void`."""
    while isinstance(node, (ir.Await, ir.Cast)) or (isinstance(node, ir.Unary) and node.op == "void"):
        node = node.value
    return node


def is_bypassed(node: ir.Binary, left: Trust, right: Trust) -> bool:
    """`if (me || args.force)`, `if (!me && !args.force) throw`, `if (args.strict && !me) throw`: the client says itself
    that it may go on."""
    if min(left, right) is not Trust.CLIENT or max(left, right) < Trust.ADMITTED:
        return False
    refuses = denies(node.left if left > right else node.right)
    return refuses if node.op == "&&" else node.op == "||" and not refuses
