"""What is read from a caught value: its `message`, `name` and `stack`.

What `catch` binds may be anything. Behind `error instanceof Error` it is an error. Without that test it may be some
other thing that was thrown, which then has no message: text or undefined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convexlint.facts import ir
from convexlint.program.evaluation.values import STRING, UNDEFINED, UNKNOWN, Value, one_of
from convexlint.program.modules.nodes import bare, entered_by

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module
    from convexlint.program.modules.index import ModuleIndex

CAUGHT = frozenset({"message", "name", "stack"})


def caught(ev: Evaluator, module: Module, node: ir.Member) -> Value:
    """`error.message` and the like, where `error` is otherwise unknown."""
    holder = node.object
    holder = bare(holder)
    if not isinstance(holder, ir.Name) or holder.ref < 0:
        return UNKNOWN
    index = ev.world.index(module)
    perhaps = one_of([STRING, UNDEFINED])
    if _is_error(index, node, holder.ref):
        return perhaps if node.name == "stack" else STRING
    definition = index.definitions.get(holder.ref)
    if definition is None or definition.kind != "catch" or module.facts.bindings[holder.ref].assigned:
        return UNKNOWN
    return perhaps


def _is_error(index: ModuleIndex, node: ir.Expr, ref: int) -> bool:
    """Whether a test `ref instanceof SomeError` leads to `node`."""
    child: Any = node
    parent = index.parent(child)
    while parent is not None and not isinstance(parent, ir.Function):
        entered = entered_by(parent, child)
        if entered is not None and entered[1] and _tells(entered[0], ref):
            return True
        child, parent = parent, index.parent(parent)
    return False


def _tells(test: ir.Expr, ref: int) -> bool:
    if isinstance(test, ir.Binary) and test.op == "&&":
        return _tells(test.left, ref) or _tells(test.right, ref)
    return (
        isinstance(test, ir.Binary)
        and test.op == "instanceof"
        and isinstance(test.left, ir.Name)
        and test.left.ref == ref
        and isinstance(test.right, ir.Name)
        and test.right.name.endswith("Error")
    )
