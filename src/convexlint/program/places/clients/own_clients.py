"""Clients that a project wrote itself: what they send along, and as whom they call, is theirs to know."""

from __future__ import annotations

import re

from convexlint.facts import ir
from convexlint.program.evaluation.values import (
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
    if isinstance(receiver, Instance):
        return receiver.module.facts.classes[receiver.index].superclass is None
    specifiers = (one.text for one in use.module.head.specifiers)
    return isinstance(receiver, ObjectLiteral) or (
        isinstance(receiver, Unknown)
        and not any(_CONVEX.match(text) for text in specifiers)
        and writes_own_clients(program)
    )
