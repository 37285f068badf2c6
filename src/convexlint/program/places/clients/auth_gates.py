"""Components of React that surely ask while the sign-in may still be loading: nothing above them waits for it."""

from __future__ import annotations

import re

from convexlint.discovery.roles import is_test
from convexlint.facts.lowered import Worded, any_word
from convexlint.program.model import Module
from convexlint.program.modules.import_graph import ImportGraph
from convexlint.program.places.clients.calls import client_modules, scripts_of
from convexlint.program.program import Program
from convexlint.program.queries import query

_SIGNS_IN = Worded(
    (
        (b"ConvexProviderWith", re.compile(rb"\bConvexProviderWith(?:Auth|Clerk|Auth0)\b")),
        (b"ConvexAuth", re.compile(rb"\bConvexAuth\w*Provider\b")),
        (b"ConvexBetterAuthProvider", re.compile(rb"\bConvexBetterAuthProvider\b")),
    )
)
_WAITS = any_word("expectAuth", "initialToken")
"""Clients that send nothing before they know who is signed in."""
_GATES = any_word("useConvexAuth", "<Authenticated", "<AuthLoading", "<Unauthenticated", "AuthBoundary")
_SHOWS_OTHERS = re.compile(
    rb"\bchildren\b|<Outlet\b|<Slot\b|\bRouterProvider\b|<Routes?\b|<Stack\b|<Tabs\b|\bComponent\b|\blazy\("
)
"""Where a gate may stand above components that the module does not name."""
_HOOK = re.compile(r"use[A-Z]\w*")
_LOCAL = re.compile(r"[.~@#]/|\.\.?/|[.@~]")
_PLAIN = re.compile(
    r"(?:^|/)(?:ui|lib|libs|utils?|hooks?|icons?|assets|styles?|types?|constants?|config)(?:/|$)|\.\w{3,4}$"
)


@query
def ungated_modules(program: Program) -> frozenset[str]:
    """The paths of client modules over whose components no gate stands: no `<Authenticated>`, no `useConvexAuth`, in
    the module or in any that imports it. None at all where a gate may stand over everything, where the client waits for
    the sign-in by itself, and where nobody signs in."""
    ev, modules = scripts_of(program).ev, client_modules(program)
    modules = tuple(m for m in modules if not is_test("/".join(m.path.split("/")[-3:])))
    if ev is None or not any(m.holds(_SIGNS_IN) for m in modules):
        return frozenset()
    if any(m.holds(_WAITS) for m in modules):
        return frozenset()
    graph, ours = ImportGraph(ev.world), {module.path: module for module in modules}
    pending = [module for module in modules if module.holds(_GATES)]
    gated = {module.path for module in pending}
    if any(_HOOK.fullmatch(export.name) for module in pending for export in module.facts.exports):
        return frozenset()  # who calls it is a gate, and need not speak of Convex
    if any(module.holds(_SHOWS_OTHERS) for module in pending):
        return frozenset()
    while pending:
        for edge in graph.of(pending.pop()):
            target, text = edge.target, edge.specifier.text
            if isinstance(target, Module):
                if target.path in ours and target.path not in gated:
                    gated.add(target.path)
                    pending.append(target)
            elif (target == "" or _LOCAL.match(text)) and not _PLAIN.search(text):
                return frozenset()  # it may show any of the others
    return frozenset(ours) - gated
