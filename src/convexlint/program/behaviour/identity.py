"""Where the caller's identity is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation import known
from convexlint.program.evaluation.registration import callee_name
from convexlint.program.evaluation.values import Bound, External, Part, members, present
from convexlint.program.model import Module, Place
from convexlint.program.places.sites import Places

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_METHODS = frozenset({"getUserIdentity", "getUserIdentityInsecure"})


def identity_reads(ev: Evaluator, places: Places, modules: tuple[Module, ...]) -> Iterator[Place]:
    """Calls of `ctx.auth.getUserIdentity()`, and of the functions of known packages that call it. Each
    place's span is the called name."""
    names = _METHODS | known.identity_names()
    mentions = [name.encode() for name in sorted(names)]
    for module in modules:
        if not any(name in module.source for name in mentions):
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
