"""Routes that let other origins in, and whose preflight nobody answers (docs/convex.md 8.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.facts.lowered import Worded
from convexlint.findings import Span
from convexlint.program.evaluation.values import Closure, ExternalResult, ObjectLiteral, Value, members
from convexlint.program.model import Module
from convexlint.program.modules.nodes import descendants
from convexlint.program.places.routes import Route, RoutePart, route_registrars, routes
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

HEADER = "access-control-allow-origin"
# Methods that a browser asks for before it sends them, or that carry a body of JSON.
_ASKED = ("POST", "PUT", "PATCH", "DELETE")
_PATTERN = re.compile(rb"access-control-allow-origin", re.IGNORECASE)
_NAMED = Worded(tuple((word, _PATTERN) for word in (b"-allow-", b"-Allow-", b"-ALLOW-")))
_CORS = re.compile(r"cors|options|preflight", re.IGNORECASE)
_MOST = 400


class MissingPreflight(Struct, frozen=True, eq=False):
    """Routes of one path that answer other origins, and no OPTIONS route there. `routes`: in order. `module`, `header`:
    where the header is written; `origin`: its value as source text, where it means the same in every module."""

    routes: tuple[Route, ...]
    target: RoutePart
    module: Module
    header: Span
    origin: str | None


@listed
def missing_preflights(program: Program) -> Iterator[MissingPreflight]:
    """Paths with a route for POST, PUT, PATCH or DELETE that sends `Access-Control-Allow-Origin`, and with none for
    OPTIONS, by the first such route. None where a call may register routes for OPTIONS that are not seen."""
    ev, known = program.ev, routes(program)
    if not known or may_add_cors(program):
        return
    by_target: dict[tuple[str, str], list[Route]] = {}
    for route in known:
        target = route.path or route.prefix
        if route.cors or route.method is None or route.method.value not in _ASKED or target is None:
            continue
        if target.value is not None and not (route.path and route.prefix) and not _is_answered(route, known):
            by_target.setdefault(("path" if route.path else "prefix", target.value), []).append(route)
    for (kind, _), group in by_target.items():
        sending = []
        found: Sent | None = None
        for route in group:
            sent = lets_others_in(ev, route)
            if sent is not None:
                sending.append(route)
                found = found or sent
        if found is not None:
            target = sending[0].path if kind == "path" else sending[0].prefix
            assert target is not None
            yield MissingPreflight(tuple(sending), target, found.module, found.span, found.origin)


def may_add_cors(program: Program) -> bool:
    """Whether a call that is given the router may add headers and OPTIONS routes that are not seen; also where no
    module writes the header at all."""
    if not any(module.holds(_NAMED) for module in program.ev.world.modules.values()):
        return True
    return any(_CORS.search(registrar.name) for registrar in route_registrars(program))


def lets_others_in(ev: Evaluator, route: Route) -> Sent | None:
    """Where the header for other origins is written in what answers a route."""
    return _Header(ev).sent_by(route)


def _is_answered(route: Route, known: Sequence[Route]) -> bool:
    """Whether an OPTIONS route takes, or may take, what is asked before a request of `route`."""
    for other in known:
        method = other.method.value if other.method is not None else None
        if method != "OPTIONS" and (method is not None or (other.method is None and other.complete)):
            continue
        if answered_by(route, other):
            return True
    return False


def answered_by(route: Route, other: Route) -> bool:
    """Whether the path of `other` takes, or may take, requests for the path of `route`."""
    value = (route.path or route.prefix or RoutePart(None, Span(0, 0), Span(0, 0))).value or ""
    if other.path is None and other.prefix is None:
        return True
    if other.prefix is not None and (other.prefix.value is None or value.startswith(other.prefix.value)):
        return True
    return other.path is not None and (
        other.path.value is None or (other.path.value == value and route.path is not None)
    )


class Sent(Struct, frozen=True, eq=False):
    """Where a header is written. `origin`: see `MissingPreflight`."""

    module: Module
    span: Span
    origin: str | None


class _Header:
    """Looks for the header in what answers a route: in its code, and in the constants and helpers that it names."""

    def __init__(self, ev: Evaluator) -> None:
        self._ev = ev
        self._seen: set[tuple[str, str, int]] = set()
        self._pending: list[tuple[Module, object]] = []

    def sent_by(self, route: Route) -> Sent | None:
        body = route.handler.body if route.handler is not None else None
        if body is None:
            return None
        self._function(body.module, body.index)
        while self._pending and len(self._seen) < _MOST:
            module, node = self._pending.pop(0)
            found = self._in(module, node)
            if found is not None:
                return found
        return None

    def _function(self, module: Module, index: int) -> None:
        if ("function", module.path, index) not in self._seen:
            self._seen.add(("function", module.path, index))
            facts = module.facts.functions[index]
            self._pending.append((module, (facts.body, facts.expression)))

    def _in(self, module: Module, start: object) -> Sent | None:
        parts = start if isinstance(start, (ir.Node, tuple)) else ()
        for node in descendants(parts):
            if isinstance(node, ir.Prop) and node.key is not None and node.key.lower() == HEADER:
                return Sent(module, Span(node.key_start, node.key_end), _origin(module, node.value))
            if isinstance(node, ir.Call):
                found = self._set(module, node)
                if found is not None:
                    return found
            elif isinstance(node, ir.Lambda):
                self._function(module, node.index)
            elif isinstance(node, ir.Name) and node.ref >= 0:
                self._name(module, node.ref)
        return None

    def _set(self, module: Module, node: ir.Call) -> Sent | None:
        """`headers.set("Access-Control-Allow-Origin", "*")`, also `append`."""
        callee = node.callee
        if isinstance(callee, ir.Member) and callee.name in ("set", "append") and len(node.args) == 2:
            name, value = node.args
            if isinstance(name, ir.Text) and name.value.lower() == HEADER:
                return Sent(module, Span(name.start, name.end), _origin(module, value))
        return None

    def _name(self, module: Module, ref: int) -> None:
        if ("name", module.path, ref) in self._seen:
            return
        self._seen.add(("name", module.path, ref))
        definition = self._ev.world.index(module).definitions.get(ref)
        if definition is None or definition.kind in ("param", "loop", "catch"):
            return
        if definition.kind == "var" and definition.expr is not None:
            self._pending.append((module, definition.expr))
        for value in members(self._ev.binding(module, ref)):
            self._value(value)

    def _value(self, value: Value) -> None:
        if isinstance(value, Closure):
            self._function(value.module, value.index)
        elif isinstance(value, ObjectLiteral):
            self._pending.append((value.module, value.expr))
        elif isinstance(value, ExternalResult):
            self._pending.append((value.module, value.args))


def _origin(module: Module, value: ir.Expr) -> str | None:
    if isinstance(value, ir.Text):
        return module.text(Span(value.start, value.end))
    text = module.text(Span(value.start, value.end))
    return text if re.fullmatch(r"process\.env\.\w+!?", text) else None
