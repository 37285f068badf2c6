"""What crons and routes have in common: calls on a value that convex/server made, with literal settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import External, ExternalResult, Lit, ObjectLiteral, Value, present
from convexlint.program.model import CronSetting, Module
from convexlint.program.modules.nodes import bare
from convexlint.program.places.numbers import constant

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator


class Numbering:
    """Tells values apart: the same one gets the same number."""

    def __init__(self) -> None:
        self._seen: list[Value] = []

    def number(self, value: Value) -> int:
        for number, seen in enumerate(self._seen):
            if seen is value:
                return number
        self._seen.append(value)
        return len(self._seen) - 1


def is_made_by(value: Value, source: External) -> bool:
    """Whether `value` is what a call of `source` gave, and no member of that."""
    return isinstance(value, ExternalResult) and value.source == source and not value.path


def is_unconditional(ev: Evaluator, module: Module, node: ir.Node) -> bool:
    """Whether nothing in the function around `node` decides that it is evaluated, nor how often."""
    index = ev.world.index(module)
    parent = index.parent(node)
    while parent is not None and not isinstance(parent, ir.Function):
        if isinstance(parent, (ir.If, ir.Loop, ir.Try, ir.Switch, ir.Case, ir.Conditional, ir.Binary)):
            return False
        parent = index.parent(parent)
    return True


def schedule_text(ev: Evaluator, module: Module, schedule: ir.Expr | None) -> str | None:
    """The text that a schedule is, also through a constant."""
    value = present(ev.expr(module, schedule)) if schedule is not None else None
    return value.value if isinstance(value, Lit) and isinstance(value.value, str) else None


def schedule_settings(
    ev: Evaluator, module: Module, schedule: ir.Expr | None
) -> tuple[CronSetting, ...] | None:
    """The entries of a schedule object, None where they are not all known."""
    literal = present(ev.expr(module, schedule)) if schedule is not None else None
    if not isinstance(literal, ObjectLiteral) or literal.module is not module:
        return None
    found = []
    for prop in literal.expr.props:
        if prop.key is None or prop.kind not in ("pair", "shorthand"):
            return None
        found.append(CronSetting(prop.key, Span(prop.start, prop.end), _number_or_text(ev, literal, prop)))
    return tuple(found)


def _number_or_text(ev: Evaluator, literal: ObjectLiteral, prop: ir.Prop) -> float | str | None:
    node = bare(prop.value)
    value = present(ev.expr(literal.module, node, literal.frame))
    if isinstance(value, Lit) and not isinstance(value.value, bool):
        return value.value
    return constant(ev, literal.module, node)
