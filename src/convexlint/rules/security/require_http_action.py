"""A route is answered by an httpAction, which returns a Response; anything else is pushed, and fails when asked."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.findings import Category, Edit, Finding, Fix, Level, Related, Span
from convexlint.program.model import FunctionRef, Module
from convexlint.program.places.http_results import no_responses
from convexlint.program.places.routes import Route, RouteHandler, routes
from convexlint.program.program import Program
from convexlint.program.writing.editing import insert, replace
from convexlint.program.writing.imports import ensure_import
from convexlint.rules.rule import NoOptions, rule

GENERATED = "_generated/server"
# What a handler calls its second parameter; as its only one, it would be given the ctx.
REQUEST = ("req", "request", "_req", "_request")


@rule(category=Category.SECURITY, level=Level.ERROR, fix="safe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    seen: set[tuple[str, int]] = set()
    for route in routes(program):
        handler, module = route.handler, route.module
        if handler is None or (module.path, handler.prop.start) in seen:
            continue
        seen.add((module.path, handler.prop.start))
        what = _what(handler)
        if what is None:
            continue
        key = Span(handler.prop.key_start, handler.prop.key_end)
        yield Finding(
            path=module.path,
            span=key,
            message=f"the handler of {_named(route)} is {what}, not an `httpAction`: every request to it fails",
            help="wrap it: `handler: httpAction(async (ctx, request) => ...)`"
            if handler.kind == "plain"
            else "write an `httpAction` that runs it by reference",
            related=_related(handler),
            fix=_wrap(module, handler),
        )
    for answer in no_responses(program):
        yield Finding.at(
            answer.place,
            f"this HTTP action returns {answer.what}, not a `Response`: the request fails",
            help="return `Response.json(...)`, `new Response(text)` or `new Response(null, { status: 204 })`",
            function=answer.function.path,
        )


def _what(handler: RouteHandler) -> str | None:
    """What the handler is, None where it is right or not known."""
    if handler.kind == "plain":
        return "a plain function"
    if handler.kind == "function" and handler.function is not None:
        kind = handler.function.kind
        if kind != "httpAction":
            return f"{'an' if kind == 'action' else 'a'} {kind}"
    return None


def _named(route: Route) -> str:
    target = route.path or route.prefix
    if target is None or target.value is None:
        return "this route"
    method = route.method.value if route.method is not None and route.method.value else ""
    return f"`{method} {target.value}`" if method else f"`{target.value}`"


def _related(handler: RouteHandler) -> tuple[Related, ...]:
    function = handler.function
    if function is None:
        return ()
    return (Related(function.module.path, function.builder_span, f"`{function.builder}` registers it here"),)


# ------------------------------------------------------------------------------------------------------ fix


def _wrap(module: Module, handler: RouteHandler) -> Fix | None:
    if handler.kind != "plain" or handler.body is None:
        return None
    imported = ensure_import(module, _specifier(module), "httpAction")
    if imported is None or not _fits(handler.body):
        return None
    edits = _edits(module, handler, imported.text)
    if edits is None:
        return None
    return Fix.safe("wrap the handler in `httpAction`", *edits, *imported.edits)


def _specifier(module: Module) -> str:
    """How the module names the generated server file."""
    for statement in module.facts.imports:
        if statement.specifier.removesuffix(".js").removesuffix(".ts").endswith(GENERATED):
            return statement.specifier
    return ("../" * module.name.count("/") or "./") + GENERATED


def _fits(body: FunctionRef) -> bool:
    """Whether the function takes (ctx, request), so that it does as an httpAction what it says."""
    function = body.module.facts.functions[body.index]
    if function.is_generator or len(function.params) > 2 or any(p.rest for p in function.params):
        return False
    first = function.params[0].pattern if function.params else None
    alone = len(function.params) == 1
    return not (alone and isinstance(first, ir.BindName) and first.name in REQUEST)


def _edits(module: Module, handler: RouteHandler, builder: str) -> list[Edit] | None:
    prop, body = handler.prop, handler.body
    assert body is not None
    function = body.module.facts.functions[body.index]
    inline = isinstance(prop.value, ir.Lambda)
    if not function.is_async and not (inline and function.kind == "arrow"):
        return None  # an httpAction returns a promise
    if prop.kind == "method":
        params = module.text(Span(function.params_start, function.params_end))
        rest = module.text(Span(function.params_end, function.body_start)).strip()
        block = module.text(Span(function.body_start, function.body_end))
        text = f"handler: {builder}(async {params}{rest} => {block})"
        return [replace(module, Span(prop.start, prop.end), text)]
    if prop.kind == "shorthand":
        return [replace(module, Span(prop.start, prop.end), f"handler: {builder}(handler)")]
    if prop.kind != "pair":
        return None
    start = f"{builder}(" if function.is_async else f"{builder}(async "
    return [insert(module, prop.value.start, start), insert(module, prop.value.end, ")")]
