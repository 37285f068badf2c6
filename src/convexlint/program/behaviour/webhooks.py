"""POST routes that act before, or without, making sure who sent the request.

A request is verified where something of it (a header, the body, a secret in it) is compared with a secret that the
backend keeps, or looked up as a secret; by a package's own method, by asking its sender's service, by an access check,
or by a package that is handed the request. It may happen in helpers and in the functions that the handler runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.behaviour.access import Access, access_judge
from convexlint.program.behaviour.effects import Effects, effects
from convexlint.program.evaluation.references import run_path
from convexlint.program.evaluation.values import present
from convexlint.program.model import AccessCheck, Effect, RegisteredFunction
from convexlint.program.places.routes import Route, routes
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct, replace

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

# What an unverified request must not reach.
ACTS = frozenset({"run-mutation", "run-action", "schedule", "storage-write", "db-write"})
# Routes that other services call: what these call a session (a checkout) is not a sign-in.
_SERVICE = re.compile(r"hooks?\b|stripe|paypal|paddle|polar|lemon_?squeezy|checkout|payment", re.IGNORECASE)
_PROOFS = frozenset({"secret", "session", "asked"})
_RATE = re.compile(r"rate_?limit|throttle", re.IGNORECASE)


class UnverifiedRoute(Struct, frozen=True):
    """`route` does `deed` first. `late`: it does verify, but only after that. `function`: what answers, None for a
    plain function, which fails on every request until it is wrapped."""

    route: Route
    function: RegisteredFunction | None
    deed: Effect
    late: bool


class Webhooks:
    """Judges the routes of one program."""

    def __init__(
        self,
        ev: Evaluator,
        effects: Effects,
        access: Access,
        routes: Sequence[Route],
    ) -> None:
        self.ev = ev
        self.effects = effects
        self.access = access
        self.routes = routes

    def unverified(self) -> Iterator[UnverifiedRoute]:
        """One entry for each handler of POST routes, at its first route."""
        seen: set[tuple[str, int, str, int]] = set()
        for route in self.routes:
            body = route.handler.body if route.handler is not None else None
            answers = route.handler.meant if route.handler is not None else None
            if route.method is None or route.method.value != "POST" or body is None or answers is None:
                continue
            # Of a wrapper's body there is one, of what it was given there are many.
            key = (answers.module.path, answers.builder_span.start, body.module.path, body.index)
            if answers.kind != "httpAction" or key in seen:
                continue
            seen.add(key)
            found = self._judge(route, answers)
            if found is not None:
                plain = route.handler is not None and route.handler.function is None
                yield replace(found, function=None) if plain else found

    def _judge(self, route: Route, function: RegisteredFunction) -> UnverifiedRoute | None:
        handler = function.handler
        if handler is None or handler.module.head.truncated or function.authenticated:
            return None
        deeds = [
            e
            for e in self.effects.of(function)
            if e.kind in ACTS and not e.guarded and not self._limits_rate(e)
        ]
        here = [d for d in deeds if d.first.module is handler.module]
        if not here:
            return None
        first = min(here, key=lambda d: d.first.span.start)
        wrapper = function.wrapper
        if wrapper is not None and self.access.verifies((wrapper.module.path, wrapper.index)):
            return None
        by_service = self._is_called_by_service(route)
        check = self.access.check(function)
        if check is not None and (check.how == "environment" or (check.how == "session" and by_service)):
            check = None
        places = [at for at, how in self.access.proofs(function) if not (how == "session" and by_service)]
        if check is not None and not self._is_in(function, check):
            # Where in the handler a secret is verified is known also of helpers; where somebody is asked for is not.
            if not places or check.how not in _PROOFS:
                return None
        elif check is not None:
            places.append(check.place.span.start)
        if places and min(places) <= first.first.span.start:
            return None
        return UnverifiedRoute(route, function, first, bool(places))

    def _limits_rate(self, effect: Effect) -> bool:
        """Whether the deed runs what counts requests, which comes before everything else for good reasons."""
        place = effect.place
        for deed in self.effects.summary((place.module.path, place.owner)).deeds:
            if deed.place.span == place.span and isinstance(deed.node, ir.Call) and deed.node.args:
                path = run_path(present(self.ev.expr(place.module, deed.node.args[0])))
                return path is not None and _RATE.search(path) is not None
        return False

    def _is_called_by_service(self, route: Route) -> bool:
        target = route.path or route.prefix
        return target is not None and _SERVICE.search(target.value or "") is not None

    def _is_in(self, function: RegisteredFunction, check: AccessCheck) -> bool:
        handler = function.handler
        if handler is None or check.place.module is not handler.module:
            return False
        body = handler.module.facts.functions[handler.index]
        return body.start <= check.place.span.start < body.end


@listed
def unverified_routes(program: Program) -> Iterator[UnverifiedRoute]:
    """POST routes that act before, or without, a look at who sends the request."""
    yield from Webhooks(program.ev, effects(program), access_judge(program), routes(program)).unverified()
