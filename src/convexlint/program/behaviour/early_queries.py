"""Queries that clients ask before anybody is known to be signed in, and that refuse all others."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.program.behaviour.access import access_judge
from convexlint.program.behaviour.standing import standing_of
from convexlint.program.behaviour.trust import SENT
from convexlint.program.model import Module, RegisteredFunction
from convexlint.program.modules.nodes import bare, descendants
from convexlint.program.places.clients.auth_gates import ungated_modules
from convexlint.program.places.clients.calls import NamedCall, client_calls, scripts_of
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
from convexlint.structs import Struct

_OF_CALLER = frozenset({"signed in", "role", "owner"})


class EarlyQuery(Struct, frozen=True, eq=False):
    """A query, `function`, that a component of React asks at once, with the arguments `args` (None: none are given).
    It throws for users who are not signed in, and no gate stands above the component."""

    named: NamedCall
    function: RegisteredFunction
    call: ir.Call
    args: ir.Expr | None


@listed
def early_queries(program: Program) -> Iterator[EarlyQuery]:
    """By file and place."""
    for named in client_calls(program):
        use, function = named.use, named.function
        if (
            use is None
            or function is None
            or use.taker is None
            or use.call is None
            or function.kind != "query"
        ):
            continue
        if not use.taker.reactive or use.taker.anew != "render" or not use.args_known:
            continue
        args = None if use.args is None else bare(use.args)
        if args is not None and (not isinstance(args, ir.Object) or _is_given(program, use.module, args)):
            continue
        path = use.module.path
        if path not in ungated_modules(program) or not refuses_strangers(program, function):
            continue
        if not program.gated(path):
            yield EarlyQuery(named, function, use.call, args)


@query
def refuses_strangers(program: Program, function: RegisteredFunction) -> bool:
    """Whether a function throws for a caller who is not signed in."""
    guard = access_judge(program).registered(function, 0, SENT)
    return guard.throws and standing_of(program, function).level in _OF_CALLER


def _is_given(program: Program, module: Module, args: ir.Object) -> bool:
    """Whether arguments come from the parent that shows the component, which may have waited for the sign-in."""
    ev = scripts_of(program).ev
    definitions = ev.world.index(module).definitions if ev is not None else {}
    names = (node for node in descendants(args) if isinstance(node, ir.Name) and node.ref >= 0)
    return any(name.ref in definitions and definitions[name.ref].kind == "param" for name in names)
