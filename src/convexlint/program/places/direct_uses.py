"""Registered functions used as plain ones: called, or given where a reference to them is due."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import Bound, CtxOf, Part, RegisteredOf, Value, present
from convexlint.program.model import DirectUse, Module, RegisteredFunction
from convexlint.program.modules.nodes import bare, callee_name
from convexlint.program.places.sites import (
    CRON_METHODS,
    RUN_METHODS,
    SCHEDULE_METHODS,
    Locator,
    is_crons,
    placing,
)
from convexlint.program.program import Program
from convexlint.program.queries import listed

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.modules.index import CallSite


@listed
def direct_uses(program: Program) -> Iterator[DirectUse]:
    """Registered functions that are called, or given where a reference is due, by module and place."""
    ev, places = program.ev, placing(program)
    for module in ev.world.looked_at:
        if not module.reported:
            continue
        for site in ev.world.index(module).code_calls:
            if isinstance(site.expr, ir.Call) and not isinstance(site.expr.callee, ir.Atom):
                yield from _at(ev, places, module, site, site.expr)


def _at(ev: Evaluator, places: Locator, module: Module, site: CallSite, node: ir.Call) -> Iterator[DirectUse]:
    callee = bare(node.callee)
    if isinstance(callee, (ir.Name, ir.Member)):
        name = callee.name
        taken = name in RUN_METHODS or name in SCHEDULE_METHODS or name in CRON_METHODS
        # What is called is a name that holds a registered function: look only where it can be one.
        value = present(ev.expr(module, callee))
        if isinstance(value, RegisteredOf):
            yield _called(ev, places, module, site, node, value.function)
        elif taken:
            yield from _given(ev, places, module, site, node, name)


def _called(
    ev: Evaluator,
    places: Locator,
    module: Module,
    site: CallSite,
    node: ir.Call,
    function: RegisteredFunction,
) -> DirectUse:
    _, span = callee_name(node.callee)
    first = node.args[0] if node.args else None
    is_ctx = first is not None and isinstance(present(ev.expr(module, first)), CtxOf)
    return DirectUse(
        places.at(module, span.start, span.end, site.owner),
        "call",
        function,
        Span(node.start, node.end),
        Span(first.start, first.end) if first is not None and is_ctx else None,
        node.args[1:],
    )


def _given(
    ev: Evaluator, places: Locator, module: Module, site: CallSite, node: ir.Call, name: str
) -> Iterator[DirectUse]:
    callee = bare(node.callee)
    assert isinstance(callee, (ir.Name, ir.Member))
    if isinstance(callee, ir.Member):
        receiver: Value = present(ev.expr(module, callee.object))
    else:
        bound = ev.expr(module, callee)
        if not isinstance(bound, Bound):
            return
        receiver = bound.receiver
    if name in RUN_METHODS and isinstance(receiver, CtxOf):
        kind, position = name, 0
    elif name in SCHEDULE_METHODS and isinstance(receiver, Part) and receiver.name == "scheduler":
        kind, position = name, 1
    elif name in CRON_METHODS and is_crons(receiver):
        kind, position = "cron", 2
    else:
        return
    if position >= len(node.args) or any(isinstance(a, ir.Spread) for a in node.args):
        return
    arg = node.args[position]
    value = present(ev.expr(module, arg))
    if isinstance(value, RegisteredOf):
        yield DirectUse(
            places.at(module, arg.start, arg.end, site.owner),
            kind,
            value.function,
            Span(node.start, node.end),
            None,
            (),
        )
