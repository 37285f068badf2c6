"""`.take(undefined)` throws: an optional number of rows needs a default."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Suggestion
from convexlint.program.places.undefined_values import maybe_undefined_takes
from convexlint.program.program import Program
from convexlint.program.writing.editing import insert
from convexlint.rules.rule import NoOptions, rule

DEFAULT = 20


@rule(category=Category.QUERIES, level=Level.ERROR, fix="suggestion")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for found in maybe_undefined_takes(program):
        table = found.step.table
        of = f" of `{table}`" if table is not None else ""
        module = found.place.module
        yield Finding.at(
            found.place,
            f"`{found.text}` may be undefined, and `.take(undefined)` throws: this query{of} fails without it",
            span=found.span,
            help=f"give it a default: `{found.text} ?? {DEFAULT}`",
            suggestions=(
                Suggestion(
                    f"take {DEFAULT} rows by default", (insert(module, found.span.end, f" ?? {DEFAULT}"),)
                ),
            ),
        )
