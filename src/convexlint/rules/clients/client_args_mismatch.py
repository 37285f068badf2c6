"""A client that sends arguments which the function's validator refuses: the call fails at run time."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.convex.types_text import type_text
from convexlint.program.places.clients.arguments import argument_problem
from convexlint.program.places.clients.calls import at_name, client_calls
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.CLIENTS, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for named in client_calls(program):
        problem = argument_problem(program, named)
        if problem is None or named.function is None or named.function.args.validator is None:
            continue
        yield at_name(
            named,
            f"`{named.path}` refuses these arguments: {problem.text}",
            span=problem.span,
            help=f"it takes {type_text(named.function.args.validator)}",
        )
