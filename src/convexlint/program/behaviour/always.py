"""Values that are never null, false or empty text: what tests them tells nobody from another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.behaviour.branches import always_returns
from convexlint.program.behaviour.denials import inside
from convexlint.program.evaluation.values import Bound, Closure, Global, QueryOf, present
from convexlint.program.evaluation.written import called

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

MAX_STEPS = 6  # constants and calls in each other
_LISTS = frozenset({"collect", "take", "paginate"})
# Methods that give a list or a text that may be empty, but is there.
_MAKES = frozenset({"map", "filter", "flatMap", "slice", "concat", "sort", "toSorted", "reverse", "flat"})
_GLOBALS = frozenset(
    {"Object.keys", "Object.values", "Object.entries", "Object.fromEntries", "Array.from", "Promise.all"}
    | {"Promise.allSettled"}
)


def is_always_there(ev: Evaluator, module: Module, node: ir.Expr, steps: int = 0) -> bool:
    """Whether an expression surely holds in a test, by what it is made of; what types say of it does not count."""
    node = inside(node)
    if isinstance(node, (ir.Object, ir.Array, ir.Lambda, ir.New)):
        return True
    if isinstance(node, ir.Text):
        return node.value != ""
    if isinstance(node, ir.Template):
        return _has_text(module, node)
    if isinstance(node, ir.Atom):
        return node.kind == "true"
    if steps >= MAX_STEPS:
        return False
    if isinstance(node, ir.Conditional):
        return all(is_always_there(ev, module, one, steps + 1) for one in (node.yes, node.no))
    if isinstance(node, ir.Binary):
        if node.op in ("??", "||"):
            return is_always_there(ev, module, node.right, steps + 1)
        both = (node.left, node.right)
        return node.op == "&&" and all(is_always_there(ev, module, one, steps + 1) for one in both)
    if isinstance(node, ir.Name):
        held = ev.world.index(module).constant(node.ref)
        return held is not None and is_always_there(ev, module, held, steps + 1)
    return isinstance(node, ir.Call) and _gives_something(ev, module, node, steps)


def is_never_empty(ev: Evaluator, module: Module, node: ir.Expr) -> bool:
    """Whether a list surely has an item, since it is written so: `[await viewer(ctx)].length` is 1 for everybody."""
    node = inside(node)
    if isinstance(node, ir.Name):
        held = ev.world.index(module).constant(node.ref)
        node = node if held is None else inside(held)
    return isinstance(node, ir.Array) and any(not isinstance(item, ir.Spread) for item in node.items)


def _has_text(module: Module, node: ir.Template) -> bool:
    """Whether a template has text beside what it holds; of nobody's name it makes "undefined"."""
    if any(isinstance(part, ir.Member) and part.optional for part in node.parts):
        return True
    held = sum(part.size + len("${}") for part in node.parts)
    return node.size - len("``") > held


def _gives_something(ev: Evaluator, module: Module, node: ir.Call, steps: int) -> bool:
    callee = node.callee
    if isinstance(callee, ir.Atom) or node.optional:
        return False
    value = present(called(ev, module, callee))
    if isinstance(value, Global):
        return value.name in _GLOBALS
    if isinstance(value, Bound):
        if isinstance(callee, ir.Member) and callee.optional:
            return False
        return value.name in (_LISTS if isinstance(value.receiver, QueryOf) else _MAKES)
    if not isinstance(value, Closure):
        return False
    function = value.module.facts.functions[value.index]
    if function.is_generator:
        return True
    if function.expression is not None:
        return is_always_there(ev, value.module, function.expression, steps + 1)
    index = ev.world.index(value.module)
    returned = index.returns.get(value.index, [])
    if not returned or index.bare_returns.get(value.index) or not always_returns(function.body):
        return False
    return all(is_always_there(ev, value.module, one, steps + 1) for one in returned)
