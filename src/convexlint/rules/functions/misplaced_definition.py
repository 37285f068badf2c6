"""A router, crons or a schema in a file that Convex does not load for it is dead code."""

from __future__ import annotations

import os
from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Span
from convexlint.program.places.special import Made, special_file, special_values
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

_LOST = {
    "httpRouter": "its routes do not exist",
    "cronJobs": "its jobs never run",
    "defineSchema": "its tables are not the schema",
    "defineTable": "it is not part of the schema",
    "defineApp": "its components are not installed",
    "defineComponent": "the component does not exist",
}


@rule(category=Category.FUNCTIONS, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    yield from _strays(program)
    loaded = {special_file(module) for module in program.modules if module.head.problem is None}
    for made in special_values(program):
        module = made.module
        if made.used or not made.exports or special_file(module) == made.file:
            continue
        yield Finding(
            path=module.path,
            span=made.name_span,
            message=f"Convex loads `{made.maker}()` from `{made.file}` only, and nothing imports this one: "
            f"{_LOST[made.maker]}",
            help=_help(made, made.file in loaded),
            level=Level.WARNING if made.maker == "defineTable" or made.imported else None,
        )


def _strays(program: Program) -> Iterator[Finding]:
    """Files outside of the functions folder that Convex would load in it."""
    project = program.project
    for stray in project.strays:
        name = os.path.basename(stray.path)  # noqa: PTH119
        there = os.path.relpath(f"{project.functions_dir}/{name}", project.root).replace(os.sep, "/")
        maker = stray.maker.removesuffix("()")
        yield Finding(
            path=stray.path,
            span=Span(stray.start, stray.end),
            message=f"Convex loads `{there}` and nothing of that name outside of the functions folder: "
            f"{_LOST.get(maker, 'no one can sign in')}",
            help=f"move this file to `{there}`",
        )


def _help(made: Made, exists: bool) -> str:
    if exists:
        return f"move what it holds to `{made.file}`, or import it there"
    return f"call this file `{made.file}` and put it at the top of the functions folder"
