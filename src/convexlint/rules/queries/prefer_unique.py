"""A lookup that must find at most one row says so with `.unique()`, which throws when there are two."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Fix, Related
from convexlint.program.model import DatabaseCall, QueryState, QueryStep
from convexlint.program.places.elsewhere import calls_on
from convexlint.program.places.sites import query_steps
from convexlint.program.program import Program
from convexlint.program.writing.editing import replace
from convexlint.rules.rule import NoOptions, rule

_Key = tuple[str, frozenset[str]]


@rule(category=Category.QUERIES, concern=Concern.STYLE, level=None, fix="unsafe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    mine = [
        (step, key)
        for step in query_steps(program)
        if step.method == "first" and program.reports(step.place.module) and (key := _key(program, step))
    ]
    if not mine:
        return
    unique: dict[_Key, QueryStep] = {}
    lookups: dict[_Key, dict[tuple[str, int], int]] = {}
    tables = frozenset(table for _, (table, _) in mine)
    steps, calls = calls_on(program, tables, "first", "unique", "insert")
    for step in steps:
        key = _key(program, step)
        if key is None:
            continue
        if step.method == "unique":
            unique.setdefault(key, step)
        lookups.setdefault(key, {}).setdefault((step.place.module.path, step.place.owner), step.call_span.end)
    inserts: dict[str | None, list[DatabaseCall]] = {}
    for call in calls:
        inserts.setdefault(call.table, []).append(call)
    for step, key in mine:
        module = step.place.module
        table, fields = key
        elsewhere = unique.get(key)
        behind = _guarded_inserts(inserts, table, lookups[key])
        if elsewhere is None and not behind:
            continue
        listed = " and ".join(f"`{f}`" for f in sorted(fields))
        why = (
            Related(elsewhere.place.module.path, elsewhere.place.span, "looked up with `.unique()` here")
            if elsewhere is not None
            else Related(
                behind[0].place.module.path, behind[0].place.span, "inserted after such a lookup only"
            )
        )
        yield Finding.at(
            step.place,
            f"`first` hides a second row of `{table}` with the same {listed}, taken to be unique",
            help="`.unique()` gives the one row or null, and throws when there are two",
            related=(why,),
            fix=Fix.unsafe(
                "use `.unique()`",
                replace(module, step.place.span, "unique"),
                because="it throws where two such rows are stored already",
            ),
        )


def _guarded_inserts(
    inserts: dict[str | None, list[DatabaseCall]], table: str, lookups: dict[tuple[str, int], int]
) -> list[DatabaseCall]:
    """The inserts into a table, if each of them stands behind a lookup of the same kind in its function."""
    calls = inserts.get(table, [])
    if inserts.get(None):
        return []
    for call in calls:
        end = lookups.get((call.place.module.path, call.place.owner))
        if end is None or end > call.call_span.start:
            return []
    return calls


def _key(program: Program, step: QueryStep) -> _Key | None:
    """Table and fields of a lookup by equality on all fields of an index."""
    if step.method not in ("first", "unique") or len(step.before) != 1:
        return None
    state: QueryState = step.before[0]
    if state.table is None or not state.index or state.index_kind != "database" or not state.range:
        return None
    table = program.schema.tables.get(state.table)
    index = table.index(state.index) if table is not None else None
    if index is None or index.fields is None or state.ordered or state.filters:
        return None
    fields = {part.field for part in state.range if part.method == "eq"}
    if len(fields) != len(state.range) or fields != set(index.fields):
        return None
    return state.table, frozenset(index.fields)
