"""Answers without the header for other origins, of routes that mean to let these in (docs/convex.md 8.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.behaviour.preflights import HEADER, Sent, answered_by, lets_others_in, may_add_cors
from convexlint.program.evaluation.values import Closure, ObjectLiteral, Value, present
from convexlint.program.model import Module, Place, RegisteredFunction
from convexlint.program.modules.nodes import bare, is_global
from convexlint.program.places.numbers import constant
from convexlint.program.places.routes import Route, RoutePart, routes
from convexlint.program.places.sites import placing
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_BAD_REQUEST = 400
_REFUSED = 403  # what another origin may be answered on purpose
_MAX_DEPTH = 6


class BareAnswers(Struct, frozen=True, eq=False):
    """A route of which some answers lack the header. `answers`: these, in order; `all`: no other answer has it.
    `sent`: where the header is written: in another answer, or, if `by_options`, in the OPTIONS route of the path."""

    route: Route
    target: RoutePart
    answers: tuple[Place, ...]
    all: bool
    sent: Sent
    by_options: bool


@listed
def bare_answers(program: Program) -> Iterator[BareAnswers]:
    """Routes that send `Access-Control-Allow-Origin` with some answers, or whose OPTIONS route does, and that certainly
    answer without it as well, by module and place."""
    known = routes(program)
    if not known or may_add_cors(program):
        return
    reader = _Answers(program)
    for route in known:
        function = _handler(program, route)
        target = route.path or route.prefix
        if function is None or target is None or target.value is None:
            continue
        own = lets_others_in(program.ev, route) if reader.serves_others(function) else None
        options = None if own is not None else _by_options(program.ev, route, known)
        sent = own or options
        answers = reader.without(function) if sent is not None else ()
        if answers and sent is not None:
            yield BareAnswers(route, target, answers, own is None, sent, own is None)


def _handler(program: Program, route: Route) -> RegisteredFunction | None:
    """The plain HTTP action that answers a route; None of other routes, and of those for OPTIONS."""
    method = route.method.value if route.method is not None else None
    function = route.handler.function if route.handler is not None else None
    if route.cors or method in (None, "OPTIONS") or function is None or function.handler is None:
        return None
    plain = function.kind == "httpAction" and not function.custom and function.wrapper is None
    return function if plain and program.reports(function.handler.module) else None


def _by_options(ev: Evaluator, route: Route, known: Sequence[Route]) -> Sent | None:
    for other in known:
        target = other.path or other.prefix
        is_known = target is not None and target.value is not None and other.method is not None
        if (
            is_known
            and other.method is not None
            and other.method.value == "OPTIONS"
            and answered_by(route, other)
        ):
            found = lets_others_in(ev, other)
            if found is not None:
                return found
    return None


class _Answers:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._ev = program.ev

    def without(self, function: RegisteredFunction) -> tuple[Place, ...]:
        """The results of a handler that certainly lack the header."""
        assert function.handler is not None
        module, index = function.handler.module, function.handler.index
        places = placing(self._program)
        return tuple(
            places.at(module, node.start, node.end, index)
            for node in self._ev.world.index(module).returns.get(index, ())
            if self._lacks(module, node, 0)
        )

    def serves_others(self, function: RegisteredFunction) -> bool:
        """Whether some answer that may have the header is more than a refusal (429, by a helper of all routes)."""
        assert function.handler is not None
        module, index = function.handler.module, function.handler.index
        results = self._ev.world.index(module).returns.get(index, ())
        answers = (answer for one in results for answer in _sides(one))
        return any(not self._lacks(module, one, 0) and not self._refuses(module, one, 0) for one in answers)

    def _refuses(self, module: Module, node: ir.Expr, depth: int) -> bool:
        node = bare(node)
        if isinstance(node, ir.Await):
            return self._refuses(module, node.value, depth)
        if depth > _MAX_DEPTH or not isinstance(node, (ir.New, ir.Call)):
            return False
        if is_global(bare(node.callee), "Response") or (
            isinstance(node.callee, ir.Member) and is_global(bare(node.callee.object), "Response")
        ):
            value = present(self._ev.expr(module, node.args[1])) if len(node.args) > 1 else None
            if not isinstance(value, ObjectLiteral):
                return False
            status = [prop.value for prop in value.expr.props if prop.key == "status"]
            known = constant(self._ev, value.module, status[-1]) if status else None
            return known is not None and known >= _BAD_REQUEST
        held = present(self._ev.expr(module, node.callee))
        if not isinstance(held, Closure):
            return False
        results = self._ev.world.index(held.module).returns.get(held.index, ())
        return bool(results) and all(self._refuses(held.module, one, depth + 1) for one in results)

    def _lacks(self, module: Module, node: ir.Expr, depth: int) -> bool:
        node = bare(node)
        if isinstance(node, ir.Await):
            return self._lacks(module, node.value, depth)
        if depth > _MAX_DEPTH:
            return False
        if isinstance(node, ir.Conditional):
            return any(self._lacks(module, side, depth + 1) for side in (node.yes, node.no))
        if isinstance(node, ir.New) and is_global(bare(node.callee), "Response"):
            return self._init_lacks(module, node.args[1:2])
        if not isinstance(node, ir.Call) or isinstance(node.callee, ir.Atom):
            return False
        callee = node.callee
        if isinstance(callee, ir.Member) and is_global(bare(callee.object), "Response"):
            return callee.name == "json" and self._init_lacks(module, node.args[1:2])
        value = present(self._ev.expr(module, callee))
        if not isinstance(value, Closure):
            return False
        results = self._ev.world.index(value.module).returns.get(value.index, ())
        return bool(results) and all(self._lacks(value.module, one, depth + 1) for one in results)

    def _init_lacks(self, module: Module, given: tuple[ir.Expr, ...]) -> bool:
        """Whether the second argument of a `Response` has no such header; not of one that refuses."""
        if not given:
            return True
        if isinstance(given[0], ir.Spread):
            return False
        value = present(self._ev.expr(module, given[0]))
        if not isinstance(value, ObjectLiteral) or self._is_changed(module, given[0]):
            return False
        headers = True
        for prop in value.expr.props:
            if prop.key is None:
                return False
            if prop.key == "status" and constant(self._ev, value.module, prop.value) == _REFUSED:
                return False
            if prop.key == "headers":
                headers = self._headers_lack(value.module, prop.value, value, 0)
        return headers

    def _headers_lack(self, module: Module, node: ir.Expr, within: ObjectLiteral, depth: int) -> bool:
        node = bare(node)
        if isinstance(node, ir.New) and is_global(bare(node.callee), "Headers"):
            return not node.args or self._headers_lack(module, node.args[0], within, depth + 1)
        value: Value = present(self._ev.expr(module, node, within.frame))
        if not isinstance(value, ObjectLiteral) or depth > _MAX_DEPTH or self._is_changed(module, node):
            return False
        for prop in value.expr.props:
            if prop.kind == "spread":
                if not self._headers_lack(value.module, prop.value, value, depth + 1):
                    return False
            elif prop.key is None or prop.key.lower() == HEADER:
                return False
        return True

    def _is_changed(self, module: Module, node: ir.Expr) -> bool:
        """Whether members of an object that a variable holds may be set after it is made."""
        node = bare(node)
        return isinstance(node, ir.Name) and bool(self._ev.world.index(module).writes.get(node.ref))


def _sides(node: ir.Expr) -> Iterator[ir.Expr]:
    node = bare(node)
    if isinstance(node, ir.Conditional):
        yield from _sides(node.yes)
        yield from _sides(node.no)
    else:
        yield node
