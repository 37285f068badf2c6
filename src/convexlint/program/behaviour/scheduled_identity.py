"""Functions that only crons and the scheduler run, and that ask who is calling: nobody is (convex-facts 3)."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.program.behaviour.access import access_of
from convexlint.program.behaviour.chains import Beginning, beginnings
from convexlint.program.model import Reference, RegisteredFunction
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
        for beginning in found[:1] if refused else found:
            yield ScheduledIdentity(function, beginning, reference, refused)


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
