"""A query that reads the clock is cached badly, and does not run again because time goes by."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Suggestion
from convexlint.program.chains import chain_of, reached, way_to
from convexlint.program.model import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.FUNCTIONS, level=Level.WARNING, fix="suggestion")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for function in program.functions:
        if function.kind != "query":
            continue
        name = function.path or function.builder
        for effect in reached(program, function, frozenset({"clock"})):
            module = effect.first.module
            if module.reported:
                does = way_to(effect) or "calls "
                yield Finding(
                    path=module.path,
                    span=effect.first.span,
                    message=f"query `{name}` {does}`{effect.what}`: its result goes stale without a rerun",
                    help="a query runs again when data changes, not when time passes, and the clock spoils its cache",
                    function=function.path,
                    related=chain_of(effect),
                    suggestions=(
                        Suggestion(
                            "take the time as an argument, which the caller rounds (to the minute, say)"
                        ),
                        Suggestion("store a flag that a scheduled function sets when its time has come"),
                    ),
                )
