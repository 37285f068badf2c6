"""Functions that are written out behind a declared type: `const guarded: Wrap = (handler) => async (ctx) => ...`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation import typeexpr
from convexlint.program.evaluation.values import Closure, Fields, Frame, FunctionType, Value, is_vague
from convexlint.program.modules.nodes import bare

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module


def function_type(declared: Value) -> FunctionType | None:
    """A type as that of a function; so is an interface that says how it is called (`interface Wrap { (h: H): H }`)."""
    if isinstance(declared, Fields):
        called = declared.get("")
        declared = declared if called is None else called[0]
    return declared if isinstance(declared, FunctionType) else None


def behind(
    ev: Evaluator, module: Module, declared: Value, expr: ir.Expr | None, frame: Frame | None = None
) -> Value:
    """The function that `expr` writes out, where its declared type does not say what it gives: nothing, or one more
    function, of which the body knows more."""
    said = function_type(declared)
    if said is None or expr is None or not isinstance(bare(expr), ir.Lambda):
        return declared
    given = typeexpr.type_value(ev, said.module, said.type.result, said.env)
    tells = not is_vague(given) and not isinstance(given, Closure) and function_type(given) is None
    return declared if tells else ev.expr(module, expr, frame)


def behind_member(ev: Evaluator, module: Module, node: ir.Member, declared: Value) -> Value:
    """The same for `kit.guarded`, where `kit` is a constant of a declared type that is written out as an object."""
    if not isinstance(node.object, ir.Name):
        return declared
    found = ev.world.constant(module, node.object.ref)
    if found is None:
        return declared
    module, held = found[0], bare(found[1])
    if not isinstance(held, ir.Object):
        return declared
    return behind(ev, module, declared, next((p.value for p in held.props if p.key == node.name), None))


def called(ev: Evaluator, module: Module, callee: ir.Expr) -> Value:
    """What a callee is: the function that is written behind its name, where a declared type stands before it."""
    value = ev.expr(module, callee)
    if not isinstance(value, FunctionType) or not isinstance(callee, ir.Name):
        return value
    found = ev.world.constant(module, callee.ref)
    if found is None or not isinstance(made := bare(found[1]), ir.Lambda):
        return value
    return Closure(found[0], made.index)
