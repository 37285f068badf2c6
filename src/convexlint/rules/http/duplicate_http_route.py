"""Two routes for one request: registering the second throws, or it never answers."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related, Span
from convexlint.program.places.routes import Route, RoutePart, routes
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

# Since this version of convex the longest prefix answers; before, the first that was registered.
LONGEST_WINS = (1, 13, 0)


@rule(category=Category.HTTP, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    first: dict[tuple[int, str, str, str], Route] = {}
    version = program.project.convex_version
    first_wins = version is not None and version < LONGEST_WINS
    prefixes: list[Route] = []
    for route in routes(program):
        # A route under a condition may stand in for another one.
        target, kind = (route.path, "path") if route.path is not None else (route.prefix, "prefix")
        if not route.always or route.router < 0 or route.method is None or target is None:
            continue
        if target.value is None or route.method.value is None or (route.path and route.prefix):
            continue
        earlier = first.setdefault((route.router, route.method.value, kind, target.value), route)
        if earlier is not route:
            yield from _finding(route, target, earlier, _twice(route, target, kind))
        elif kind == "prefix" and first_wins:
            shorter = next((r for r in prefixes if _covers(r, route)), None)
            if shorter is not None:
                yield from _finding(route, target, shorter, _shadowed(target, shorter))
            prefixes.append(route)


def _covers(earlier: Route, route: Route) -> bool:
    if earlier.router != route.router or earlier.prefix is None or route.prefix is None:
        return False
    if earlier.method is None or route.method is None or earlier.method.value != route.method.value:
        return False
    return (route.prefix.value or "").startswith(earlier.prefix.value or "\0")


def _twice(route: Route, target: RoutePart, kind: str) -> str:
    method = route.method.value if route.method is not None else ""
    return f"`{method} {target.value}` has a {kind} route already: registering it again throws, and the push fails"


def _shadowed(target: RoutePart, shorter: Route) -> str:
    before = shorter.prefix.value if shorter.prefix is not None else ""
    return f'"{target.value}" never answers: the route for "{before}" before it takes its requests'


def _finding(route: Route, target: RoutePart, earlier: Route, message: str) -> Iterator[Finding]:
    there = earlier.path or earlier.prefix
    span = there.span if there is not None else Span(earlier.config.start, earlier.config.end)
    yield Finding(
        path=route.module.path,
        span=target.span,
        message=message,
        help="remove one of the two, or give it a path or a method of its own",
        related=(Related(earlier.module.path, span, "the route that was there first"),),
    )
