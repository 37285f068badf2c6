"""One query for the rows, then one more for each of them: N+1 reads."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related, Suggestion
from convexlint.program.places.rows import RepeatedRead, reads_whole_table, repeated_reads
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, level=Level.WARNING, fix="suggestion")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for read in repeated_reads(program):
        if read.writes or (read.kind == "get" and not _is_unbounded(read)):
            continue
        table = f"`{read.table}`" if read.table else "a table"
        source = read.source
        rows = (
            f"every row of `{source.table}`"
            if source is not None and source.table
            else "every row of a result"
        )
        deed = "gets a document" if read.kind == "get" else "runs a query"
        yield Finding.at(
            read.place,
            f"{deed} of {table} for {rows}: N+1 reads",
            help=_help(read),
            related=(Related(source.place.module.path, source.place.span, "the rows are read here"),)
            if source
            else (),
            suggestions=(Suggestion(_suggestion(read)),),
        )


def _is_unbounded(read: RepeatedRead) -> bool:
    source = read.source
    return (
        source is not None
        and source.method in ("collect", "for await")
        and any(reads_whole_table(state) for state in source.before)
    )


def _help(read: RepeatedRead) -> str:
    if read.kind == "get":
        return "take the ids together (`new Set(...)`) and get each document once, or bound the rows with `.take(n)`"
    return (
        "keep what is needed on the row itself, or read the rows that belong together with one query and "
        "group them in a `Map`; where neither is possible bound the outer read with `.take(n)`"
    )


def _suggestion(read: RepeatedRead) -> str:
    return (
        "get each distinct id once" if read.kind == "get" else "read the related rows once, before the loop"
    )
