"""`.take(offset + limit)` and then `.slice(offset)`: every page loads all pages before it."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Related
from convexlint.program.places.offset_pages import OffsetPage, offset_pages
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, level=None)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for page in offset_pages(program):
        step = page.rows.step
        table = f"`{step.table}`" if step.table else "the table"
        offset = " ".join(step.place.module.text(page.offset).split())
        yield Finding.at(
            step.place,
            _message(page, table, offset),
            help="read page by page with `.paginate(args.paginationOpts)`: its cursor goes on where a page has ended",
            related=(Related(page.use.place.module.path, page.use.place.span, "the page is cut out here"),),
        )


def _message(page: OffsetPage, table: str, offset: str) -> str:
    step = page.rows.step
    if step.method == "collect":
        return f"loads all rows of {table} that it reads for each page from `{offset}` on"
    if page.fixed is not None:
        return f"loads {page.fixed:,.0f} rows of {table} for each page from `{offset}` on, and has none behind them"
    return f"loads the rows of {table} before `{offset}` as well, to drop them: each page costs more than the last"
