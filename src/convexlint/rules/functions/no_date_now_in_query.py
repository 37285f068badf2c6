"""The clock in a query: the result goes stale, and is cached badly."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Level, Related, Suggestion
from convexlint.program.behaviour.chains import beginnings, chain, deed_of, named
from convexlint.program.behaviour.clocks import clock_use
from convexlint.program.behaviour.frozen_clocks import frozen_clocks
from convexlint.program.model import RegisteredFunction
from convexlint.program.program import Program
from convexlint.program.writing.clock_argument import time_as_argument
from convexlint.rules.rule import NoOptions, rule

_WHEN = {"fallback": " where no time is given"}


@rule(
    category=Category.FUNCTIONS, concern=Concern.COST, level=Level.WARNING, fix="suggestion", by_effect=True
)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for function in program.functions:
        if function.kind != "query":
            continue
        for beginning in beginnings(program, function, ("clock",)):
            effect = beginning.effect
            deed = f"`{effect.what}()`"
            what = f"reads the clock by {deed} in what it calls here" if effect.chain else f"reads {deed}"
            use = clock_use(program, effect.place)
            yield Finding.at(
                beginning.place,
                f"{named(function)} is a query that {what}{_WHEN.get(use, '')}: its result goes stale without a "
                "rerun, and is rarely served from the cache",
                level=Level.INFO if use else None,
                span=beginning.span if effect.chain else effect.place.span,
                help="queries rerun when data changes, not when time passes: store a flag that a scheduled "
                "function sets, or take the time as an argument, rounded by the client",
                function=function.path,
                related=chain(effect),
                deed=deed_of(effect),
                suggestions=(_suggestion(program, function),),
            )

    for clock in frozen_clocks(program):
        function, place = clock.readers[0]
        others = len(clock.readers) - 1
        more = f" and {others} more" if others else ""
        yield Finding.at(
            clock.place,
            f"`{clock.what}()` is read when the module is loaded, so `{clock.name}` stays the time of the deploy: "
            f"query {named(function)}{more} reads it",
            help="read the clock where the time is needed: in a mutation, an action or the client, and hand it on",
            related=(Related(place.module.path, place.span, f"{named(function)} reads it here"),),
        )


def _suggestion(program: Program, function: RegisteredFunction) -> Suggestion:
    edits = time_as_argument(program, function)
    title = "take the time as an argument (`now: v.number()`)"
    if edits is None:
        return Suggestion(title)
    return Suggestion(title, edits, "all its callers then say what time it is")
