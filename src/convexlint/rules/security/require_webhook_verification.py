"""A POST route that acts makes sure first who sent the request: its address is public."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from convexlint.findings import Category, Finding, Level, Related, Span
from convexlint.program.behaviour.webhooks import UnverifiedRoute, unverified_routes
from convexlint.program.model import Module
from convexlint.program.places.clients.calls import below_root
from convexlint.program.places.clients.route_callers import shown_callers
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

_DEEDS = {
    "run-mutation": "runs a mutation",
    "run-action": "runs an action",
    "schedule": "schedules a function",
    "storage-write": "changes stored files",
    "db-write": "writes to the database",
}


@rule(category=Category.SECURITY, level=Level.WARNING, by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for found in unverified_routes(program):
        function, deed = found.function, found.deed
        module, span = _place(found)
        path = function.path if function is not None else None
        if path is not None and any(fnmatchcase(path, pattern) for pattern in program.settings.auth_public):
            continue
        when = "before it verifies the request" if found.late else "for anyone who sends a request"
        yield Finding(
            path=module.path,
            span=span,
            message=f"{_named(found)} {_DEEDS[deed.kind]} {when}",
            help=_help(program, found),
            function=path,
            related=(
                Related(deed.place.module.path, deed.place.span, f"here it {_DEEDS[deed.kind]}"),
                Related(found.route.place.module.path, found.route.place.span, "the route"),
            ),
        )


def _help(program: Program, found: UnverifiedRoute) -> str:
    if found.late:
        return "verify the signature or the secret first, and answer 401 when it is wrong"
    shown = shown_callers(program, found.route)
    if shown:  # what a browser knows is no secret
        return (
            f"`{below_root(program, shown[0].path)}` asks it from the browser, where no secret is safe: send the "
            "token of the sign-in in `Authorization`, and answer 401 where `ctx.auth.getUserIdentity()` is null"
        )
    return (
        "verify the sender's signature over the raw body, or compare a secret header with an environment "
        "variable, and answer 401 before anything else"
    )


def _place(found: UnverifiedRoute) -> tuple[Module, Span]:
    """The builder's name; for a plain handler, the key that it stands under."""
    function, handler = found.function, found.route.handler
    if function is not None:
        return function.module, function.builder_span
    if handler is None:
        return found.route.place.module, found.route.place.span
    return found.route.module, Span(handler.prop.key_start, handler.prop.key_end)


def _named(found: UnverifiedRoute) -> str:
    target = found.route.path or found.route.prefix
    if target is None or target.value is None:
        return "this POST route"
    return f"`POST {target.value}`"
