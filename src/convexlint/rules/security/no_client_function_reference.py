"""Which function runs, the backend decides: a name that a client sends may be that of any internal function."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.behaviour.client_references import ClientReference, client_references
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.SECURITY, level=Level.ERROR, by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    if program.project.component:
        return
    for found in client_references(program):
        if not found.place.module.reported:
            continue
        function = found.origin.function
        yield Finding.at(
            found.place,
            f"`{found.runs}` {_does(found)} the function that `{found.origin.text}` names: "
            f"a client of `{function.path}` can run {_which(found)}",
            span=found.span,
            help=f"declare what may run (`v.union(v.literal(...), ...)` for `{found.origin.text}`), or look it up in a "
            "list of references of your own",
            function=function.path,
        )


def _does(found: ClientReference) -> str:
    if found.runs.startswith("runA") and found.runs != "runAction":
        return "schedules"
    return "gives a handle of" if found.runs == "createFunctionHandle" else "runs"


def _which(found: ClientReference) -> str:
    if found.root.count("."):
        return f"every function of `{found.root}`"
    return "internal functions too"
