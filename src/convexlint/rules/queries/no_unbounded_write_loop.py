"""A mutation that writes for each row of an open range fails once there are too many of them."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.behaviour.bounds import Bound
from convexlint.program.behaviour.write_loops import WriteLoop, write_loops
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, level=Level.WARNING, by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for loop in write_loops(program):
        read = loop.source or loop.again
        related: tuple[Related, ...] = ()
        if read is not None:
            related = (Related(read.place.module.path, read.place.span, "the rows are read here"),)
        yield Finding.at(
            loop.place,
            _message(loop),
            help="read a batch with `.take(n)`, and let the mutation schedule itself for the rest "
            f"(`ctx.scheduler.runAfter(0, internal..., args)`): beyond {_limit(loop)} it fails, and nothing is "
            "written",
            related=related,
        )


def _limit(loop: WriteLoop) -> str:
    if loop.does == "schedules":
        return "1,000 scheduled functions"
    return "4,096 reads" if loop.does == "reads" else "16,000 documents written or 32,000 read"


def _message(loop: WriteLoop) -> str:
    if loop.does == "reads":
        deed = f"calls `{loop.method}`, which queries," if loop.helper else "runs a query"
    elif loop.does == "schedules":
        deed = f"calls `{loop.method}`, which schedules," if loop.helper else "schedules a function"
    else:
        deed = f"calls `{loop.method}`, which writes," if loop.helper else f"runs `{loop.method}`"
    if loop.some:
        return f"goes through {_rows(loop)}, however many there are, and {deed} for some, in one transaction"
    return f"{deed} for {_rows(loop)}, however many there are, in one transaction"


def _rows(loop: WriteLoop) -> str:
    source = loop.source
    if source is None:
        table = f" of `{loop.again.table}`" if loop.again is not None and loop.again.table else ""
        return f"batch after batch{table}"
    table = f"`{source.table}`" if source.table else "a table"
    matching = " that passes its filter" if any(state.filters for state in source.before) else ""
    return f"every row of {table}{_range(loop.bound)}{matching}"


def _range(bound: Bound | None) -> str:
    if bound is None or bound.kind != "range":
        return ""
    return (
        " of one " + " and ".join(f"`{field}`" for field in bound.fields) if bound.fields else " in a range"
    )
