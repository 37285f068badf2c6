"""A module that cannot be parsed whole."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Span
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.META, level=Level.ERROR, always=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for module in program.reported:
        problem = module.head.problem
        if problem is not None:
            yield Finding(
                module.path,
                Span(problem.start, problem.end),
                f"syntax error: {problem.message}",
                help="repair the syntax here; the rest of the file was checked as far as it can be read",
            )
