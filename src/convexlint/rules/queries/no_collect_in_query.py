"""`.collect()` loads every row of what it reads; a table only grows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from convexlint.findings import Category, Finding, Level, Span, Suggestion
from convexlint.program.convex.extents import reads_whole_table
from convexlint.program.model import QueryStep
from convexlint.program.places.lookups import fields_wanted
from convexlint.program.places.sites import query_steps
from convexlint.program.program import Program
from convexlint.program.writing.editing import replace
from convexlint.rules.rule import rule


@dataclass(frozen=True, slots=True)
class Options:
    """What the rule accepts.

    Attributes:
        indexed: "allow" accepts `.collect()` of an index range or of search results, "flag" reports it too.
    """

    indexed: Literal["allow", "flag"] = "allow"


@rule(category=Category.QUERIES, level=Level.WARNING, fix="suggestion", official=True, options=Options)
def check(program: Program, options: Options) -> Iterator[Finding]:
    for step in query_steps(program):
        module = step.place.module
        if step.method != "collect":
            continue
        whole = any(reads_whole_table(state) for state in step.before)
        if not whole and options.indexed == "allow":
            continue
        table = f"`{step.table}`" if step.table else "the table"
        yield Finding.at(
            step.place,
            f"loads every row of {table if whole else _range(step, table)}, however many there are",
            help=_help(program, step, whole),
            suggestions=(
                Suggestion(
                    "read at most 100 rows",
                    (replace(module, Span(step.place.span.start, step.call_span.end), "take(100)"),),
                ),
                Suggestion("read page by page: `.paginate(args.paginationOpts)`"),
            ),
        )


def _range(step: QueryStep, table: str) -> str:
    indexes = {state.index for state in step.before}
    name = next(iter(indexes)) if len(indexes) == 1 else None
    return f"the range of index `{name}` of {table}" if name else f"an index range of {table}"


def _help(program: Program, step: QueryStep, whole: bool) -> str:
    limit = "a function fails beyond 32,000 documents or 16 MiB read"
    if not whole:
        return f"{limit}: `.take(n)` or `.paginate(...)` unless this range stays small"
    table = program.schema.tables.get(step.table or "")
    wanted = fields_wanted(program, step)
    indexes = [
        f"`{index.name}`"
        for index in (table.indexes if table else ())
        if index.kind == "database" and not index.staged and (index.fields or ("",))[0] in wanted
    ]
    advice = (
        f"narrow it with `.withIndex` ({', '.join(indexes[:4])})" if indexes else "narrow it with an index"
    )
    return f"{limit}: {advice}, or read a part with `.take(n)` or `.paginate(...)`"
