"""Variables and the members that lead on from them, and whether any test may tell of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convexlint.facts import ir

if TYPE_CHECKING:
    from convexlint.program.modules.index import ModuleIndex


Reference = tuple[int, tuple[str, ...]]
"""A variable's binding, and the members that lead on from it: `event.target.kind`."""


def reference(node: ir.Expr) -> Reference | None:
    """The variable and the members that an expression is, None for others."""
    path: list[str] = []
    while True:
        if isinstance(node, ir.Cast):
            node = node.value
        elif isinstance(node, ir.Member):
            path.append(node.name)
            node = node.object
        elif isinstance(node, ir.Index) and isinstance(node.key, ir.Text):
            path.append(node.key.value)
            node = node.object
        else:
            break
    if not isinstance(node, ir.Name) or node.ref < 0:
        return None
    return node.ref, tuple(reversed(path))


def is_tested(index: ModuleIndex, ref: int) -> bool:
    """Whether some test, or an assignment after the declaration, may tell of the variable. Asked first: most are never
    tested."""
    found = index.tested.get(ref)
    if found is None:
        found = index.facts.bindings[ref].assigned or any(
            _in_test(index, use) for use in index.uses.get(ref, ())
        )
        index.tested[ref] = found
    return found


def _in_test(index: ModuleIndex, use: ir.Expr) -> bool:
    child: Any = use
    parent = index.parent(child)
    while parent is not None and not isinstance(parent, ir.Function):
        if isinstance(parent, (ir.If, ir.Conditional)) and parent.test is child:
            return True
        if isinstance(parent, ir.Binary) and parent.op in ("&&", "||") and parent.left is child:
            return True
        if isinstance(parent, ir.Loop) and parent.source is child:
            return True
        if isinstance(parent, ir.Switch) and parent.subject is child:
            return True
        if isinstance(parent, ir.Declare) and isinstance(child, (ir.Binary, ir.Unary, ir.Call)):
            return True  # const isDone = x !== null
        if isinstance(parent, ir.Evaluate) and isinstance(child, ir.Call):
            return True  # assertPresent(x)
        child, parent = parent, index.parent(parent)
    return False
