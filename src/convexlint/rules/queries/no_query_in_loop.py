"""One query for the rows, then one more for each of them: N+1 reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from convexlint.findings import Category, Finding, Level, Related, Suggestion
from convexlint.program.behaviour.write_loops import write_loops
from convexlint.program.places.repeated_reads import RepeatedRead, repeated_reads
from convexlint.program.program import Program
from convexlint.rules.rule import rule

_TOGETHER = "ask for all of them at once: `await Promise.all(rows.map(...))`"


@dataclass(frozen=True, slots=True)
class Options:
    """Which `ctx.db.get` is reported.

    Attributes:
        gets: "unbounded" reports one for each row of a whole table, "all" one for each row of any read.
    """

    gets: Literal["unbounded", "all"] = "unbounded"


@rule(category=Category.QUERIES, level=Level.WARNING, fix="suggestion", by_effect=True, options=Options)
def check(program: Program, options: Options) -> Iterator[Finding]:
    writing = {(one.place.module.path, one.loop): one.place.span for one in write_loops(program)}
    for read in repeated_reads(program):
        level = _level(read, options)
        if level is None:
            continue
        table = f"`{read.table}`" if read.table else "a table"
        related = []
        if read.source is not None:
            related.append(
                Related(read.source.place.module.path, read.source.place.span, "the rows are read here")
            )
        if read.deed is not None:
            related.append(Related(read.deed.module.path, read.deed.span, "and here what is read for each"))
        written = writing.get((read.place.module.path, read.loop)) if read.loop is not None else None
        yield Finding.at(
            read.place,
            f"{_deed(read)} of {table} for {_rows(read)}: N+1 reads",
            help=_help(read),
            related=tuple(related),
            suggestions=(Suggestion(_suggestion(read)),) if level is Level.WARNING else (),
            level=None if level is Level.WARNING else level,
            unless=(("no-unbounded-write-loop", written),) if written is not None else (),
        )


def _level(read: RepeatedRead, options: Options) -> Level | None:
    """The level of a finding, None for none."""
    if read.kind == "get":
        if read.writes or not (read.unbounded or read.grouped or options.gets == "all"):
            return None
        return Level.WARNING
    if read.scan:
        return Level.WARNING
    if read.writes:
        # A job on each row; beyond 4,096 reads it fails (convex-facts 12).
        return Level.INFO if read.unbounded else None
    if read.bounded:
        return None if read.parallel else Level.INFO
    return Level.WARNING


def _deed(read: RepeatedRead) -> str:
    if read.kind == "get":
        deed = "gets a document"
    else:
        deed = "reads the whole table, a scan" if read.scan else "runs a query"
    return f"calls what {deed}" if read.deed is not None else deed


def _rows(read: RepeatedRead) -> str:
    source = read.source
    if source is None or not source.table:
        return "every row of a result"
    return (
        f"every key that the rows of `{source.table}` have"
        if read.grouped
        else f"every row of `{source.table}`"
    )


def _help(read: RepeatedRead) -> str:
    if read.scan:
        return "let an index find the rows of each, or read the table once before the loop and group it in a `Map`"
    if read.writes:
        return "take a batch (`.take(n)`), and let the function schedule itself for the rest"
    if read.bounded and read.kind == "query":
        return _TOGETHER
    if read.kind == "get":
        if read.bounded:
            return (
                _TOGETHER if not read.parallel else "take the ids together (`new Set(...)`) and get each once"
            )
        together = (
            "take the ids together (`new Set(...)`) and get each document once, or bound the rows "
            "with `.take(n)`"
        )
        if read.deed is not None and read.source is not None and read.source.table == read.table:
            return f"where it is the row itself, hand the row on, which was read already; else {together}"
        return together
    return (
        "keep what is needed on the row itself, or read the rows that belong together with one query and "
        "group them in a `Map`; where neither is possible bound the outer read with `.take(n)`"
    )


def _suggestion(read: RepeatedRead) -> str:
    return (
        "get each distinct id once" if read.kind == "get" else "read the related rows once, before the loop"
    )
