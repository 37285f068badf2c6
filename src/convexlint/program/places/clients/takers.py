"""What takes a function of the backend where a client calls something: a hook, a client's method, or a function of
the client that hands the reference on to one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.convex.takers import AUTO_IMPORTED, MADE_HOOKS, METHODS, Taker, taker
from convexlint.program.evaluation.values import (
    ClassOf,
    Closure,
    External,
    ExternalResult,
    FunctionType,
    Global,
    ObjectLiteral,
    Unknown,
    Value,
    present,
)
from convexlint.program.model import Module
from convexlint.program.modules.index import outward
from convexlint.program.modules.nodes import bare
from convexlint.structs import replace

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_DEPTH = 6
_NAMES_CLIENT = re.compile(rb"\bConvex\w*Client\b|\buseConvex\b|\b[Tt]estConvex\b|\bconvexTest\b")
_NOT_CLIENTS = (Closure, ClassOf, ObjectLiteral)


def taker_of(ev: Evaluator, module: Module, call: ir.Call) -> tuple[Taker | None, bool]:
    """What a call takes of the backend, and whether it is a client's method."""
    callee = bare(call.callee)
    value = present(ev.expr(module, callee))
    if isinstance(value, External) and value.path:
        return taker(value.package, value.path[-1]), False
    if isinstance(value, Global):
        return AUTO_IMPORTED.get(value.name), False
    if isinstance(value, ExternalResult) and not value.path and value.source.path:
        made = MADE_HOOKS.get(value.source.path[-1])
        if made is not None:
            return made, False
    if isinstance(callee, ir.Member) and not isinstance(value, _NOT_CLIENTS):
        found = METHODS.get(callee.name)
        if found is not None and _may_be_own(module, value):
            found = replace(found, args=None, more=True)
        return found, True
    return None, False


def _may_be_own(module: Module, method: Value) -> bool:
    """Whether a method may be of an object that the project wrote around a client, which may send more than it is
    given: its type is the project's, or nothing is known of it and its module names no client of Convex."""
    if isinstance(method, Unknown):
        return not module.holds(_NAMES_CLIENT)
    return isinstance(method, FunctionType)


def handed_on(ev: Evaluator, closure: Closure, position: int, depth: int) -> Taker | None:
    """What a function of the client takes at one of its parameters, which it hands on: its own hook."""
    module = closure.module
    index, params = ev.world.index(module), module.facts.functions[closure.index].params
    if depth > _DEPTH or position >= len(params):
        return None
    pattern = params[position].pattern
    if not isinstance(pattern, ir.BindName) or params[position].rest:
        return None
    found: Taker | None = None
    for use in index.uses.get(pattern.ref, ()):
        node, parent = outward(index, use)
        if not isinstance(parent, ir.Call):
            continue
        at = next((n for n, a in enumerate(parent.args) if a is node), -1)
        if at < 0:
            continue
        inner, _ = taker_of(ev, module, parent)
        if inner is None:
            value = present(ev.expr(module, parent.callee))
            inner = handed_on(ev, value, at, depth + 1) if isinstance(value, Closure) else None
        elif inner.at != at:
            inner = None
        if inner is None:
            continue
        if found is not None and found.kind != inner.kind:
            return None
        args = _same_args(params, parent, inner)
        found = Taker(
            inner.kind,
            position,
            args,
            inner.later,
            inner.paginated,
            inner.more or args is None,
            False,
            inner.anew,
        )
    return found


def _same_args(params: tuple[ir.Param, ...], call: ir.Call, inner: Taker) -> int | None:
    """Which parameter is handed on as the arguments, untouched."""
    if inner.args is None or len(call.args) <= inner.args:
        return None
    given = call.args[inner.args]
    spread = isinstance(given, ir.Spread)
    if isinstance(given, ir.Spread):  # `(query, ...args) => useQuery(query, ...args)`
        given = given.value
    elif isinstance(given, ir.Conditional):  # `ready ? args : "skip"`
        given = given.no if isinstance(bare(given.yes), ir.Text) else given.yes
    if not isinstance(given, ir.Name):
        return None
    for position, param in enumerate(params):
        if isinstance(param.pattern, ir.BindName) and param.pattern.ref == given.ref:
            return position if param.pattern.default is None and param.rest == spread else None
    return None


def argument_at(call: ir.Call, position: int | None) -> ir.Expr | None:
    if position is None or len(call.args) <= position:
        return None
    found = call.args[position]
    return None if isinstance(found, ir.Spread) else found
