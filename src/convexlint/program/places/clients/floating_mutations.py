"""Mutations and actions that a client starts and leaves alone: nobody waits for them or hears of their failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.discovery.roles import is_test
from convexlint.facts import ir
from convexlint.program.evaluation.values import Closure, External, ExternalResult, present
from convexlint.program.modules.index import ModuleIndex, outward
from convexlint.program.places.clients.calls import client_uses, scripts_of
from convexlint.program.places.clients.scripts import ScriptUse
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_NEVER_FAIL = frozenset({"mutate", "execute"})
"""TanStack's and convex-vue's give no promise that is rejected; the error is in their state."""
_METHODS = frozenset({"mutation", "action"})


class StartedCall(Struct, frozen=True, eq=False):
    """A call of a mutation or an action by a client. `use`: the same; `promise`: the expression whose value is
    dropped, the call with what is chained to it, None where it goes somewhere. `asynchronous`: the function around it
    may await it. `is_kept_here`: it is dropped or awaited, so nobody else hears of its failure but that function's
    caller."""

    use: ScriptUse
    call: ir.Call
    promise: ir.Expr | None
    asynchronous: bool
    is_kept_here: bool


@listed
def started_calls(program: Program) -> Iterator[StartedCall]:
    """The calls of mutations and actions in functions of clients, tests left out, by file and place."""
    ev = scripts_of(program).ev
    if ev is None:
        return
    for use in client_uses(program):
        if use.call is None or use.taker is None or use.taker.kind not in ("mutation", "action"):
            continue
        index = ev.world.index(use.module)
        owner = index.owner(use.call)
        if owner <= 0 or is_test("/".join(use.module.path.split("/")[-3:])) or not _starts(ev, use, use.call):
            continue
        function, promise = index.facts.functions[owner], _dropped(index, use.call)
        awaited = isinstance(outward(index, use.call)[1], ir.Await)
        yield StartedCall(use, use.call, promise, function.is_async, awaited or promise is not None)


def _starts(ev: Evaluator, use: ScriptUse, call: ir.Call) -> bool:
    """Whether a call starts the function and gives a promise of it."""
    value = present(ev.expr(use.module, call.callee))
    assert use.taker is not None
    if use.taker.later:
        path = value.path if isinstance(value, ExternalResult) else ()
        return use.args_known and not (path and path[-1] in _NEVER_FAIL)
    if use.method:
        return use.name in _METHODS and not isinstance(value, Closure)
    return isinstance(value, External) and value.path[-1:] in (("fetchMutation",), ("fetchAction",))


def _dropped(index: ModuleIndex, call: ir.Expr) -> ir.Expr | None:
    """The promise that a statement drops: the call, with `.then(...)` and `.finally(...)`, which catch nothing."""
    node, parent = outward(index, call)
    while isinstance(parent, ir.Member) and parent.object is node and parent.name in ("then", "finally"):
        chained = index.parent(parent)
        if not isinstance(chained, ir.Call) or chained.callee is not parent or len(chained.args) > 1:
            return None
        node, parent = outward(index, chained)
    promise = node
    while isinstance(parent, (ir.Binary, ir.Conditional)):
        if isinstance(parent, ir.Binary) and (
            parent.op not in ("&&", "||", "??") or parent.right is not node
        ):
            return None
        if isinstance(parent, ir.Conditional) and parent.test is node:
            return None
        node, parent = outward(index, parent)
    return promise if isinstance(parent, ir.Evaluate) else None
