"""Errors that a function throws by design, for its clients to read: `throw new ConvexError(...)`."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import Closure, External, present
from convexlint.program.model import Module, Place, RegisteredFunction
from convexlint.program.modules.enclosing import is_caught
from convexlint.program.modules.nodes import descendants
from convexlint.program.program import Program
from convexlint.program.queries import query

_DEPTH = 4


@query
def designed_error(program: Program, function: RegisteredFunction) -> Place | None:
    """Where a function throws a ConvexError that reaches its client, in the handler or in what it calls; None where
    nothing does, or where that is not known."""
    if function.handler is None:
        return None
    return _thrown(program, function.handler.module, function.handler.index, set(), 0)


def _thrown(
    program: Program, module: Module, number: int, seen: set[tuple[str, int]], depth: int
) -> Place | None:
    if depth > _DEPTH or (module.path, number) in seen:
        return None
    seen.add((module.path, number))
    index = program.ev.world.index(module)
    for node in descendants(module.facts.functions[number].body):
        error = node.value if isinstance(node, ir.Throw) else None
        if isinstance(error, (ir.New, ir.Call)) and not is_caught(index, node):
            value = present(program.ev.expr(module, error.callee))
            if isinstance(value, External) and value.path[-1:] == ("ConvexError",):
                return Place(module, Span(error.start, error.end), number, None)
    for site in index.calls_by_owner.get(number, ()):
        value = present(program.ev.expr(module, site.expr.callee))
        if isinstance(value, Closure) and not is_caught(index, site.expr):
            found = _thrown(program, value.module, value.index, seen, depth + 1)
            if found is not None:
                return found
    return None
