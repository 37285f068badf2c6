"""HTTP routes: every `http.route({...})` on a router, and what else registers routes there (convex-facts 8.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import (
    Closure,
    External,
    ExternalResult,
    Lit,
    ObjectLiteral,
    RegisteredOf,
    Value,
    members,
    present,
)
from convexlint.program.model import Declaration, FunctionRef, Module, Place, RegisteredFunction
from convexlint.program.modules.nodes import bare
from convexlint.program.places.setup_calls import Numbering, is_unconditional
from convexlint.program.places.sites import placing
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.places.sites import Locator

ROUTER = External("convex/server", ("httpRouter",))


class RoutePart(Struct, frozen=True):
    """An entry of a route's config. `span`: its value, `key_span`: its key. `value` None = not known, or one of
    `options`, as of a list that a loop goes through."""

    value: str | None
    span: Span
    key_span: Span
    options: tuple[str, ...] = ()


class RouteHandler(Struct, frozen=True, eq=False):
    """What answers a route.

    kind: "function" (a registered one: `function`), "plain" (a function that no builder registers: `body`),
    "unknown". `prop`: the config's entry. `meant`: the function, or the HTTP action that a plain one is meant to be.
    """

    kind: Literal["function", "plain", "unknown"]
    prop: ir.Prop
    function: RegisteredFunction | None
    body: FunctionRef | None
    meant: RegisteredFunction | None


class Route(Struct, frozen=True, eq=False):
    """One `http.route({...})`.

    `place.span` is the name `route`. `config` is its object literal, which stands in `module`. Parts are None where
    the config lacks them; `complete`: it has no spread and no computed key. `router`: which router of the program, -1
    when that is not known. `always`: under no condition and in no loop. `cors`: by a `corsRouter`.
    """

    place: Place
    call_span: Span
    module: Module
    config: ir.Object
    path: RoutePart | None
    prefix: RoutePart | None
    method: RoutePart | None
    handler: RouteHandler | None
    complete: bool
    router: int
    always: bool
    cors: bool


class RouteRegistrar(Struct, frozen=True, eq=False):
    """A call that is given the router and may register routes that are not seen: `auth.addHttpRoutes(http)`.
    `name`: the callee as written; `place.span` its span."""

    place: Place
    name: str


class Routes(Struct, frozen=True):
    """All routes, in order of modules and places, and what hides others."""

    routes: tuple[Route, ...] = ()
    registrars: tuple[RouteRegistrar, ...] = ()


@query
def read_routes(program: Program) -> Routes:
    """The routes of a program; none where those that are looked at of its modules have none."""
    ev, places, modules = program.ev, placing(program), program.modules
    looked_at = ev.world.looked_at
    if len(looked_at) < len(modules) and _read(ev, places, looked_at) == Routes():
        return Routes()
    return _read(ev, places, modules)


def _read(ev: Evaluator, places: Locator, modules: Sequence[Module]) -> Routes:
    numbering = Numbering()
    routes: list[Route] = []
    registrars: list[RouteRegistrar] = []
    for module in modules:
        for site in ev.world.index(module).code_calls:
            node = site.expr
            if not isinstance(node, ir.Call) or isinstance(node.callee, ir.Atom):
                continue
            if isinstance(node.callee, ir.Member) and node.callee.name == "route":
                routes += _route(ev, places, module, node, node.callee, site.owner, numbering)
            elif node.args:
                registrars += _registrar(ev, places, module, node, site.owner)
    return Routes(tuple(routes), tuple(registrars))


# --------------------------------------------------------------------------------------------------- routers


def router_of(
    ev: Evaluator, module: Module, node: ir.Expr, depth: int = 0
) -> tuple[Value | None, bool] | None:
    """The router that `node` is (None: some router), and whether a `corsRouter` stands around it; None for what is
    no router."""
    value = present(ev.expr(module, node))
    found = [_router(ev, member, depth) for member in members(value)]
    known = [router for router in found if router is not None]
    if known:
        whole = len(known) == len(found) == 1
        return (known[0][0] if whole else None), known[0][1]
    node = bare(node)
    if isinstance(node, ir.Name) and node.ref >= 0 and _is_declared_router(ev, module, node.ref):
        return None, False
    return None


def _router(ev: Evaluator, value: Value, depth: int) -> tuple[Value | None, bool] | None:
    if not isinstance(value, ExternalResult) or value.path:
        return None
    if value.source == ROUTER:
        return value, False
    name = value.source.path[-1:] or ("",)
    if name == ("corsRouter",) and value.args and depth < 4:
        inner = router_of(ev, value.module, value.args[0], depth + 1)
        return (inner[0] if inner is not None else None), True
    # convex-helpers' router for Hono extends convex's; its `route` is the same.
    return (None, False) if name == ("HttpRouterWithHono",) else None


def _is_declared_router(ev: Evaluator, module: Module, binding: int) -> bool:
    """Whether the name is a parameter of type `HttpRouter`."""
    definition = ev.world.index(module).definitions.get(binding)
    if definition is None or definition.kind != "param" or definition.path:
        return False
    annotation = definition.annotation
    return isinstance(annotation, ir.TypeName) and annotation.name.rpartition(".")[2] == "HttpRouter"


# ---------------------------------------------------------------------------------------------------- routes


def _route(
    ev: Evaluator,
    places: Locator,
    module: Module,
    node: ir.Call,
    callee: ir.Member,
    owner: int,
    numbering: Numbering,
) -> Iterator[Route]:
    router = router_of(ev, module, callee.object)
    if router is None or not node.args:
        return
    configs = members(present(ev.expr(module, node.args[0])))
    if not all(isinstance(config, ObjectLiteral) for config in configs):
        return
    always = len(configs) == 1 and is_unconditional(ev, module, node)
    place = places.at(module, callee.name_start, callee.end, owner)
    number = numbering.number(router[0]) if router[0] is not None else -1
    for config in configs:
        if isinstance(config, ObjectLiteral):
            yield _of_config(ev, config, place, Span(node.start, node.end), number, always, router[1])


def _of_config(
    ev: Evaluator, literal: ObjectLiteral, place: Place, call: Span, router: int, always: bool, cors: bool
) -> Route:
    props = {p.key: p for p in literal.expr.props if p.key is not None}

    def part(key: str) -> RoutePart | None:
        prop = props.get(key)
        if prop is None:
            return None
        value = present(ev.expr(literal.module, prop.value, literal.frame))
        texts = [one.value if isinstance(one, Lit) else None for one in members(value)]
        options = tuple(text for text in texts if isinstance(text, str))
        known = options if len(options) == len(texts) else ()
        span, key_span = Span(prop.value.start, prop.value.end), Span(prop.key_start, prop.key_end)
        return RoutePart(known[0] if len(known) == 1 else None, span, key_span, known)

    return Route(
        place=place,
        call_span=call,
        module=literal.module,
        config=literal.expr,
        path=part("path"),
        prefix=part("pathPrefix"),
        method=part("method"),
        handler=_handler(ev, literal, props["handler"]) if "handler" in props else None,
        complete=all(p.key is not None for p in literal.expr.props),
        router=router,
        always=always,
        cors=cors,
    )


def _handler(ev: Evaluator, literal: ObjectLiteral, prop: ir.Prop) -> RouteHandler:
    value = present(ev.expr(literal.module, prop.value, literal.frame))
    if isinstance(value, RegisteredOf):
        return RouteHandler("function", prop, value.function, value.function.handler, value.function)
    if isinstance(value, Closure):
        body = FunctionRef(value.module, value.index)
        return RouteHandler("plain", prop, None, body, _as_if_wrapped(literal.module, prop, body))
    return RouteHandler("unknown", prop, None, None, None)


def _as_if_wrapped(module: Module, prop: ir.Prop, body: FunctionRef) -> RegisteredFunction:
    """`httpAction(handler)`, as far as the rest of the program asks for it."""
    nothing = Declaration("missing", None, False, None)
    return RegisteredFunction(
        module=module,
        export="",
        path=None,
        kind="httpAction",
        visibility="",
        syntax="bare",
        builder="",
        builder_span=Span(prop.key_start, prop.key_end),
        call_span=Span(prop.start, prop.end),
        custom=False,
        authenticated=False,
        args=nothing,
        returns=nothing,
        handler=body,
    )


def _registrar(
    ev: Evaluator, places: Locator, module: Module, node: ir.Call, owner: int
) -> Iterator[RouteRegistrar]:
    """A call that hands the router to code that is not read."""
    callee = node.callee
    if not any(isinstance(bare(arg), ir.Name) and router_of(ev, module, arg) for arg in node.args):
        return
    name = " ".join(module.text(Span(callee.start, callee.end)).split())
    target = present(ev.expr(module, callee))
    if isinstance(target, Closure) or name.endswith("corsRouter"):
        return
    yield RouteRegistrar(places.at(module, callee.start, callee.end, owner), name)


@query
def routes(program: Program) -> tuple[Route, ...]:
    """The HTTP routes, by module and place."""
    return read_routes(program).routes


@query
def route_registrars(program: Program) -> tuple[RouteRegistrar, ...]:
    """Calls that are given the router and may register routes that are not seen, by module and place."""
    return read_routes(program).registrars
