"""`total: (await query.take(n)).length` is never more than n, however many rows there are."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.places.cut_totals import cut_totals
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for total in cut_totals(program):
        name = f"`{total.step.table}`" if total.step.table else "the table"
        rows = f"rows of {name}" if total.whole else f"rows of a range of {name}"
        yield Finding.at(
            total.place,
            f"`{total.name}` counts the first {total.count:,.0f} {rows}: it is never more, however many there are",
            help="keep the number in a document that changes with the rows (or in the component "
            "`@convex-dev/aggregate` or `@convex-dev/sharded-counter`), or say that it is cut: "
            f"`rows.length === {total.count:.0f}` means that there may be more",
            related=(Related(total.place.module.path, total.number, "the rows are cut here"),),
        )
