"""Functions that only crons and the scheduler run, and that ask who is calling: nobody is (convex-facts 3)."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.access import access_of
from convexlint.program.behaviour.chains import Beginning, beginnings
from convexlint.program.behaviour.effects import effects_of
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
# Keys of results that tell of a refusal: `{ error: "..." }`.
_REFUSALS = frozenset({"error", "errors", "reason", "status", "code"})


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
            if refused or not _is_shared_and_goes_on(program, beginning):
                yield ScheduledIdentity(function, beginning, reference, refused)


def _is_shared_and_goes_on(program: Program, beginning: Beginning) -> bool:
    """A helper that has an answer for those without an identity, and is asked for others as well."""
    effect = beginning.effect
    if not effect.chain or not _lets_nobody_in(program, effect.place):
        return False
    return (effect.place.module.path, effect.place.span) in _asked_by_others(program)


def _lets_nobody_in(program: Program, place: Place) -> bool:
    """Whether what asks for the identity goes on without one: `identity === null || ...`, `identity && ...` in a
    test, `if (!identity) return true`, `if (identity) { ... }`, `identity ? ... : true`."""
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
    if isinstance(parent, ir.Conditional) and parent.test is node:
        return _lets_in(parent.yes if missing else parent.no)
    if not isinstance(parent, ir.If) or parent.test is not node:
        return False
    branch = parent.yes if missing else parent.no
    if (
        not branch
    ):  # `if (me) { ... }`: what comes next is for everybody, unless those who have one leave before it
        return not missing and not any(isinstance(one, ir.Return) for one in descendants(parent.yes))
    return isinstance(branch[0], ir.Return) and branch[0].value is not None and _lets_in(branch[0].value)


def _lets_in(value: ir.Expr) -> bool:
    """Whether a result says yes, or tells of somebody: `true`, a text, an object in which nothing is refused."""
    value = unwrapped(value)
    if isinstance(value, ir.Object):
        refusals = (prop.key in _REFUSALS or not _may_let_in(prop.value) for prop in value.props)
        return bool(value.props) and not any(refusals)
    return isinstance(value, ir.Text) or (isinstance(value, ir.Atom) and value.kind == "true")


def _may_let_in(value: ir.Expr) -> bool:
    value = unwrapped(value)
    return not isinstance(value, ir.Atom) or value.kind not in ("false", "null", "undefined")


@query
def _asked_by_others(program: Program) -> frozenset[tuple[str, Span]]:
    """Where the identity is asked for by functions that somebody may call who has one: module and span."""
    return frozenset(
        (effect.place.module.path, effect.place.span)
        for function in program.functions
        for effect in effects_of(program, function)
        if effect.kind == "auth" and scheduled_by(program, function) is None
    )


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
