"""Promises that nothing waits for: expression statements whose value is a promise of Convex or of a helper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.queries import CONSUMERS
from convexlint.program.evaluation.values import (
    Bound,
    Closure,
    CtxOf,
    External,
    ExternalResult,
    Global,
    ListOf,
    MapOf,
    Part,
    PromiseOf,
    QueryOf,
    SetOf,
    Unknown,
    Value,
    members,
    present,
)
from convexlint.program.model import FloatingPromise, Module, PromiseKind
from convexlint.program.modules.nodes import bare, descendants
from convexlint.program.places.held_promises import Holder, holder_of, is_held_for_nothing, is_mixed
from convexlint.program.places.package_promises import gives_promise, is_awaited_elsewhere
from convexlint.program.places.sites import placing
from convexlint.program.places.stream_feeds import feeds_stream
from convexlint.program.program import Program
from convexlint.program.queries import listed

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

# Methods that return promises, by the part of ctx (convex-facts 3); None = every method of it.
_PARTS: dict[str, frozenset[str] | None] = {
    "db": frozenset({"get", "insert", "patch", "replace", "delete"}),
    "system": frozenset({"get"}),
    "auth": None,
    "scheduler": None,
    "storage": None,
    "meta": frozenset(
        {"getFunctionMetadata", "getDeploymentMetadata", "getTransactionMetrics", "getRequestMetadata"}
    ),
}
_CTX = frozenset({"runQuery", "runMutation", "runAction", "vectorSearch"})
_SERVER = frozenset({("createFunctionHandle",), ("getServiceToken",), ("getServiceUrl",), ("log", "audit")})
_COMBINATORS = frozenset({"Promise.all", "Promise.allSettled", "Promise.race", "Promise.any"})


@listed
def floating_promises(program: Program) -> Iterator[FloatingPromise]:
    """Promises that nothing waits for, by module and place."""
    ev, places = program.ev, placing(program)
    for module in ev.world.looked_at:
        if not module.reported:
            continue
        index = ev.world.index(module)
        for site in index.code_calls:
            node = site.expr
            if not isinstance(node, ir.Call):
                continue
            kind: PromiseKind | Literal[""] = ""
            holder: Holder | None = None
            if _calls_each(node):
                kind = "forEach" if _drops_each(ev, module, node) else ""
            elif _is_dropped(ev, module, node):
                kind = promise_kind(ev, module, node) or _awaited_elsewhere(program, module, node)
                kind = "" if kind == "helper" and feeds_stream(ev, module, node) else kind
            else:
                holder = holder_of(index, node)
                if holder is not None and is_held_for_nothing(ev, module, holder):
                    kind = promise_kind(ev, module, node)
                    kind = "" if kind == "helper" and feeds_stream(ev, module, node) else kind
            if kind:
                span = _name_span(module, node.callee)
                function = module.facts.functions[site.owner]
                yield FloatingPromise(
                    places.at(module, span.start, span.end, site.owner),
                    kind,
                    short_callee(module, node.callee),
                    Span(node.start, node.end),
                    function.is_async and not function.is_generator,
                    holder is not None and is_mixed(module, holder),
                )


def _is_dropped(ev: Evaluator, module: Module, node: ir.Expr) -> bool:
    """Whether the value of an expression is the value of a statement: nobody gets it."""
    index = ev.world.index(module)
    child: ir.Node = node
    parent = index.parent(child)
    while True:
        if isinstance(parent, ir.Evaluate):
            return True
        if isinstance(parent, ir.Binary):
            if parent.op not in ("&&", "||", "??") or parent.right is not child:
                return False
        elif isinstance(parent, ir.Conditional):
            if parent.test is child:
                return False
        elif isinstance(parent, ir.Opaque):
            if parent.kind != "sequence":
                return False
            if parent.parts[-1] is not child:
                return True
        elif not isinstance(parent, ir.Cast):
            return False
        child, parent = parent, index.parent(parent)


def _awaited_elsewhere(program: Program, module: Module, node: ir.Call) -> Literal["component", ""]:
    if isinstance(node.callee, ir.Atom):
        return ""
    found = members(present(program.ev.expr(module, node.callee)))
    return "component" if all(is_awaited_elsewhere(program, module, node, one) for one in found) else ""


def _calls_each(node: ir.Call) -> bool:
    return isinstance(node.callee, ir.Member) and node.callee.name == "forEach" and len(node.args) > 0


def _drops_each(ev: Evaluator, module: Module, node: ir.Call) -> bool:
    """Whether `forEach` is given a function that makes promises: it takes none of them."""
    assert isinstance(node.callee, ir.Member)
    receiver = present(ev.expr(module, node.callee.object))
    if not all(isinstance(m, (ListOf, SetOf, MapOf, Unknown)) for m in members(receiver)):
        return False
    value = present(ev.expr(module, node.args[0]))
    if not isinstance(value, Closure):
        return False
    function = value.module.facts.functions[value.index]
    if function.is_generator:
        return False
    if not function.is_async:
        results = [bare(node) for node in ev.world.index(value.module).returns.get(value.index, ())]
        return _all_promises(ev.return_value(value)) or any(
            isinstance(node, ir.Call) and promise_kind(ev, value.module, node) != "" for node in results
        )
    below = (function.body, function.expression)
    return any(
        isinstance(part, ir.Await)
        or (isinstance(part, ir.Loop) and part.kind == "await")
        or (isinstance(part, ir.Call) and promise_kind(ev, value.module, part) != "")
        for part in descendants(below)
    )


def promise_kind(ev: Evaluator, module: Module, node: ir.Call) -> PromiseKind | Literal[""]:
    """The kind of promise that a call surely gives (see `FloatingPromise`), "" when it is none or not known."""
    if isinstance(node.callee, ir.Atom):
        return ""
    kinds = {_kind(ev, module, node, value) for value in members(present(ev.expr(module, node.callee)))}
    return next(iter(kinds)) if len(kinds) == 1 else ""


def _kind(ev: Evaluator, module: Module, node: ir.Call, callee: Value) -> PromiseKind | Literal[""]:
    if isinstance(callee, Bound):
        return _bound(ev, module, node, callee)
    if isinstance(callee, Closure):
        function = callee.module.facts.functions[callee.index]
        if function.is_generator:
            return ""
        if function.is_async or _all_promises(ev.expr(module, node)):
            return "helper"
        return ""
    if isinstance(callee, External) and callee.package == "convex/server":
        return "package" if callee.path in _SERVER else ""
    if isinstance(callee, (External, ExternalResult, Unknown)):
        return gives_promise(ev, module, node, callee)
    if isinstance(callee, Global) and callee.name in _COMBINATORS and node.args:
        given = present(ev.expr(module, node.args[0]))
        return "all" if isinstance(given, ListOf) and _holds_promise(given) else ""
    return ""


def _bound(ev: Evaluator, module: Module, node: ir.Call, callee: Bound) -> PromiseKind | Literal[""]:
    receiver, name = callee.receiver, callee.name
    if isinstance(receiver, Part):
        if receiver.name not in _PARTS:
            return ""
        names = _PARTS[receiver.name]
        return "ctx" if names is None or name in names else ""
    if isinstance(receiver, CtxOf):
        return "ctx" if name in _CTX else ""
    if isinstance(receiver, QueryOf):
        return "query" if name in CONSUMERS else ""
    if isinstance(receiver, ListOf) and name in ("map", "flatMap"):
        made = ev.expr(module, node)
        return "each" if isinstance(made, ListOf) and _all_promises(made.element) else ""
    if isinstance(receiver, PromiseOf) and isinstance(node.callee, ir.Member):
        # A rejection handler says that somebody thought of it: `.catch(...)`, `.then(f, g)`.
        source = node.callee.object
        source = bare(source)
        unhandled = name == "finally" or (name == "then" and len(node.args) == 1)
        if unhandled and isinstance(source, ir.Call) and promise_kind(ev, module, source):
            return "chain"
    return ""


def _all_promises(value: Value) -> bool:
    return all(isinstance(m, PromiseOf) for m in members(value))


def _holds_promise(value: ListOf) -> bool:
    items = value.items if value.items is not None else (value.element,)
    return any(isinstance(m, PromiseOf) for item in items for m in members(item))


def _name_span(module: Module, callee: ir.Expr) -> Span:
    """The name that is called; of a function called where it is written, its head."""
    if isinstance(callee, ir.Member):
        return Span(callee.name_start, callee.end)
    end = module.facts.functions[callee.index].params_end if isinstance(callee, ir.Lambda) else callee.end
    return Span(callee.start, end)


def short_callee(module: Module, callee: ir.Expr) -> str:
    """A callee as written, on one line; of a chain only its last link."""
    if isinstance(callee, ir.Lambda):
        return "(async () => ...)" if module.facts.functions[callee.index].is_async else "(() => ...)"
    text = " ".join(module.text(Span(callee.start, callee.end)).split())
    if len(text) <= 50:
        return text
    return f"....{callee.name}" if isinstance(callee, ir.Member) else text[:47] + "..."
