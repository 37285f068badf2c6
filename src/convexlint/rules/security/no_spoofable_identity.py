"""Who the caller is, the identity says; an argument says what the client likes."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from convexlint.findings import Category, Finding, Level
from convexlint.program.behaviour.access import access_of
from convexlint.program.behaviour.claims import Claim, claims
from convexlint.program.model import RegisteredFunction
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.SECURITY, level=Level.WARNING, by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    if program.project.component:
        return
    found: dict[tuple[int, tuple[str, ...]], Claim] = {}
    for claim in sorted(claims(program), key=lambda c: (c.how != "decides", c.module.path, c.span)):
        if claim.module.reported and not _is_open(program, claim.origin.function):
            found.setdefault((id(claim.origin.function), claim.origin.path), claim)
    seen: set[tuple[str, int]] = set()
    for claim in found.values():
        function = claim.origin.function
        # A helper may believe the arguments of several functions: it is one mistake.
        place = (claim.module.path, claim.span.start)
        if place in seen or not (access_of(program, function) is None or claim.anyone):
            continue
        seen.add(place)
        yield Finding(
            path=claim.module.path,
            span=claim.span,
            message=f"`{function.path}` {_what(claim)} `{claim.origin.text}`, which is whatever the client says",
            help="take it from `ctx.auth.getUserIdentity()`, or check that the argument is the caller's own",
            function=function.path,
        )


def _is_open(program: Program, function: RegisteredFunction) -> bool:
    path = function.path
    return path is None or any(fnmatchcase(path, pattern) for pattern in program.settings.auth_public)


def _what(claim: Claim) -> str:
    table = f"`{claim.table}`" if claim.table is not None else "documents"
    if claim.how == "selects":
        return f"looks up {table} by"
    if claim.how == "owns":
        return f"makes the owner of a new document of {table}"
    return "decides who may go on by"
