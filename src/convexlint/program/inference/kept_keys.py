"""Objects into which is written under computed keys, and which keep the keys of their literal all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.values import Lit, ObjectLiteral, Scalar, Value, members
from convexlint.program.inference.inferred import scalar_of

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator


def keeps_its_keys(ev: Evaluator, base: ObjectLiteral, expr: ir.Expr) -> bool:
    """Whether the write of `expr` under a computed key (`counts[row.status]++`) leaves an object with the keys that its
    literal has, and with values of the same kind."""
    index = ev.world.index(base.module)
    assign = index.parent(expr)
    if not isinstance(assign, ir.Assign) or not isinstance(assign.target, ir.Index) or not base.expr.props:
        return False
    keys = {prop.key for prop in base.expr.props if prop.kind in ("pair", "shorthand")}
    asked = members(ev.expr(base.module, assign.target.key, base.frame))
    if None in keys or len(keys) != len(base.expr.props):
        return False
    if not all(isinstance(one, Lit) and one.value in keys for one in asked):
        return False
    kinds = {_plain_kind(ev.expr(base.module, prop.value, base.frame)) for prop in base.expr.props}
    return None not in kinds and kinds == {_plain_kind(ev.expr(base.module, expr, base.frame))}


def _plain_kind(value: Value) -> str | None:
    """The scalar that a value widens to; None where it is another."""
    if isinstance(value, Lit):
        return None if value.declared else scalar_of(value)
    return value.kind if isinstance(value, Scalar) else None
