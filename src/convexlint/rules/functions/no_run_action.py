"""`ctx.runAction` costs a second function; within one runtime a plain call does the same."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Level
from convexlint.program.places.runs import runs
from convexlint.program.places.sequences import ACTIONS
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.FUNCTIONS, concern=Concern.COST, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for run in runs(program):
        target = run.target
        if run.method != "runAction" or target is None or target.kind != "action":
            continue
        if not run.kinds <= ACTIONS or run.node is not target.module.node:
            continue
        runtime = "Node.js" if target.module.node else "the default runtime"
        yield Finding.at(
            run.place,
            f"`{target.path}` runs in {runtime} as its caller does: "
            "a second action takes memory and time for nothing",
            help=f"move the work of `{target.export}` to a plain async function that takes `ctx`, "
            "and call it from both",
        )
