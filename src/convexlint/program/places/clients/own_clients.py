"""Clients that a project wrote itself: what they send along, and as whom they call, is theirs to know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.values import (
    Closure,
    FunctionType,
    Instance,
    ObjectLiteral,
    Unknown,
    present,
)
from convexlint.program.model import Module
from convexlint.program.modules.nodes import bare
from convexlint.program.places.clients.scripts import ScriptUse
from convexlint.program.program import Program
from convexlint.program.queries import query

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_DEEPEST = 6
_METHOD = rb"(?<![.\w$])%s\s*(?:\??\s*[:(<]|=\s*(?:async\s*)?(?:\(|[\w$]+\s*=>|function\b))"
_QUERY, _MUTATION = re.compile(_METHOD % b"query"), re.compile(_METHOD % b"mutation")
_PROXY = re.compile(rb"\bnew\s+Proxy\s*[<(]")
_CONVEX = re.compile(r"^(?:convex/|convex-|@convex-)")


@query
def writes_own_clients(program: Program) -> bool:
    """Whether some module around the backend declares an object with the methods `query` and `mutation` (an interface,
    a class, a literal), or a proxy of one."""
    return any(_writes_one(module) for module in program.scripts().modules)


def _writes_one(module: Module) -> bool:
    if module.holds(b"Proxy") and module.holds(b"Convex") and _PROXY.search(module.source):
        return True
    both = module.holds(b"query") and module.holds(b"mutation")
    return both and _QUERY.search(module.source) is not None and _MUTATION.search(module.source) is not None


def may_be_own(program: Program, use: ScriptUse) -> bool:
    """Whether the method that takes a function may be one of the project's own clients, which may have rights: it is
    declared or written by the project; or nobody knows what it is called on, the project has such clients, and the
    module imports none of Convex's."""
    ev = program.scripts().ev
    if not use.method or use.call is None or ev is None:
        return False
    callee = bare(use.call.callee)
    if not isinstance(callee, ir.Member):
        return False
    if isinstance(present(ev.expr(use.module, callee)), FunctionType):
        return True
    receiver = present(ev.expr(use.module, callee.object))
    made = isinstance(receiver, Unknown) and _makes_proxies(program)
    if made and _is_proxy(ev, use.module, callee.object, _DEEPEST):
        return True
    if isinstance(receiver, Instance):
        return receiver.module.facts.classes[receiver.index].superclass is None
    specifiers = (one.text for one in use.module.head.specifiers)
    return isinstance(receiver, ObjectLiteral) or (
        isinstance(receiver, Unknown)
        and not any(_CONVEX.match(text) for text in specifiers)
        and writes_own_clients(program)
    )


@query
def _makes_proxies(program: Program) -> bool:
    return any(
        module.holds(b"Proxy") and _PROXY.search(module.source) is not None
        for module in program.scripts().modules
    )


def _is_proxy(ev: Evaluator, module: Module, node: ir.Expr, depth: int) -> bool:
    """Whether an expression may be what `new Proxy(client, ...)` made: through variables, functions that give it, other
    modules, and members that are set to one."""
    node = bare(node)
    if depth == 0:
        return False
    if isinstance(node, ir.New):
        return isinstance(node.callee, ir.Name) and node.callee.name == "Proxy"
    if isinstance(node, ir.Name):
        held = None if node.ref < 0 else ev.world.constant(module, node.ref)
        if held is None:
            return _is_set_to_one(module, node.name)
        return _is_proxy(ev, *held, depth - 1)
    if isinstance(node, ir.Member):
        return _is_set_to_one(module, node.name)
    if isinstance(node, (ir.Await, ir.Assign)):
        return _is_proxy(ev, module, node.value, depth - 1)
    if isinstance(node, ir.Conditional):
        return any(_is_proxy(ev, module, way, depth - 1) for way in (node.yes, node.no))
    if isinstance(node, ir.Binary):
        return any(_is_proxy(ev, module, way, depth - 1) for way in (node.left, node.right))
    if not isinstance(node, ir.Call):
        return False
    made = present(ev.expr(module, node.callee))
    if not isinstance(made, Closure):
        return any(_is_proxy(ev, module, arg, depth - 1) for arg in node.args)
    returns = ev.world.index(made.module).returns.get(made.index, ())
    return any(_is_proxy(ev, made.module, one, depth - 1) for one in returns)


def _is_set_to_one(module: Module, name: str) -> bool:
    """`client = new Proxy(...)`, `{ client: new Proxy(...) }`, `client ??= new Proxy(...)` somewhere in the module."""
    if not module.holds(b"Proxy"):
        return False
    setting = rb"\b%s\s*(?::[^=;{}()]{0,200})?(?:\?\?=|\|\|=|=|:)\s*new\s+Proxy\s*[<(]" % re.escape(
        name.encode()
    )
    return re.search(setting, module.source) is not None
