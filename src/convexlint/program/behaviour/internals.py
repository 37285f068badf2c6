"""What in the text of an error tells of the inside: a caught error, a stack, what another service answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.values import Lit, Scalar, members
from convexlint.program.modules.nodes import bare, descendants

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

_BODIES = frozenset({"text", "json", "blob", "arrayBuffer", "formData", "bytes"})
_PARTS = frozenset({"stack", "cause", "stackTrace"})
_ERROR_NAMES = frozenset({"error", "err", "e", "ex", "exception", "cause", "reason"})
_ERROR_TYPES = frozenset({"Error", "unknown", "any", "Response"})
_MAX_DEPTH = 6


def internals(ev: Evaluator, module: Module, args: Iterable[ir.Expr]) -> ir.Expr | None:
    """The part of what `new Error(...)` is given that holds such a thing, None where nothing does."""
    for arg in args:
        found = _in(ev, module, arg, 0, set())
        if found is not None:
            return found
    return None


def _in(ev: Evaluator, module: Module, node: ir.Expr, depth: int, seen: set[int]) -> ir.Expr | None:
    for part in descendants(node):
        if isinstance(part, ir.Member) and part.name in _PARTS:
            return part
        if isinstance(part, ir.Call) and _reads_body(part):
            return part
        if isinstance(part, ir.Name) and part.ref >= 0 and _holds(ev, module, part, depth, seen):
            return part
    return None


def _reads_body(call: ir.Call) -> bool:
    """`response.text()`; `ctx.db` and its like have no such methods."""
    return isinstance(call.callee, ir.Member) and call.callee.name in _BODIES and not call.args


def _holds(ev: Evaluator, module: Module, name: ir.Name, depth: int, seen: set[int]) -> bool:
    """Whether a variable is such a thing, or is made of one."""
    index = ev.world.index(module)
    definition = index.definitions.get(name.ref)
    if definition is None or name.ref in seen or depth > _MAX_DEPTH:
        return False
    seen.add(name.ref)
    if definition.kind == "catch":
        return True
    if definition.kind == "param":
        return _is_handed_an_error(ev, module, name)
    if definition.kind not in ("var", "loop") or _is_number(ev, module, name):
        return False
    if definition.path and any(step == "key" and what in _ERROR_NAMES for step, what in definition.path):
        return True  # const { data, error } = await client.send()
    sources = [definition.expr] if definition.expr is not None else []
    sources += [expr for _, expr in index.assignments.get(name.ref, ())]
    return any(_comes_of(ev, module, source, depth + 1, seen) for source in sources)


def _comes_of(ev: Evaluator, module: Module, source: ir.Expr, depth: int, seen: set[int]) -> bool:
    """Whether what a variable is given holds such a thing: a value of the project's own making does not, though a
    body was read on the way to it."""
    node = bare(source)
    while isinstance(node, ir.Await):
        node = bare(node.value)
    return _in(ev, module, node, depth, seen) is not None


def _is_number(ev: Evaluator, module: Module, name: ir.Name) -> bool:
    kinds = members(ev.expr(module, name))
    return all(
        (isinstance(k, Scalar) and k.kind in ("number", "boolean"))
        or (isinstance(k, Lit) and not isinstance(k.value, str))
        for k in kinds
    )


def _is_handed_an_error(ev: Evaluator, module: Module, name: ir.Name) -> bool:
    """A parameter for an error: of `.catch((error) => ...)`, typed as one, or named so without a type."""
    index = ev.world.index(module)
    definition = index.definitions[name.ref]
    if definition.path:
        return False
    facts = module.facts.functions[definition.index]
    annotation = facts.params[definition.position].annotation
    if annotation is not None:
        return _is_error_type(annotation)
    node = index.lambdas.get(definition.index)
    call = None if node is None else index.parent(node)
    if isinstance(call, ir.Call) and isinstance(call.callee, ir.Member):
        if call.callee.name == "catch":
            return call.args[0] is node
        if call.callee.name == "then":
            return len(call.args) > 1 and call.args[1] is node
    return name.name in _ERROR_NAMES


def _is_error_type(annotation: ir.Type) -> bool:
    if isinstance(annotation, ir.TypeUnion):
        return any(_is_error_type(item) for item in annotation.items)
    if isinstance(annotation, (ir.TypeName, ir.TypeKeyword)):
        return annotation.name in _ERROR_TYPES or annotation.name.endswith("Error")
    return False
