"""A POST route that acts makes sure first who sent the request: its address is public."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.model import Program
from convexlint.program.webhooks import UnverifiedRoute
from convexlint.rules.rule import NoOptions, rule

_DEEDS = {
    "run-mutation": "runs a mutation",
    "run-action": "runs an action",
    "schedule": "schedules a function",
    "storage-write": "changes stored files",
    "db-write": "writes to the database",
}


@rule(category=Category.SECURITY, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for found in program.unverified_routes:
        function, deed = found.function, found.deed
        if not function.module.reported:
            continue
        path = function.path or ""
        if path and any(fnmatchcase(path, pattern) for pattern in program.auth_public):
            continue
        when = "before it verifies the request" if found.late else "for whoever sends a request"
        yield Finding(
            path=function.module.path,
            span=function.builder_span,
            message=f"{_named(found)} {_DEEDS[deed.kind]} {when}",
            help="verify the sender's signature over the raw body, or compare a secret header with an environment "
            "variable, and answer 401 before anything else"
            if not found.late
            else "verify the signature or the secret first, and answer 401 when it is wrong",
            function=function.path,
            related=(
                Related(deed.place.module.path, deed.place.span, f"here it {_DEEDS[deed.kind]}"),
                Related(found.route.place.module.path, found.route.place.span, "the route"),
            ),
        )


def _named(found: UnverifiedRoute) -> str:
    target = found.route.path or found.route.prefix
    if target is None or target.value is None:
        return "this POST route"
    return f"`POST {target.value}`"
