"""`(await query.take(n)).filter(...)` searches the first n rows alone: what matches behind them is missed."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.convex.predicates import index_over
from convexlint.program.places.cut_rows import CutRows, cut_rows
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for cut in cut_rows(program):
        module = cut.step.place.module
        yield Finding.at(
            cut.place,
            _message(cut, " ".join(module.text(cut.number).split())),
            help=_help(cut),
            related=(Related(module.path, cut.number, "the rows are cut here"),),
        )


def _message(cut: CutRows, number: str) -> str:
    name = f"`{cut.step.table}`" if cut.step.table else "the table"
    fields = " and ".join(f"`{field}`" for field in dict.fromkeys(test.field for test in cut.tests.tests))
    if cut.count is None:
        return (
            f"keeps those that match on {fields} after `.take({number})`: the answer has fewer rows than were asked "
            f"for, though {name} may have more that match"
        )
    if cut.one:
        return f"searches the first {cut.count:,.0f} rows of {name} for {fields}: a row behind them is never found"
    return (
        f"searches the first {cut.count:,.0f} rows of {name} for those that match on {fields}: "
        "those behind them are missed"
    )


def _help(cut: CutRows) -> str:
    equal = [test.field for test in cut.tests.tests if test.kind != "bound"]
    if "_id" in equal and cut.one:
        return "`ctx.db.get` finds a document by its id"
    wanted = list(dict.fromkeys((*cut.held, *equal)))
    index = index_over(cut.table, set(wanted)) if cut.table is not None else None
    end = "`.first()` or `.unique()`" if cut.one else "`.take(n)`"
    if index is not None:
        return f'index `{index.name}` finds them: `.withIndex("{index.name}", (q) => ...)` and then {end}'
    listed = ", ".join(f'"{field}"' for field in wanted if not field.startswith("_"))
    return f"narrow the query before {end}: by an index over [{listed}], or by `.filter(...)` on the query"
