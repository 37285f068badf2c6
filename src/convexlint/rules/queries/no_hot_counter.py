"""A counter in a row that many callers write: they wait for each other, and all who read the row read again."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.behaviour.hot_counters import HotCounter, hot_counters
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, level=Level.INFO, by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for counter in hot_counters(program):
        yield Finding.at(
            counter.call.place,
            f"{_message(counter)}: calls at the same time conflict and run again, and so does every query that reads "
            "that row",
            help=_help(counter),
            function=counter.function.path,
        )


def _message(counter: HotCounter) -> str:
    fields = " and ".join(f"`{field}`" for field in counter.counting.fields)
    table, path = counter.table, counter.function.path
    if counter.kind == "one":
        return f"every call of `{path}` counts {fields} in one and the same row of `{table}`"
    argument = counter.origin.text if counter.origin is not None else ""
    if counter.kind == "parent":
        child = f"each row of `{counter.child}` that `{path}` inserts"
        return f"{child} counts {fields} in the row of `{table}` it belongs to"
    return f"all calls of `{path}` whose `{argument}` leads to the same row of `{table}` count {fields} there"


def _help(counter: HotCounter) -> str:
    if counter.kind == "parent":
        return (
            f"count the rows of `{counter.child}` where the number is shown, with the component @convex-dev/aggregate, "
            "or spread the counter over several rows (@convex-dev/sharded-counter); where few do this at once, leave it"
        )
    return (
        "spread the counter over several rows (the component @convex-dev/sharded-counter), or insert a row for each "
        "event and count these (@convex-dev/aggregate); where few call it at once, leave it"
    )
