"""An action that runs a query or mutation per element opens a transaction for each."""

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
        if target is None or not run.per_element or run.caught or run.paged:
            continue
        if not run.kinds <= ACTIONS:
            continue
        yield Finding.at(
            run.place,
            f"runs `{target.path}` once per element: each is a transaction of its own, "
            "and together they are not consistent",
            help=f"give all elements to one {target.kind} that goes through them",
        )
