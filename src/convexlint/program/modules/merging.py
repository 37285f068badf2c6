"""`Object.assign(a, b)` as the object that it gives: `{ ...a, ...b }`."""

from __future__ import annotations

from convexlint.facts import ir


def merged(node: ir.Call) -> ir.Object | None:
    """The object that a call of `Object.assign` gives, made of the same expressions; None for any other call."""
    callee = node.callee
    if not isinstance(callee, ir.Member) or callee.name != "assign" or not isinstance(callee.object, ir.Name):
        return None
    if callee.object.ref >= 0 or callee.object.name != "Object" or not node.args:
        return None
    if any(isinstance(arg, ir.Spread) for arg in node.args):
        return None
    props = tuple(ir.Prop(arg.start, arg.size, "spread", None, 0, 0, arg, None) for arg in node.args)
    return ir.Object(node.start, node.size, props)
