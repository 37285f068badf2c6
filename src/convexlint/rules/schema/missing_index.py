"""A table that is searched by a field deserves an index on it."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Level, Related, Suggestion
from convexlint.program.convex.paths import validators_at
from convexlint.program.model import Table
from convexlint.program.places.lookups import Lookup, lookups
from convexlint.program.program import Program
from convexlint.program.validators import LiteralValidator, ScalarValidator, UnionValidator, Validator
from convexlint.program.writing.new_index import new_index
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.SCHEMA, concern=Concern.COST, level=Level.INFO, fix="suggestion")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    tables = program.schema.tables.values()
    if not any(table.module is not None and program.reports(table.module) for table in tables):
        return
    missing: dict[tuple[str, str], list[Lookup]] = {}
    for lookup in lookups(program):
        table = program.schema.tables.get(lookup.table)
        if table is None or not table.indexes_known or table.origin != "schema":
            continue
        if _is_served(table, lookup) or _is_flag(table, lookup):
            continue
        if all(validators_at(table.validator, f) for f in lookup.fields):
            missing.setdefault((lookup.table, lookup.fields[0]), []).append(lookup)
    for (name, field), places in sorted(missing.items()):
        table = program.schema.tables[name]
        if table.module is not None and program.reports(table.module):
            yield _finding(program, table, field, places)


def _is_served(table: Table, lookup: Lookup) -> bool:
    """An index begins with one of the fields, so it narrows the read; `_id` needs none."""
    if any(field.startswith("_") for field in lookup.fields):
        return True
    return any(
        index.kind == "database"
        and not index.staged
        and (index.fields is None or bool(set(index.fields[:1]) & set(lookup.fields)))
        for index in table.indexes
    )


def _is_flag(table: Table, lookup: Lookup) -> bool:
    """Whether all that is asked for are flags: an index on a boolean hardly narrows anything."""
    kinds = [v for field in lookup.fields for v in validators_at(table.validator, field) or ()]
    return bool(kinds) and all(_boolean(kind) for kind in kinds)


def _boolean(validator: Validator) -> bool:
    if isinstance(validator, UnionValidator):
        return all(_boolean(member) for member in validator.members)
    if isinstance(validator, LiteralValidator):
        return isinstance(validator.value, bool)
    return isinstance(validator, ScalarValidator) and validator.kind in ("boolean", "null")


def _finding(program: Program, table: Table, field: str, lookups: list[Lookup]) -> Finding:
    assert table.module is not None and table.name_span is not None
    fields = max((lookup.fields for lookup in lookups), key=len)
    if any(field not in lookup.fields[:1] or set(lookup.fields) != set(fields) for lookup in lookups):
        fields = (field,)
    new = new_index(program, table, fields)
    suggestions: tuple[Suggestion, ...] = ()
    if new is not None:
        because = "it costs a write with every document; then let the queries use it"
        suggestions = (Suggestion(f"add index `{new.name}`", (new.edit,), because),)
    shown = " and ".join(f"`{f}`" for f in fields)
    count = "one place" if len(lookups) == 1 else f"{len(lookups)} places"
    return Finding(
        path=table.module.path,
        span=table.name_span,
        message=f"`{table.name}` is searched by {shown} in {count}, and no index begins with it: each search reads "
        "the whole table",
        help=f"add an index on {', '.join(fields)} and let the query use it with `.withIndex`",
        related=tuple(
            Related(lookup.place.module.path, lookup.place.span, f"looks for `{lookup.fields[0]}`")
            for lookup in lookups[:5]
        ),
        suggestions=suggestions,
    )
