"""Two runtimes, two bundles: Node.js code needs "use node", and "use node" modules hold actions alone."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related, Span
from convexlint.program.behaviour.runtimes import RuntimeProblem, runtime_problems
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

_TEXTS = {
    "builtin": (
        "`{what}` is a Node.js module, which the default runtime lacks{way}: the push fails",
        'begin the file with `"use node";` if it registers actions alone, else move the code to one that does',
    ),
    "package": (
        "the package `{what}` needs Node.js, which the default runtime lacks{way}: the push fails",
        'begin the file with `"use node";` if it registers actions alone, else move the code to one that does',
    ),
    "node module": (
        '`{what}` is a "use node" module, and this file runs in the default runtime{way}: the push fails',
        "move what both need to a third module, or run its actions with `ctx.runAction` or the scheduler",
    ),
    "node module, so far": (
        '`{what}` is a "use node" module, and this file is not{way}: the push fails once it needs Node.js',
        "move what both need to a third module, or run its actions with `ctx.runAction` or the scheduler",
    ),
    "no action": (
        'a "use node" module may register actions alone, and this is a {what}: the push fails',
        'move the {what} to a module without "use node"',
    ),
    "no directive": (
        '"use node" is a directive only before everything else in the file: here it does nothing',
        "move it to the first line",
    ),
    "not allowed": (
        '"use node" is not allowed in {what}: the push fails',
        "remove it, and move code that needs Node.js to a module of its own",
    ),
    "global": (
        "`{what}` exists in Node.js only, and this code runs in the default runtime: it throws",
        'use what the web platform has instead, or move the code to an action in a "use node" module',
    ),
}


@rule(category=Category.FUNCTIONS, level=Level.ERROR, official=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for problem in runtime_problems(program):
        message, advice = _TEXTS[problem.kind if problem.certain else "node module, so far"]
        way = ", and this import leads there" if problem.way else ""
        yield Finding(
            path=problem.module.path,
            span=problem.span,
            message=message.format(what=_what(problem), way=way),
            help=advice.format(what=_what(problem)),
            function=problem.function.path if problem.function and problem.kind == "no action" else None,
            level=None if problem.certain else Level.WARNING,
            related=tuple(
                Related(
                    edge.module.path,
                    Span(edge.specifier.start, edge.specifier.end),
                    f"imports `{edge.specifier.text}`",
                )
                for edge in problem.way
            ),
        )


def _what(problem: RuntimeProblem) -> str:
    if problem.kind == "not allowed" and problem.what != "a component":
        return f"`{problem.what}`"
    return problem.what
