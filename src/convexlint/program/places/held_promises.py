"""Promises that a variable holds and that nobody who may wait for them ever gets: they are only printed, compared,
overwritten or never looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convexlint.facts import ir
from convexlint.program.evaluation.values import Global
from convexlint.program.model import Module
from convexlint.program.modules.index import ModuleIndex, outward
from convexlint.program.modules.nodes import bare, descendants
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_COMPARISONS = frozenset({"===", "!==", "==", "!=", "<", ">", "<=", ">="})
_FLOWS = frozenset({"&&", "||", "??"})
_PUTS = frozenset({"=", "&&=", "||=", "??="})
_SHOWS = frozenset({"String", "Boolean", "JSON.stringify"})


class Holder(Struct, frozen=True, eq=False):
    """A variable that gets the value of an expression. `node`: the declaration or the assignment that gives it.
    `direct`: the expression is all that is written there, not one branch of it."""

    binding: int
    node: ir.Declare | ir.Assign
    direct: bool


def holder_of(index: ModuleIndex, node: ir.Expr) -> Holder | None:
    """The variable that gets the value of `node`, by `const p = node`, `p = node` as a statement, or as a branch of
    what is written there; None where something else gets it."""
    child, parent = outward(index, node)
    direct = True
    while (isinstance(parent, ir.Conditional) and parent.test is not child) or (
        isinstance(parent, ir.Binary) and parent.op in _FLOWS and parent.right is child
    ):
        child, parent = outward(index, parent)
        direct = False
    if isinstance(parent, ir.Declare) and isinstance(parent.pattern, ir.BindName) and parent.init is child:
        return Holder(parent.pattern.ref, parent, direct) if parent.pattern.ref >= 0 else None
    if not isinstance(parent, ir.Assign) or parent.op not in _PUTS or not isinstance(parent.target, ir.Name):
        return None
    is_ours = parent.target.ref >= 0 and isinstance(index.parent(parent), ir.Evaluate)
    return Holder(parent.target.ref, parent, direct) if is_ours else None


def is_mixed(module: Module, holder: Holder) -> bool:
    """Whether the variable has a type of its own or gets something else as well."""
    typed = isinstance(holder.node, ir.Declare) and holder.node.annotation is not None
    return typed or not holder.direct or module.facts.bindings[holder.binding].assigned


def is_held_for_nothing(ev: Evaluator, module: Module, holder: Holder) -> bool:
    """Whether nobody who may wait for it gets what the variable holds. Tests of a constant alone are
    `tested_promises`' matter."""
    index = ev.world.index(module)
    binding, facts = holder.binding, module.facts
    if facts.bindings[binding].name.startswith("_"):
        return False
    if binding in index.exported:
        return False
    if facts.bindings[binding].kind not in ("const", "let", "var"):
        return False
    uses = index.uses.get(binding, ())
    if all(_only_looks(ev, module, use) for use in uses):
        is_constant = holder.direct and not facts.bindings[binding].assigned
        return not (is_constant and uses and all(_is_test(index, use) for use in uses))
    return _is_overwritten(index, holder)


def _is_overwritten(index: ModuleIndex, holder: Holder) -> bool:
    """Whether the variable is assigned anew before it is read: by a later statement of the same list, or in the next
    round of a loop that never reads it."""
    uses = index.uses.get(holder.binding, [])
    owner = index.owner(holder.node)
    if any(index.owner(use) != owner for use in uses) or not holder.direct:
        return False
    statement = holder.node if isinstance(holder.node, ir.Declare) else index.parent(holder.node)
    around = index.parent(statement)
    for other in _after(around, statement):
        if any(isinstance(node, ir.Name) and node.ref == holder.binding for node in descendants((other,))):
            written = other.value if isinstance(other, ir.Evaluate) else None
            return (
                isinstance(written, ir.Assign)
                and written.op == "="
                and isinstance(written.target, ir.Name)
                and written.target.ref == holder.binding
                and not any(
                    isinstance(node, ir.Name) and node.ref == holder.binding
                    for node in descendants((written.value,))
                )
            )
        if any(isinstance(node, (ir.Return, ir.Jump, ir.Throw)) for node in descendants((other,))):
            return False
    return isinstance(holder.node, ir.Assign) and _is_lost_in_loop(index, holder, uses)


def _after(around: Any, statement: ir.Node) -> tuple[ir.Stmt, ...]:
    """The statements of the same list that follow."""
    statements = around.body if isinstance(around, (ir.Block, ir.Function)) else ()
    if not isinstance(statements, tuple):
        return ()
    at = next((n for n, one in enumerate(statements) if one is statement), -1)
    return statements[at + 1 :] if at >= 0 else ()


def _is_lost_in_loop(index: ModuleIndex, holder: Holder, uses: list[ir.Name]) -> bool:
    """Whether each round of the loop around the assignment overwrites the promise of the last one."""
    statement = index.parent(holder.node)
    block = index.parent(statement)
    loop = index.parent(block) if isinstance(block, ir.Block) else block
    if not isinstance(loop, ir.Loop):
        return False
    if any(isinstance(node, (ir.Return, ir.Jump)) for node in descendants((loop,))):
        return False
    declared = index.facts.bindings[holder.binding]
    outside = not loop.start <= declared.start < loop.end
    return outside and not any(loop.start <= use.start < loop.end for use in uses)


def _only_looks(ev: Evaluator, module: Module, use: ir.Expr) -> bool:
    """Whether a use of a promise does not hand it to anybody: it is printed, compared, or stands alone."""
    index = ev.world.index(module)
    node, parent = outward(index, use)
    while isinstance(parent, (ir.Object, ir.Array, ir.Prop)):
        node, parent = outward(index, parent)
    if isinstance(parent, (ir.Evaluate, ir.Template)):
        return True
    if isinstance(parent, ir.Call) and any(arg is node for arg in parent.args):
        callee = bare(parent.callee)
        if isinstance(callee, ir.Member) and isinstance(callee.object, (ir.Name, ir.Member)):
            receiver = ev.expr(module, callee.object)
            if isinstance(receiver, Global) and receiver.name == "console":
                return True
        if isinstance(callee, ir.Atom):
            return False
        called = ev.expr(module, callee)
        return isinstance(called, Global) and called.name in _SHOWS
    if isinstance(parent, ir.Unary):
        return parent.op in ("typeof", "!")
    return (isinstance(parent, ir.Binary) and parent.op in _COMPARISONS) or _is_test(index, use)


def _is_test(index: ModuleIndex, use: ir.Expr) -> bool:
    node, parent = outward(index, use)
    if isinstance(parent, (ir.If, ir.Conditional)):
        return parent.test is node
    return isinstance(parent, ir.Unary) and parent.op == "!"
