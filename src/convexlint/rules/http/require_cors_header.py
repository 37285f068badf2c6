"""A route that lets other origins in says so in every answer, also in those that refuse."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.behaviour.cors_answers import BareAnswers, bare_answers
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

_SHOWN = 3


@rule(category=Category.HTTP, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for bare in bare_answers(program):
        first, *rest = bare.answers
        others = [Related(one.module.path, one.span, "so does this") for one in rest[:_SHOWN]]
        where = "the OPTIONS route sends it" if bare.all else "another answer sends it"
        yield Finding.at(
            first,
            _message(bare),
            help="send `Access-Control-Allow-Origin` with every answer, by one helper that makes them all; or take "
            "`corsRouter` of convex-helpers",
            related=(*others, Related(bare.sent.module.path, bare.sent.span, where)),
            unless=(("require-cors-preflight", bare.target.span),),
        )


def _message(bare: BareAnswers) -> str:
    method = bare.route.method.value if bare.route.method is not None else ""
    many = len(bare.answers)
    what = "this answer lacks" if many == 1 else f"{many} answers lack, this one first,"
    why = "its OPTIONS route lets other origins in" if bare.all else "its other answers have it"
    return (
        f"`{method} {bare.target.value}`: {what} `Access-Control-Allow-Origin`, though {why}: a page of another "
        "origin gets a network error instead of it"
    )
