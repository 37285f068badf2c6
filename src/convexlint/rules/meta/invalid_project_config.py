"""A convex.json that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Span
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.META, level=Level.ERROR, always=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for problem in program.project.problems:
        yield Finding(
            problem.path,
            Span(problem.start, problem.end),
            problem.message,
            help="repair it; until then the default functions folder `convex/` was checked",
        )
