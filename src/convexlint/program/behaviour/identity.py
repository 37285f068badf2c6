"""Where the caller's identity is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.program.evaluation import known
from convexlint.program.evaluation.values import Bound, External, Part, members, present
from convexlint.program.model import Place
from convexlint.program.modules.nodes import callee_name
from convexlint.program.places.sites import placing
from convexlint.program.program import Program
from convexlint.program.queries import listed, query

_METHODS = frozenset({"getUserIdentity", "getUserIdentityInsecure"})


@listed
def identity_reads(program: Program) -> Iterator[Place]:
    """Calls of `ctx.auth.getUserIdentity()`, and of the functions of known packages that call it, by module and place.
    Each place's span is the called name."""
    yield from _identity_reads(program)


@query
def reads_identity(program: Program) -> bool:
    """Whether the project asks anywhere who its caller is: no more is read than up to the first such place."""
    return next(_identity_reads(program), None) is not None


def _identity_reads(program: Program) -> Iterator[Place]:
    ev, places = program.ev, placing(program)
    names = _METHODS | known.identity_names()
    mentions = [name.encode() for name in sorted(names)]
    for module in program.modules:
        if not any(module.holds(name) for name in mentions):
            continue
        for site in ev.world.index(module).calls:
            if not isinstance(site.expr, ir.Call):
                continue
            name, span = callee_name(site.expr.callee)
            if name not in names:
                continue
            for value in members(present(ev.expr(module, site.expr.callee))):
                method = isinstance(value, Bound) and value.receiver == Part("auth")
                reader = isinstance(value, External) and name in known.package_of(value.package).identity
                if method or reader:
                    yield places.at(module, span.start, span.end, site.owner)
                    break
