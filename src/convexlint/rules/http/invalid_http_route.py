"""A route that `http.route` refuses: the module throws when it is loaded, so the push fails."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Span
from convexlint.program.places.routes import Route, RoutePart, routes
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
RESERVED = "/.files"
Problem = tuple[Span, str, str]


@rule(category=Category.HTTP, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    seen: set[tuple[str, Span]] = set()
    for route in routes(program):
        for span, message, advice in _problems(route):
            # One config may be given to several routers.
            if (route.module.path, span) not in seen:
                seen.add((route.module.path, span))
                yield Finding(path=route.module.path, span=span, message=message, help=advice)


def _problems(route: Route) -> Iterator[Problem]:
    name = route.place.span if route.module is route.place.module else Span(*_start(route))
    if route.path is not None and route.prefix is not None:
        message = "a route has either `path` or `pathPrefix`, and this has both: the push fails"
        yield route.prefix.key_span, message, "make two routes of it"
        return
    if route.path is not None:
        yield from _path(route.path)
    elif route.prefix is not None:
        yield from _prefix(route.prefix)
    elif route.complete:
        yield name, "this route has neither `path` nor `pathPrefix`: the push fails", "say what it answers"
    if route.method is not None:
        yield from _method(route.method)
    elif route.complete:
        yield name, "this route has no `method`: the push fails", "name one: " + ", ".join(METHODS)
    if route.handler is None and route.complete:
        yield name, "this route has no `handler`: the push fails", "give it an `httpAction`"


def _start(route: Route) -> tuple[int, int]:
    """The opening brace of a config that stands in another module than the call."""
    return route.config.start, route.config.start + 1


def _path(path: RoutePart) -> Iterator[Problem]:
    value = path.value
    if value is None:
        return
    if not value.startswith("/"):
        yield (
            path.span,
            f'a path begins with "/", and "{value}" does not: the push fails',
            f'write "/{value}"',
        )
    elif value == RESERVED or value.startswith(RESERVED + "/"):
        yield path.span, f'"{RESERVED}" belongs to Convex: the push refuses "{value}"', "choose another path"


def _prefix(prefix: RoutePart) -> Iterator[Problem]:
    value = prefix.value
    if value is None:
        return
    right = "/" + value.strip("/") + "/" if value.strip("/") else "/"
    if not value.startswith("/"):
        yield (
            prefix.span,
            f'a pathPrefix begins with "/", and "{value}" does not: the push fails',
            f'write "{right}"',
        )
    elif not value.endswith("/"):
        yield (
            prefix.span,
            f'a pathPrefix ends with "/", and "{value}" does not: the push fails',
            f'write "{right}"; if only this path is meant, `path`',
        )
    elif value.startswith(RESERVED + "/"):
        yield prefix.span, f'"{RESERVED}/" belongs to Convex: the push refuses it', "choose another prefix"


def _method(method: RoutePart) -> Iterator[Problem]:
    value = method.value
    if value is None or value in METHODS:
        return
    if value.upper() in METHODS:
        advice = f'write "{value.upper()}"'
    elif value.upper() == "HEAD":
        advice = "a GET route answers HEAD requests, too"
    else:
        advice = "the methods are " + ", ".join(METHODS)
    yield method.span, f'"{value}" is no method of a route: the push fails', advice
