"""Parameters that hold a Convex ctx and are typed `any`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation import known
from convexlint.program.evaluation.values import Closure, CtxOf, External, ExternalResult, members, present
from convexlint.program.model import DatabaseCall, Module, Place, RegisteredFunction
from convexlint.program.modules.nodes import descendants
from convexlint.program.places.sites import database_calls, placing
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator


_RUNNERS = frozenset({"runQuery", "runMutation", "runAction", "scheduler"})


class AnyCtx(Struct, frozen=True, eq=False):
    """`place.span`: the annotation `any`. `name`: the parameter as written. `kinds`: the kinds of ctx that callers
    pass, "any" where some are not known. `handler`: it is a parameter of a registered function's handler
    that is written in the registration.
    `colon`: where the annotation's colon stands. `plain`: nothing in the function depends on `any` beside it, so
    that its code should type-check with the ctx's own type: no other parameter holds an `any`, no function is run
    through it with arguments that nobody checked, it reads and writes tables and ids that are known, writes
    plain values, and says what it returns. `package`: whose function is given this one; "" for none, or one
    that is known to type it.
    """

    place: Place
    name: str
    kinds: frozenset[str]
    handler: bool
    colon: int
    plain: bool
    package: str = ""


@listed
def any_contexts(program: Program) -> Iterator[AnyCtx]:
    """Parameters that are a ctx and are annotated `any`, by module and place."""
    ev, places = program.ev, placing(program)
    for module in ev.world.looked_at:
        if not module.reported:
            continue
        for index, function in enumerate(module.facts.functions):
            for position, param in enumerate(function.params):
                annotation = param.annotation
                if not isinstance(annotation, ir.TypeKeyword) or annotation.name != "any":
                    continue
                value = present(ev.param_value(module, index, position, None))
                found = [v.kind for v in members(value) if isinstance(v, CtxOf)]
                if not found:
                    continue
                place = places.at(module, annotation.start, annotation.end, index)
                inside = place.inside
                handler = inside is not None and inside.handler is not None and inside.handler.index == index
                if handler and inside is not None and not inside.call_span.contains(place.span):
                    handler = False  # registered by its name, so the builder does not type it
                    if inside.custom:
                        found = ["any"]
                handler = handler and not _registers_itself(ev, inside)
                yield AnyCtx(
                    place,
                    " ".join(module.text(Span(param.pattern.start, param.pattern.end)).split()),
                    frozenset(found),
                    handler,
                    module.source.rfind(b":", 0, annotation.start),
                    handler or _is_plain(program, module, index, param),
                    _given_to(ev, module, index),
                )


def _registers_itself(ev: Evaluator, function: RegisteredFunction | None) -> bool:
    """Whether a function of the project takes the place of a builder: its own type says what a handler gets."""
    if function is None:
        return False
    module, span = function.module, function.call_span
    for site in ev.world.index(module).calls_by_owner.get(function.owner_function, ()):
        if (site.expr.start, site.expr.end) == (span.start, span.end):
            return isinstance(present(ev.expr(module, site.expr.callee)), Closure)
    return False


def _given_to(ev: Evaluator, module: Module, index: int) -> str:
    """The package whose function is given a function, directly or in its options."""
    around = ev.world.index(module)
    node: ir.Node | None = around.lambdas.get(index)
    parent = around.parent(node) if node is not None else None
    function = module.facts.functions[index]
    held = parent.pattern if isinstance(parent, ir.Declare) else None
    binding = held.ref if isinstance(held, ir.BindName) else function.binding
    if binding >= 0:
        given = {_package(ev, module, use) for use in around.uses.get(binding, ())}
        return next(iter(given)) if len(given) == 1 else ""
    return _package(ev, module, node) if node is not None else ""


def _package(ev: Evaluator, module: Module, node: ir.Node) -> str:
    """The package whose function the call is that gets `node`, directly or in its options."""
    around = ev.world.index(module)
    parent = around.parent(node)
    while isinstance(parent, (ir.Prop, ir.Object, ir.Array, ir.Cast, ir.Spread)):
        parent = around.parent(parent)
    if not isinstance(parent, (ir.Call, ir.New)) or isinstance(parent.callee, ir.Atom):
        return ""
    target = present(ev.expr(module, parent.callee))
    source = target.source if isinstance(target, ExternalResult) else target
    if not isinstance(source, External) or known.package_of(source.package).names:
        return ""
    return source.package


def _is_plain(program: Program, module: Module, number: int, ctx: ir.Param) -> bool:
    function = module.facts.functions[number]
    for param in function.params:
        if param is ctx or param.annotation is None:
            continue
        if any(isinstance(n, ir.TypeKeyword) and n.name == "any" for n in descendants(param.annotation)):
            return False
    index = program.ev.world.index(module)
    if function.result is None and (function.expression is not None or index.returns.get(number)):
        return False  # what `any` gave was `any`, to its callers as well
    if not all(_is_typed(program, call) for call in _database_calls(program, module, number)):
        return False
    if not isinstance(ctx.pattern, ir.BindName):
        return True
    above = (index.parent(use) for use in index.uses.get(ctx.pattern.ref, ()))
    return not any(isinstance(node, ir.Member) and node.name in _RUNNERS for node in above)


def _database_calls(program: Program, module: Module, number: int) -> Iterator[DatabaseCall]:
    """Those in a function, and in functions that stand in it."""
    functions = module.facts.functions
    for call in _by_module(program).get(module.path, ()):
        owner = call.place.owner
        while owner > 0 and owner != number:
            owner = functions[owner].parent
        if owner > 0:
            yield call


@query
def _by_module(program: Program) -> dict[str, list[DatabaseCall]]:
    found: dict[str, list[DatabaseCall]] = {}
    for call in database_calls(program):
        found.setdefault(call.place.module.path, []).append(call)
    return found


def _is_typed(program: Program, call: DatabaseCall) -> bool:
    """Whether types take a call as it stands: of a known table, by its name or an id, and with plain values."""
    table = call.table if call.method in ("query", "insert", "normalizeId") else call.id_table
    if table is None or not (table.startswith("_") or table in program.schema.tables):
        return False
    if call.method not in ("insert", "patch", "replace"):
        return True
    written = call.args[-1] if call.args else None
    return isinstance(written, ir.Object) and all(
        prop.kind == "pair" and isinstance(prop.value, (ir.Text, ir.Number, ir.Atom))
        for prop in written.props
    )
