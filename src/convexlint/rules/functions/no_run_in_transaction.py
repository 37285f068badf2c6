"""Inside a query or a mutation, calling a plain function does what `ctx.runQuery` does, for less."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Level
from convexlint.program.behaviour.pages import paginates
from convexlint.program.places.runs import RunCall, runs
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

TRANSACTIONS = frozenset({"query", "mutation"})


@rule(category=Category.FUNCTIONS, concern=Concern.COST, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for run in runs(program):
        target = run.target
        if target is None or not run.kinds <= TRANSACTIONS:
            continue
        if run.method == "runAction" or run.options or (run.method == "runMutation" and run.caught):
            continue
        yield Finding.at(
            run.place,
            f"runs `{target.path}` as a function of its own within the same transaction: "
            "validation and a new context for what a plain call does",
            help=_help(program, run),
        )


def _help(program: Program, run: RunCall) -> str:
    target = run.target
    name = target.export if target is not None else ""
    if target is not None and (target is run.place.inside or paginates(program, target)):
        # Two paginated queries in one run of a function throw (convex-facts 4.4): a plain call would be the second.
        if run.target is not None and run.target.kind == "query":
            return (
                f"read in a plain function what `{name}` reads, and call it from both: one paginated query is all that "
                "a run may have"
            )
        return f"let `{name}` go on in a run of its own: `ctx.scheduler.runAfter(0, ...)`, from a mutation"
    return f"move the work of `{name}` to a plain function that takes `ctx`, and call it from both"
