"""A registered function that its module does not export does not exist for Convex."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.places.unreachable import unexported
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.FUNCTIONS, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for found in unexported(program):
        function = found.function
        module = function.module
        kind = (
            f"{function.visibility} {function.kind}" if function.visibility == "internal" else function.kind
        )
        if found.name:
            reference = (
                f"{'internal' if function.visibility == 'internal' else 'api'}.{module.name}.{found.name}"
            )
            message = f"{kind} `{found.name}` is not exported: `{reference.replace('/', '.')}` does not exist"
            advice = f"`export const {found.name} = {function.builder}(...)`, or delete it"
        else:
            message = f"this {kind} is not exported: Convex never sees it"
            advice = f"`export const <name> = {function.builder}(...)`, or delete it"
        yield Finding.at(function.place, message, span=found.span, help=advice)
