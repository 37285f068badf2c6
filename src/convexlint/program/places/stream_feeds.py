"""Work that fills a stream while a Response hands it out: who waits for it before returning waits for ever.

An HTTP action lives as long as its response is read (convex-facts 8.2), so this work runs until it closes the stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.values import Closure, present
from convexlint.program.model import Module
from convexlint.program.modules.index import ModuleIndex
from convexlint.program.modules.nodes import bare, descendants

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_STREAMS = frozenset({"IdentityTransformStream", "ReadableStream", "TransformStream"})
_WORDS = (b"TransformStream", b"ReadableStream")
_DEPTH = 6


def feeds_stream(ev: Evaluator, module: Module, call: ir.Call) -> bool:
    """Whether a call is given an end of a stream that a module with Responses makes, or runs a function written there
    that uses one: `(async () => { ... await writer.close(); })()`."""
    if not module.holds(b"Response") or not any(module.holds(word) for word in _WORDS):
        return False
    index = ev.world.index(module)
    return any(_is_end(index, ref, 0) for ref in _used(ev, module, index, call))


def _used(ev: Evaluator, module: Module, index: ModuleIndex, call: ir.Call) -> Iterator[int]:
    """The variables that a call and the function it calls name."""
    for part in descendants(call.args):
        if isinstance(part, ir.Name):
            yield part.ref
    value = present(ev.expr(module, call.callee))
    if not isinstance(value, Closure) or value.module is not module:
        return
    function = module.facts.functions[value.index]
    for ref, uses in index.uses.items():
        if any(function.start <= use.start and use.end <= function.end for use in uses):
            yield ref


def _is_end(index: ModuleIndex, ref: int, depth: int) -> bool:
    """Whether a variable holds a stream, one of its ends, its writer, or the controller that fills it."""
    definition = index.definitions.get(ref)
    if definition is None or depth > _DEPTH:
        return False
    if definition.kind == "param":
        return _is_controller(index, definition.index)
    node: ir.Expr | None = definition.expr if definition.kind == "var" else None
    while node is not None:
        node = bare(node)
        if isinstance(node, ir.New):
            return isinstance(node.callee, ir.Name) and node.callee.name in _STREAMS
        if isinstance(node, ir.Name):
            return _is_end(index, node.ref, depth + 1)
        if isinstance(node, ir.Call) and not isinstance(node.callee, ir.Atom):
            node = node.callee
        elif isinstance(node, ir.Member):
            node = node.object
        else:
            return False
    return False


def _is_controller(index: ModuleIndex, function: int) -> bool:
    """Whether a function is one that fills a stream: `new ReadableStream({ start(controller) { ... } })`."""
    node: object = index.lambdas.get(function)
    for _ in range(_DEPTH):
        node = index.parent(node) if isinstance(node, ir.Node) else None
        if isinstance(node, ir.New):
            return isinstance(node.callee, ir.Name) and node.callee.name in _STREAMS
    return False
