"""Functions that only crons and the scheduler run, and that ask who is calling: nobody is (convex-facts 3)."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.program.behaviour.access import access_of
from convexlint.program.behaviour.chains import Beginning, beginnings
from convexlint.program.model import Place, Reference, RegisteredFunction
from convexlint.program.modules.index import ModuleIndex, outward
from convexlint.program.modules.nodes import descendants, unwrapped
from convexlint.program.places.callings import all_references_to
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
from convexlint.structs import Struct

_LATER = frozenset({"cron", "runAfter", "runAt"})
_NOW = frozenset({"runQuery", "runMutation", "runAction"})
_DEEPEST = 8


class ScheduledIdentity(Struct, frozen=True, eq=False):
    """`refused`: the function, or a helper, ends where there is no identity. `reference`: what schedules it, or runs
    what it schedules."""

    function: RegisteredFunction
    beginning: Beginning
    reference: Reference
    refused: bool


@listed
def scheduled_identities(program: Program) -> Iterator[ScheduledIdentity]:
    """Reads of the identity that always give null, by function and place."""
    for function in program.functions:
        if function.visibility != "internal" or not program.reports(function.module):
            continue
        found = list(beginnings(program, function, ("auth",)))
        reference = scheduled_by(program, function) if found else None
        if reference is None:
            continue
        check = access_of(program, function)
        refused = check is not None and check.how in ("ctx.auth", "helper", "builder")
        refused = refused and not any(_lets_nobody_in(program, one.effect.place) for one in found)
        for beginning in found[:1] if refused else found:
            yield ScheduledIdentity(function, beginning, reference, refused)


def _lets_nobody_in(program: Program, place: Place) -> bool:
    """Whether what asks for the identity goes on without one: `identity === null || ...`, `identity && ...` in a
    test, `if (!identity) return true`."""
    index = program.ev.world.index(place.module)
    for site in index.calls_by_owner.get(place.owner, ()):
        if not site.expr.start <= place.span.start < place.span.end == site.expr.callee.end:
            continue
        _, parent = outward(index, site.expr)
        if isinstance(parent, ir.Await):
            _, parent = outward(index, parent)
        if not isinstance(parent, ir.Declare) or not isinstance(parent.pattern, ir.BindName):
            return False
        return any(_goes_on(index, use) for use in index.uses.get(parent.pattern.ref, ()))
    return False


def _goes_on(index: ModuleIndex, use: ir.Name) -> bool:
    node, parent = outward(index, use)
    missing = False
    if isinstance(parent, ir.Unary) and parent.op == "!":
        missing = True
        node, parent = outward(index, parent)
    elif isinstance(parent, ir.Binary) and parent.op in ("===", "==", "!==", "!="):
        missing = parent.op in ("===", "==")
        node, parent = outward(index, parent)
    if isinstance(parent, ir.Binary) and parent.left is node and parent.op in ("&&", "||"):
        again = any(isinstance(n, ir.Name) and n.ref == use.ref for n in descendants(parent.right))
        return again and (parent.op == "||") == missing
    if not missing or not isinstance(parent, ir.If) or parent.test is not node:
        return False
    first = parent.yes[0] if parent.yes else None
    value = unwrapped(first.value) if isinstance(first, ir.Return) and first.value is not None else None
    return isinstance(value, ir.Atom) and value.kind == "true"


@query
def scheduled_by(program: Program, function: RegisteredFunction) -> Reference | None:
    """A cron or schedule that leads to an internal function, where nothing else does; None otherwise."""
    return _scheduled(program, function, _DEEPEST, frozenset())


def _scheduled(
    program: Program, function: RegisteredFunction, depth: int, above: frozenset[int]
) -> Reference | None:
    if id(function) in above or depth == 0:
        return None
    references = all_references_to(program, function)
    if not references:
        return None
    first: Reference | None = None
    for reference in references:
        if reference.use in _LATER:
            first = first or reference
            continue
        caller = reference.place.inside
        if reference.use not in _NOW or caller is None:
            return None
        led = _scheduled(program, caller, depth - 1, above | {id(function)})
        if led is None:
            return None
        first = first or led
    return first
