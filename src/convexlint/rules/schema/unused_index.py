"""An index that no query names is written with every document and never read."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Level, Suggestion
from convexlint.program.model import IndexDef, Table
from convexlint.program.places.handed_schemas import is_schema_handed_out
from convexlint.program.places.index_uses import IndexLedger, indexed_steps, ledger_of, read_by_packages
from convexlint.program.places.sites import reads_anything
from convexlint.program.places.table_mentions import vector_searches
from convexlint.program.program import Program
from convexlint.program.writing.editing import remove_link
from convexlint.rules.rule import NoOptions, rule

_KINDS = {"database": "index", "search": "search index", "vector": "vector index"}


@rule(category=Category.SCHEMA, concern=Concern.COST, level=Level.INFO, fix="suggestion")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    indexes = [(t, i) for t in program.schema.tables.values() for i in t.indexes if program.reports(i.module)]
    if not indexes or not _reads_anything(program):
        return
    ledger = ledger_of(program)
    searched = _searched(program)
    read_elsewhere = read_by_packages(program)
    seen: set[tuple[str, int]] = set()
    for table, index in indexes:
        spot = (index.module.path, index.name_span.start)
        if table.origin != "schema" or index.staged or spot in seen or _is_covered(table, index):
            continue
        seen.add(spot)
        if (index.table, index.name) in searched or (index.table, None) in searched:
            continue
        if (index.table, index.name) in read_elsewhere:
            continue
        if (None, index.name) in searched or (None, None) in searched or ledger.may_be_used(index):
            continue
        if is_schema_handed_out(program):
            return
        yield _finding(ledger, index)


def _reads_anything(program: Program) -> bool:
    """A schema alone (shared, or not used yet) says nothing about its indexes."""
    return reads_anything(program)


def _searched(program: Program) -> set[tuple[str | None, str | None]]:
    """(table, index) of every search; None = not known."""
    found: set[tuple[str | None, str | None]] = {
        (search.table, search.index_name) for search in vector_searches(program)
    }
    for step in indexed_steps(program):
        if step.method == "withSearchIndex":
            found |= {(state.table, step.index_name) for state in step.before}
    return found


def _is_covered(table: Table, index: IndexDef) -> bool:
    """The start of another index, or equal to one: no-duplicate-indexes has it."""
    fields = index.fields
    return (
        index.kind == "database"
        and fields is not None
        and any(
            other is not index
            and other.kind == "database"
            and not other.staged
            and other.fields is not None
            and other.fields[: len(fields)] == fields
            for other in table.indexes
        )
    )


def _finding(ledger: IndexLedger, index: IndexDef) -> Finding:
    suggestions: tuple[Suggestion, ...] = ()
    if ledger.is_own(index):
        suggestions = (
            Suggestion(
                f"remove `{index.name}`",
                (remove_link(index.module, index.call_span),),
                "code outside the project may still name it",
            ),
        )
    return Finding(
        path=index.module.path,
        span=index.name_span,
        message=f"no query of the project uses {_KINDS[index.kind]} `{index.name}` of `{index.table}`, and every "
        "write pays for it",
        help="remove it, or use it where the table is read by its fields",
        suggestions=suggestions,
    )
