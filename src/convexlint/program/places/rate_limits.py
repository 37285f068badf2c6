"""Questions about a rate limit, `limiter.limit(ctx, "signup")`, and whether anybody looks at the answer.

Of @convex-dev/rate-limiter (`limit`, `check` of a `RateLimiter`) and convex-helpers/server/rateLimit (`rateLimit`,
`checkRateLimit`, also those that `defineRateLimits` gives). With `throws: true` they throw; without, they answer
`{ ok, retryAfter }` (their READMEs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.facts.lowered import Worded, any_word
from convexlint.findings import Span
from convexlint.program.evaluation.values import External, ExternalResult, Lit, ObjectLiteral, present
from convexlint.program.model import Module, Place
from convexlint.program.modules.index import ModuleIndex
from convexlint.program.modules.nodes import bare
from convexlint.program.places.sites import placing
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_COMPONENT = "@convex-dev/rate-limiter"
_HELPERS = "convex-helpers/server/rateLimit"
_ASKS = {_COMPONENT: frozenset({"limit", "check"}), _HELPERS: frozenset({"rateLimit", "checkRateLimit"})}
_WRITTEN = Worded((*any_word("limit", "check").parts, (b"ateLimit", re.compile(rb"[rR]ateLimit"))))
"""Stands in every module that asks a limiter; the packages themselves may be named in another."""
_FOLLOWS = frozenset({"then", "catch", "finally"})
_OPTIONS = {_COMPONENT: 2, _HELPERS: 1}


class IgnoredLimit(Struct, frozen=True, eq=False):
    """An answer that nobody looks at. `place`: the name of what is called where it is dropped. `asked`: the call of the
    limiter (the same, or in the helper that hands its answer on), in `module`. `name`: the limit's, None where it is
    not known. `options`: the literal that `throws: true` belongs into, None where there is none yet; `fixable`: whether
    it can be written there. `consumes`: whether the call counts, or only looks."""

    place: Place
    callee: str
    module: Module
    asked: ir.Call
    name: str | None
    options: ir.Object | None
    fixable: bool
    consumes: bool


@listed
def ignored_limits(program: Program) -> Iterator[IgnoredLimit]:
    """Every question about a rate limit whose answer is dropped, by module and place. Silent where a limit is checked
    elsewhere, and only counted here: failed attempts are counted so."""
    ev, places = program.ev, placing(program)
    for module in ev.world.looked_at:
        for node, owner, package in _questions(program, module):
            throws, options, fixable = _throws(ev, module, node, package)
            if throws:
                continue
            name = _limit_name(ev, module, node, package)
            consumes = not _last(node.callee).startswith("check")
            if consumes:
                checked = checked_limits(program)  # reads many modules
                if name in checked or (name is None and checked):
                    continue
            for where, call, there in _dropped(ev, module, node, owner):
                span = _name_span(call.callee)
                yield IgnoredLimit(
                    places.at(where, span.start, span.end, there),
                    where.text(span),
                    module,
                    node,
                    name,
                    options,
                    fixable,
                    consumes,
                )


@query
def checked_limits(program: Program) -> frozenset[str | None]:
    """The names of the limits that the project checks without counting, and looks at the answer."""
    ev = program.ev
    found = set()
    for module in program.modules:
        for node, owner, package in _questions(program, module):
            if not _last(node.callee).startswith("check"):
                continue
            if _throws(ev, module, node, package)[0] or not any(_dropped(ev, module, node, owner)):
                found.add(_limit_name(ev, module, node, package))
    return frozenset(found)


@query
def _are_used(program: Program) -> bool:
    """Whether a module of the project names one of the packages."""
    return any(
        module.holds(_COMPONENT.encode()) or module.holds(_HELPERS.encode()) for module in program.modules
    )


def _questions(program: Program, module: Module) -> Iterator[tuple[ir.Call, int, str]]:
    """Each call of a limiter in a module, the function around it, and its package."""
    if not module.holds(_WRITTEN) or not _are_used(program):
        return
    ev = program.ev
    for site in ev.world.index(module).code_calls:
        package = _asks(ev, module, site.expr) if isinstance(site.expr, ir.Call) else None
        if package is not None and isinstance(site.expr, ir.Call):
            yield site.expr, site.owner, package


def _asks(ev: Evaluator, module: Module, node: ir.Call) -> str | None:
    """The package whose limiter a call asks, None where it is another call."""
    if not isinstance(node.callee, (ir.Name, ir.Member)) or not _may_ask(node.callee):
        return None
    value = present(ev.expr(module, node.callee))
    if isinstance(value, External):
        package, path = value.package, value.path
    elif isinstance(value, ExternalResult):
        package, path = value.source.package, value.path
    else:
        return None
    return package if path and path[-1] in _ASKS.get(package, frozenset()) else None


def _may_ask(callee: ir.Name | ir.Member) -> bool:
    """A cheap question first: a method of that name, or a name that says so."""
    if isinstance(callee, ir.Member):
        return callee.name in ("limit", "check", "rateLimit", "checkRateLimit")
    return callee.ref >= 0


def _throws(
    ev: Evaluator, module: Module, node: ir.Call, package: str
) -> tuple[bool, ir.Object | None, bool]:
    """Whether a call throws, or may (its options are not known); the literal with its options; whether that can be
    changed."""
    position = _OPTIONS[package]
    if any(isinstance(arg, ir.Spread) for arg in node.args):
        return True, None, False
    if len(node.args) <= position:
        return False, None, len(node.args) == position and package == _COMPONENT
    given = bare(node.args[position])
    here = isinstance(given, ir.Object)
    if not isinstance(given, ir.Object):
        held = present(ev.expr(module, given))
        if not isinstance(held, ObjectLiteral):
            return True, None, False
        given = held.expr
    if any(prop.kind == "spread" or prop.key is None for prop in given.props):
        return True, None, False
    said = next((prop.value for prop in given.props if prop.key == "throws"), None)
    if said is None:
        return False, given if here else None, here
    value = present(ev.expr(module, said))
    return not (isinstance(value, Lit) and value.value is False), given if here else None, False


def _dropped(
    ev: Evaluator, module: Module, node: ir.Call, owner: int
) -> Iterator[tuple[Module, ir.Call, int]]:
    """Where the answer of a call is dropped: there, or where a helper that only hands it on is called."""
    if _is_dropped(ev, module, node):
        yield module, node, owner
        return
    index = ev.world.index(module)
    parent = index.parent(node)
    while isinstance(parent, (ir.Await, ir.Cast)):
        parent = index.parent(parent)
    if isinstance(parent, (ir.Return, ir.Function)):
        for where, call in ev.callers.of(module, owner):
            if _is_dropped(ev, where, call):
                yield where, call, ev.world.index(where).owner(call)


def _is_dropped(ev: Evaluator, module: Module, node: ir.Expr) -> bool:
    """Whether nothing is done with a value: a statement of its own, or a variable that nobody reads."""
    index = ev.world.index(module)
    child: ir.Node = node
    parent = index.parent(node)
    while True:
        if (
            isinstance(parent, (ir.Await, ir.Cast, ir.Array))
            or (isinstance(parent, ir.Unary) and parent.op == "void")
            or (isinstance(parent, ir.Call) and isinstance(child, ir.Array) and _is_all(parent))
        ):
            child, parent = parent, index.parent(parent)
        elif isinstance(parent, ir.Member) and parent.object is child and parent.name in _FOLLOWS:
            call = index.parent(parent)
            if not isinstance(call, ir.Call) or call.callee is not parent:
                return False
            if parent.name == "then":
                return bool(call.args) and _looks_away(module, index, call.args[0])
            child, parent = call, index.parent(call)
        else:
            break
    if isinstance(parent, ir.Declare):
        if isinstance(parent.pattern, ir.ObjectPattern):
            entries = parent.pattern.fields
            names = [e.pattern.ref for e in entries if isinstance(e.pattern, ir.BindName)]
            plain = parent.pattern.rest is None and len(names) == len(entries)
            return plain and not any(index.uses.get(ref) for ref in names)
        return isinstance(parent.pattern, ir.BindName) and not index.uses.get(parent.pattern.ref)
    return isinstance(parent, ir.Evaluate)


def _looks_away(module: Module, index: ModuleIndex, callback: ir.Expr) -> bool:
    """Whether what `.then` calls is a function that does not use what it is given."""
    callback = bare(callback)
    if not isinstance(callback, ir.Lambda):
        return False
    params = module.facts.functions[callback.index].params
    names = [one.pattern.ref for one in params if isinstance(one.pattern, ir.BindName)]
    return len(names) == len(params) and not any(index.uses.get(ref) for ref in names)


def _is_all(call: ir.Call) -> bool:
    callee = call.callee
    return isinstance(callee, ir.Member) and callee.name in ("all", "allSettled")


def _limit_name(ev: Evaluator, module: Module, node: ir.Call, package: str) -> str | None:
    """The name of the limit that a call asks about."""
    value = present(ev.expr(module, node.args[1])) if len(node.args) > 1 else None
    if package == _HELPERS and value is not None:
        value = present(ev.member(value, "name"))
    return value.value if isinstance(value, Lit) and isinstance(value.value, str) else None


def _last(callee: ir.Expr) -> str:
    return callee.name if isinstance(callee, (ir.Member, ir.Name)) else ""


def _name_span(callee: ir.Expr) -> Span:
    if isinstance(callee, ir.Member):
        return Span(callee.name_start, callee.name_start + len(callee.name.encode()))
    return Span(callee.start, callee.end)
