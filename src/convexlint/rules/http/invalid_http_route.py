"""A route that `http.route` refuses, so that the push fails, or one that waits for a parameter in its path."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Span, Suggestion
from convexlint.program.modules.nodes import is_string_literal
from convexlint.program.places.routes import Route, RoutePart, routes
from convexlint.program.program import Program
from convexlint.program.writing.editing import quoted, replace
from convexlint.rules.rule import NoOptions, rule
from convexlint.structs import replace as replace_part

METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
RESERVED = "/.files"
# What other routers read as a parameter, as a whole segment (`:id`, `:id?`, `*`, `[id]`, `<int:id>`) or in it (`{id}`).
PARAMETER = re.compile(
    r"(?<=/)(?::[A-Za-z_]\w*[^/]*|\*[^/]*|\[[^/]+\]|<[^/]+>)(?=/|$)|\$?\{[^/{}]*\}|(?<=/)[^/]*\*(?=$)"
)
Problem = tuple[Span, str, str]
Taken = tuple[int, str | None, str | None]


@rule(category=Category.HTTP, level=Level.ERROR, fix="suggestion")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    seen: set[tuple[str, Span]] = set()
    all_routes = routes(program)
    taken = Counter(_taken(route) for route in all_routes)
    for route in all_routes:
        target = route.path or route.prefix
        found = list(_problems(route))
        parts = [] if target is None else [replace_part(target, value=one) for one in target.options]
        if not found and len(parts) > 1:  # the paths of a list that a loop goes through
            found = [
                problem for part in parts for problem in (_path if route.path is not None else _prefix)(part)
            ]
        findings = [Finding(route.module.path, span, message, advice) for span, message, advice in found]
        for part in parts if not found else ():
            findings += _parameter(route, part, taken)
        for finding in findings:
            # One config may be given to several routers.
            if (finding.path, finding.span) not in seen:
                seen.add((finding.path, finding.span))
                yield finding


def _parameter(route: Route, target: RoutePart, taken: Counter[Taken]) -> Iterator[Finding]:
    found = PARAMETER.search(target.value or "")
    if found is None or target.value is None:
        return
    before = target.value[: target.value.rfind("/", 0, found.start() + 1) + 1]
    key = "path" if route.path is not None else "pathPrefix"
    ways: tuple[Suggestion, ...] = ()
    if taken[_taken(route)] == 1 and is_string_literal(route.module, target.span):
        edits = [replace(route.module, target.span, quoted(route.module, before))]
        if key == "path":
            edits.insert(0, replace(route.module, target.key_span, "pathPrefix"))
        ways = (Suggestion(f'answer all paths below "{before}"', tuple(edits)),)
    yield Finding(
        route.module.path,
        target.span,
        f"a {key} has no parameters: `{found[0]}` is compared letter by letter, "
        f'so "{target.value}" answers no other request',
        f'take `pathPrefix: "{before}"`, and read the rest from `new URL(request.url).pathname`',
        suggestions=ways,
        level=Level.WARNING,
    )


def _taken(route: Route) -> Taken:
    """What a route is registered by, where one with a parameter is taken for the prefix that it would become."""
    method = route.method.value if route.method is not None else None
    target = route.path or route.prefix
    value = target.value if target is not None else None
    found = PARAMETER.search(value or "")
    if value is not None and found is not None:
        return route.router, method, value[: value.rfind("/", 0, found.start() + 1) + 1]
    return route.router, method, value if route.path is None else None


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
    yield method.span, f'"{value}" is not a method of a route: the push fails', advice
