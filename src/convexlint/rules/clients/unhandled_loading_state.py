"""The result of a query used as if it were there: it is undefined while it loads, so the first render fails."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Level
from convexlint.program.places.clients.unhandled_loading import unhandled_uses
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.CLIENTS, level=Level.WARNING, concern=Concern.FAILURE)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for use in unhandled_uses(program):
        result = use.result
        fails = "the first render throws here" if use.at_once else "this throws where it is not there yet"
        yield Finding(
            result.module.path,
            use.span,
            f"`{use.text}` is undefined while `{result.path}` loads, and nothing tests it before, so {fails}",
            help=f"show a loading state first (`if ({use.text} === undefined) return ...`), or use `?.` and `??`",
        )
