"""POST routes that act before, or without, making sure who sent the request.

A signature or secret is verified by a package's own method, by a comparison with an environment variable or with
something named like a secret, by an access check, or by a package that is handed the request. It may happen in
helpers and in the functions that the handler runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.behaviour.access import access_of
from convexlint.program.behaviour.effects import Deed, Effects, Key, effects
from convexlint.program.evaluation import registration
from convexlint.program.evaluation.values import (
    Closure,
    External,
    ExternalResult,
    Global,
    RegisteredOf,
    Unknown,
    members,
    present,
)
from convexlint.program.model import AccessCheck, Effect, Module, RegisteredFunction
from convexlint.program.modules.nodes import descendants
from convexlint.program.places.routes import Route, routes
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct, replace

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

# What an unverified request must not reach.
ACTS = frozenset({"run-mutation", "run-action", "schedule", "storage-write", "db-write"})
_RUNS = frozenset({"run-query", "run-mutation", "run-action"})
_VERIFIES = re.compile(
    r"verif|constructevent|timingsafe|safecompare|securecompare|constanttime|authenticate|authorize|"
    r"(validate|check|assert|parse|unwrap).*(signature|request|webhook|secret|token|hmac)",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"secret|signature|\bsig\b|token|digest|hmac|hash|expected|api_?key|password|authorization|auth_?header|bearer",
    re.IGNORECASE,
)
# Routes that other services call: what these name a session (a checkout) is nobody's who signed in.
_SERVICE = re.compile(r"hooks?\b|stripe|paypal|paddle|polar|lemon_?squeezy|checkout|payment", re.IGNORECASE)
_RATE = re.compile(r"rate_?limit|throttle", re.IGNORECASE)
_REQUEST = re.compile(r"^_?(req|request)$")
_EQUALITIES = frozenset({"===", "!==", "==", "!="})
_PLAIN = (ir.Text, ir.Number, ir.Atom)


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
        access: Callable[[RegisteredFunction], AccessCheck | None],
        routes: Sequence[Route],
    ) -> None:
        self.ev = ev
        self.effects = effects
        self.access = access
        self.routes = routes
        self._known: dict[Key, bool] = {}

    def unverified(self) -> Iterator[UnverifiedRoute]:
        """One entry for each handler of POST routes, at its first route."""
        seen: set[Key] = set()
        for route in self.routes:
            body = route.handler.body if route.handler is not None else None
            answers = route.handler.meant if route.handler is not None else None
            if route.method is None or route.method.value != "POST" or body is None or answers is None:
                continue
            key = (body.module.path, body.index)
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
        if wrapper is not None and self._verifies((wrapper.module.path, wrapper.index)):
            return None
        check = self.access(function)
        if check is not None and check.how == "session" and self._is_called_by_service(route):
            check = None
        if check is not None and not self._is_in(function, check):
            return None
        places = self._places((handler.module.path, handler.index))
        if check is not None:
            places.append(check.place.span.start)
        if places and min(places) <= first.first.span.start:
            return None
        return UnverifiedRoute(route, function, first, bool(places))

    def _limits_rate(self, effect: Effect) -> bool:
        """Whether the deed runs what counts requests, which comes before everything else for good reasons."""
        place = effect.place
        for deed in self.effects.summary((place.module.path, place.owner)).deeds:
            if deed.place.span == place.span and isinstance(deed.node, ir.Call) and deed.node.args:
                path = registration.reference_path(present(self.ev.expr(place.module, deed.node.args[0])))
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

    # ------------------------------------------------------------------------------------------ verification

    def _verifies(self, key: Key) -> bool:
        """Whether the function, or what it calls or runs, verifies something."""
        known = self._known.get(key)
        if known is None:
            self._known[key] = False  # a cycle adds nothing
            known = self._known[key] = bool(self._places(key))
        return known

    def _places(self, key: Key) -> list[int]:
        """Where in facts function `key` something is verified: offsets in its module."""
        module = self.ev.world.modules[key[0]]
        summary = self.effects.summary(key)
        found = [node.start for node in self._own(module, key[1])]
        for edge in summary.edges:
            if edge.hop is None and edge.target[0] == key[0]:
                found += self._places(edge.target) if edge.target != key else []
            elif self._verifies(edge.target):
                found.append(edge.node.start)
        found += [deed.node.start for deed in summary.deeds if self._runs_verifier(module, deed)]
        return found

    def _runs_verifier(self, module: Module, deed: Deed) -> bool:
        """`ctx.runAction(internal.stripe.receive, { signature, body })`, where the action verifies."""
        node = deed.node
        if deed.kind not in _RUNS or not isinstance(node, ir.Call) or len(node.args) < 2:
            return False
        path = registration.reference_path(present(self.ev.expr(module, node.args[0])))
        if path is None:
            return False
        _, value = registration.reference_target(self.ev, path)
        handler = value.function.handler if isinstance(value, RegisteredOf) else None
        return handler is not None and self._verifies((handler.module.path, handler.index))

    def _own(self, module: Module, owner: int) -> Iterator[ir.Node]:
        for site in self.ev.world.index(module).calls_by_owner.get(owner, ()):
            if self._is_verifier(module, site.expr):
                yield site.expr
        function = module.facts.functions[owner]
        for node in descendants(function.body if function.expression is None else function.expression):
            if isinstance(node, ir.Binary) and node.op in _EQUALITIES and self._compares(module, node):
                yield node

    def _is_verifier(self, module: Module, node: ir.Call | ir.New) -> bool:
        callee = node.callee
        if isinstance(callee, ir.Atom):
            return False
        targets = members(present(self.ev.expr(module, callee)))
        if any(isinstance(t, Closure) for t in targets):
            return False  # its body tells
        if isinstance(node, ir.Call) and node.args and _VERIFIES.search(registration.callee_name(callee)[0]):
            return True
        foreign = all(isinstance(t, (External, ExternalResult, Unknown)) for t in targets)
        return foreign and any(isinstance(a, ir.Name) and _REQUEST.match(a.name) for a in node.args)

    def _compares(self, module: Module, node: ir.Binary) -> bool:
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(other, (ir.Atom, ir.Number)) or (isinstance(other, ir.Text) and not other.value):
                continue
            if isinstance(one, ir.Unary):  # typeof token
                continue
            for part in descendants(one):
                if isinstance(part, (ir.Name, ir.Member)) and _SECRET.search(part.name):
                    return True
                if not isinstance(other, _PLAIN) and self._is_env(module, part):
                    return True
        return False

    def _is_env(self, module: Module, part: ir.Node) -> bool:
        if not isinstance(part, (ir.Name, ir.Member)):
            return False
        for value in members(present(self.ev.expr(module, part))):
            if isinstance(value, Global) and value.name.startswith("process.env."):
                return True
            if isinstance(value, External) and value.path[:1] == ("env",):
                return True
        return False


@listed
def unverified_routes(program: Program) -> Iterator[UnverifiedRoute]:
    """POST routes that act before, or without, a look at who sends the request."""
    yield from Webhooks(
        program.ev, effects(program), lambda function: access_of(program, function), routes(program)
    ).unverified()
