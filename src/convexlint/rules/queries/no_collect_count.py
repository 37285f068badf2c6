"""Loading all rows to count them costs as much as using them."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.places.rows import LoadedRows, loaded_rows
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for rows in loaded_rows(program):
        step = rows.step
        if step.method != "collect" or not rows.uses or any(use.kind != "length" for use in rows.uses):
            continue
        table = f"`{step.table}`" if step.table else "the table"
        known = _only_asks_whether_any(rows)
        yield Finding.at(
            step.place,
            f"loads rows of {table} only to " + ("see whether there are any" if known else "count them"),
            help=_help(known),
        )


def _only_asks_whether_any(rows: LoadedRows) -> bool:
    return all(use.compared_with_zero for use in rows.uses)


def _help(known: bool) -> str:
    if known:
        return "`.first()` reads one row and gives null where there is none"
    return (
        "keep the number in a document that changes with the rows (or in the component `@convex-dev/aggregate` or "
        "`@convex-dev/sharded-counter`), or count up to a limit with `.take(n)`"
    )
