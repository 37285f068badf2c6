"""A loop that waits for each of its reads could ask for all of them at once."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Fix, Level, Span
from convexlint.program.places.sequential_reads import SequentialRead, sequential_reads
from convexlint.program.program import Program
from convexlint.program.writing.editing import has_comment, replace
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, level=Level.INFO, fix="unsafe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for read in sequential_reads(program):
        table = f" of `{read.table}`" if read.table else ""
        yield Finding.at(
            read.place,
            f"each round waits for its read{table}, and none needs the one before",
            help="ask for all of them at once: `await Promise.all(list.map((one) => ...))`",
            fix=_fix(read),
            unless=(("no-query-in-loop", read.place.span),),
        )


def _fix(read: SequentialRead) -> Fix | None:
    module = read.place.module
    if read.pushed is None or has_comment(module, read.loop):
        return None
    out, name, listed, deed = (module.text(span) for span in read.pushed)
    end = (
        ";" if module.source[read.loop.end - 1 : read.loop.end] in (b"}", b";") and module.holds(b";") else ""
    )
    text = f"{out}.push(...(await Promise.all({listed}.map(({name}) => {deed})))){end}"
    return Fix.unsafe(
        "read all at once",
        replace(module, Span(read.loop.start, read.loop.end), text),
        because="all reads begin before the first has ended, and where one fails nothing is added",
    )
