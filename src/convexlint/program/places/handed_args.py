"""Calls inside the backend that hand arguments to a Convex function: ctx.run*, the scheduler, workflows, workpools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.builder_calls import consumed_args
from convexlint.program.evaluation.references import reference_target, run_path
from convexlint.program.evaluation.values import (
    Bound,
    CtxOf,
    ExternalResult,
    Part,
    RegisteredOf,
    Value,
    members,
    present,
)
from convexlint.program.model import Module, Place, RegisteredFunction
from convexlint.program.modules.nodes import bare
from convexlint.program.places.givens import whole_args
from convexlint.program.places.sites import RUN_METHODS, SCHEDULE_METHODS, placing
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import ObjectValidator
from convexlint.structs import Struct, replace

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_RETRIED = "@convex-dev/action-retrier"
# Methods of what a package made that take (ctx, reference, args), by the package (convex-facts 2.4), with the kinds of
# functions that they run; those of `_TIMED` take the time (or a schedule) before the reference, those that end in
# `Batch` a list of arguments.
_PACKAGE_METHODS: dict[tuple[str, str], tuple[str, ...]] = {
    ("@convex-dev/workpool", "enqueueAction"): ("action",),
    ("@convex-dev/workpool", "enqueueMutation"): ("mutation",),
    ("@convex-dev/workpool", "enqueueQuery"): ("query",),
    ("@convex-dev/workpool", "enqueueActionBatch"): ("action",),
    ("@convex-dev/workpool", "enqueueMutationBatch"): ("mutation",),
    ("@convex-dev/workpool", "enqueueQueryBatch"): ("query",),
    ("@convex-dev/workflow", "start"): ("mutation",),
    (_RETRIED, "run"): ("action",),
    (_RETRIED, "runAfter"): ("action",),
    (_RETRIED, "runAt"): ("action",),
    ("@convex-dev/crons", "register"): ("mutation", "action"),
}
_TIMED = frozenset({"runAfter", "runAt", "register"})
_NAMES = frozenset(name for _, name in _PACKAGE_METHODS) | RUN_METHODS | SCHEDULE_METHODS


class HandedArgs(Struct, frozen=True, eq=False):
    """One such call. `place.span`: the name of the method `use`. `path`, `target`: the function; `validator`: what its
    arguments must pass, None where that is not known. `args`: the expression that is handed on, None where none is.
    `reference`: the argument that names the function. `delay`: when a scheduled one is to run. `later`: it runs later,
    so that the caller hears nothing of a refusal. `takes`: the kinds of functions that a package's method runs, () for
    those of ctx. Of a batch each element of its list is one."""

    place: Place
    use: str
    path: str
    target: RegisteredFunction
    validator: ObjectValidator | None
    args: ir.Expr | None
    reference: Span
    delay: ir.Expr | None
    later: bool
    takes: tuple[str, ...] = ()


@listed
def handed_args(program: Program) -> Iterator[HandedArgs]:
    """The calls that hand arguments to a function of this backend, by module and place."""
    ev = program.ev
    for module in ev.world.looked_at:
        if any(module.holds(name.encode()) for name in _NAMES):
            for site in ev.world.index(module).code_calls:
                if isinstance(site.expr, ir.Call):
                    yield from _handed(program, module, site.expr, site.owner)


def _handed(program: Program, module: Module, node: ir.Call, owner: int) -> Iterator[HandedArgs]:
    found = _method(program.ev, module, node.callee)
    if found is None or any(isinstance(arg, ir.Spread) for arg in node.args):
        return
    name, span, receiver = found
    place = _position(name, receiver)
    if place is None or len(node.args) <= place[0]:
        return
    position, takes = place
    reference = node.args[position]
    path = run_path(present(program.ev.expr(module, reference)))
    if path is None:
        return
    _, value = reference_target(program.ev, path)
    if not isinstance(value, RegisteredOf):
        return
    target = value.function
    later = name not in RUN_METHODS
    handed = HandedArgs(
        place=placing(program).at(module, span.start, span.end, owner),
        use=name,
        path=target.path or path,
        target=target,
        validator=workflow_args(program, target) if name == "start" else sent_args(program, target),
        args=node.args[position + 1] if len(node.args) > position + 1 else None,
        reference=Span(reference.start, reference.end),
        delay=node.args[position - 1] if name in SCHEDULE_METHODS else None,
        later=later,
        takes=takes,
    )
    if not name.endswith("Batch"):
        yield handed
        return
    each = None if handed.args is None else _elements(module, handed.args)
    for args in each or ():
        yield replace(handed, args=args)
    if not each:
        yield replace(handed, args=None, validator=None)


def _elements(module: Module, node: ir.Expr) -> tuple[ir.Expr, ...]:
    """The arguments in the list of a batch: `[{ ... }, { ... }]`, what `ids.map((id) => ({ ... }))` makes of each."""
    node = bare(node)
    if isinstance(node, ir.Array):
        return tuple(item for item in node.items if not isinstance(item, ir.Spread))
    made = node.args[0] if isinstance(node, ir.Call) and len(node.args) == 1 else None
    if not isinstance(node, ir.Call) or not isinstance(node.callee, ir.Member) or node.callee.name != "map":
        return ()
    function = module.facts.functions[made.index] if isinstance(made, ir.Lambda) else None
    return () if function is None or function.expression is None else (function.expression,)


def sent_args(program: Program, function: RegisteredFunction) -> ObjectValidator | None:
    """What the arguments must pass that a function is sent: its own, and those that the customizations of its builder
    take besides (convex-helpers merges them into one validator). None where that is not known."""
    own = function.args.validator
    if not function.custom:
        return whole_args(function)
    known = isinstance(own, ObjectValidator) and function.args.state == "declared" and function.customizations
    if not known or function.wrapper is not None or function.module.holds(b"zod"):
        return None
    assert isinstance(own, ObjectValidator)
    fields = dict(own.fields)
    for customization in function.customizations:
        taken = consumed_args(program.ev, customization)
        if taken is None or not fields.keys().isdisjoint(taken.fields):
            return None
        fields |= taken.fields
    return ObjectValidator(fields, own.complete)


def _method(ev: Evaluator, module: Module, callee: ir.Expr) -> tuple[str, Span, Value] | None:
    """The name of the method that is called, where it stands, and what it is a method of."""
    callee = bare(callee)
    if isinstance(callee, ir.Member) and callee.name in _NAMES:
        return callee.name, Span(callee.name_start, callee.end), present(ev.expr(module, callee.object))
    if isinstance(callee, ir.Name) and callee.ref >= 0:
        bound = ev.expr(module, callee)
        if isinstance(bound, Bound) and bound.name in _NAMES:
            return bound.name, Span(callee.start, callee.end), bound.receiver
    return None


def _position(name: str, receiver: Value) -> tuple[int, tuple[str, ...]] | None:
    """Which argument of the method is the reference, and the kinds that a package's method takes; None where the
    method is not one of these."""
    for part in members(receiver):
        if isinstance(part, CtxOf) and name in RUN_METHODS:
            return 0, ()
        if isinstance(part, Part) and part.name == "scheduler" and name in SCHEDULE_METHODS:
            return 1, ()
        if isinstance(part, ExternalResult) and not part.path:
            takes = _PACKAGE_METHODS.get((part.source.package, name))
            if takes is not None:
                return 2 if name in _TIMED else 1, takes
    return None


def workflow_args(program: Program, function: RegisteredFunction) -> ObjectValidator | None:
    """What a workflow takes: the `args` of `workflow.define({ args, handler })`, `define({ args }).handler(f)` and
    `defineWorkflow(component, { args }).handler(f)`."""
    target = program.ev.world.export(function.module, function.export)
    if target is None or target.module is None or function.syntax != "made":
        return None
    definition = program.ev.world.index(target.module).definitions.get(target.binding)
    node = target.expr if definition is None else definition.expr
    while node is not None and isinstance(bare(node), ir.Call):
        call = bare(node)
        assert isinstance(call, ir.Call)
        for config in map(bare, call.args):
            props = config.props if isinstance(config, ir.Object) else ()
            declared = next((prop.value for prop in props if prop.key == "args"), None)
            if declared is not None:
                validator = program.ev.validator(target.module, declared)
                return validator if isinstance(validator, ObjectValidator) else None
        node = call.callee.object if isinstance(call.callee, ir.Member) else None
    return None
