"""Loading all rows to count them costs as much as using them."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.places.parts_of_rows import counted_rows
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for counted in counted_rows(program):
        step = counted.rows.step
        table = f"`{step.table}`" if step.table else "the table"
        besides = " and to use some from their ends" if counted.ends else ""
        yield Finding.at(
            step.place,
            f"loads rows of {table} only to "
            + ("see whether there are any" if counted.known else f"count them{besides}"),
            help=_help(counted.known) + ("; `.first()` or `.take(n)` reads these few" if besides else ""),
        )


def _help(known: bool) -> str:
    if known:
        return "`.first()` reads one row and gives null where there is none"
    return (
        "keep the number in a document that changes with the rows (or in the component `@convex-dev/aggregate` or "
        "`@convex-dev/sharded-counter`), or count up to a limit with `.take(n)`"
    )
