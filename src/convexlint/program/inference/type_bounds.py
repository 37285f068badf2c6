"""What types say that values do not: the bound of a type parameter, and a type that is cast away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.members import member
from convexlint.program.evaluation.typeexpr import type_value
from convexlint.program.evaluation.values import Value
from convexlint.program.model import Module

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator


def as_bounded(ev: Evaluator, module: Module, node: ir.Expr, value: Value) -> Value:
    """`value`, or for `doc._id` of a parameter `doc: T` with `T extends { _id: string }` a text."""
    if not isinstance(node, ir.Member) or not isinstance(node.object, ir.Name) or node.object.ref < 0:
        return value
    definition = ev.world.index(module).definitions.get(node.object.ref)
    if definition is None or definition.kind != "param" or definition.path:
        return value
    function = module.facts.functions[definition.index]
    kind = function.params[definition.position].annotation
    for param in function.type_params:
        if isinstance(kind, ir.TypeName) and kind.name == param.name and param.constraint is not None:
            return member(ev, type_value(ev, module, param.constraint, {}), node.name)
    return value


def is_cast_away(ev: Evaluator, module: Module, node: ir.Expr) -> bool:
    """Whether `node` is `rows as any` of a variable with a type of its own: whoever writes that says that the type is
    not what it holds."""
    if not isinstance(node, ir.Cast) or node.kind != "as" or not isinstance(node.value, ir.Name):
        return False
    if not isinstance(node.annotation, ir.TypeKeyword) or node.annotation.name != "any":
        return False
    definition = ev.world.index(module).definitions.get(node.value.ref)
    return definition is not None and definition.kind == "var" and definition.annotation is not None
