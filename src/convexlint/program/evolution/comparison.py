"""All that differs from an earlier revision, breaking or not: tables, fields, indexes, functions, routes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Literal

from convexlint.program.convex.breaks import breaks
from convexlint.program.convex.types_text import type_text
from convexlint.program.deployed import Deployed, OldFunction, OldIndex
from convexlint.program.evolution.function_changes import function_breaks
from convexlint.program.evolution.schema_changes import index_changes, schema_breaks
from convexlint.program.evolution.snapshot import snapshot
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.program.validators import ObjectValidator, Validator
from convexlint.structs import Struct

Change = Literal["added", "changed", "removed"]
_NONE = Deployed("", False, False, False, {}, {}, frozenset())


class Detail(Struct, frozen=True):
    """A part of a table or function. `name`: a field, "args", "returns", "kind", "visibility". `old`, `new`: as text,
    "" where there is none."""

    name: str
    change: Change
    old: str
    new: str


class Changed(Struct, frozen=True):
    """A table, function or route. `what`: its kind in words. `breaking`: documents or callers that are out there do not
    go with it."""

    name: str
    what: str
    change: Change
    details: tuple[Detail, ...]
    breaking: bool


class ChangedIndex(Struct, frozen=True):
    """`was`: the old name of an index that is there by another name, "" else. `built`: the push builds it over
    documents that exist; `waits`: and is not done before."""

    table: str
    name: str
    change: Change
    old: str
    new: str
    was: str
    built: bool
    waits: bool


class Comparison(Struct, frozen=True):
    """`revision` None: the revision has no such project."""

    revision: str | None
    tables: tuple[Changed, ...]
    indexes: tuple[ChangedIndex, ...]
    functions: tuple[Changed, ...]
    routes: tuple[Changed, ...]


@query
def comparison(program: Program) -> Comparison:
    """What differs from the revision that the program is compared with, each list by name; with none, all is new."""
    before = program.before()
    old, now = before or _NONE, snapshot(program, "")
    return Comparison(
        before.revision if before is not None else None,
        tuple(_tables(program, old, now)) if old.schema_known else (),
        tuple(_indexes(program, old, now)) if old.schema_known else (),
        tuple(_functions(program, old, now)) if old.functions_known else (),
        tuple(_routes(old, now)) if old.functions_known else (),
    )


def _change(name: str, old: Mapping[str, object], new: Mapping[str, object]) -> Change:
    return "changed" if name in old and name in new else "added" if name in new else "removed"


def _names(*found: Mapping[str, object]) -> list[str]:
    return sorted({name for one in found for name in one})


# ---------------------------------------------------------------------------------------------- tables, indexes


def _tables(program: Program, old: Deployed, now: Deployed) -> Iterator[Changed]:
    allowed = program.settings.may_change
    broken = {found.table.name for found in schema_breaks(program)}
    for name in _names(old.tables, now.tables):
        before, after = old.tables.get(name), now.tables.get(name)
        details = tuple(_fields(before.validator if before else None, after.validator if after else None))
        change = _change(name, old.tables, now.tables)
        if change != "changed" or details:
            breaking = name in broken and not any(fnmatchcase(name, pattern) for pattern in allowed)
            yield Changed(name, "table", change, details, breaking)


def _fields(old: Validator | None, new: Validator | None) -> Iterator[Detail]:
    """Field by field where both are objects, else the type of the whole."""
    a, b = _by_field(old), _by_field(new)
    if a is None or b is None:
        if not _is_same(old, new):
            yield Detail("", "changed", type_text(old), type_text(new))
        return
    for name in (*a, *(n for n in b if n not in a)):
        before, after = a.get(name), b.get(name)
        if before is None or after is None:
            yield Detail(name, _change(name, a, b), _optional(before), _optional(after))
        elif before[1] != after[1] or not _is_same(before[0], after[0]):
            yield Detail(name, "changed", _optional(before), _optional(after))


def _by_field(validator: Validator | None) -> dict[str, tuple[Validator, bool]] | None:
    if validator is None:
        return {}
    if not isinstance(validator, ObjectValidator):
        return None
    return {name: (field.validator, field.optional) for name, field in validator.fields.items()}


def _optional(field: tuple[Validator, bool] | None) -> str:
    return "" if field is None else type_text(field[0]) + (", optional" if field[1] else "")


def _is_same(old: Validator | None, new: Validator | None) -> bool:
    if old is None or new is None:
        return old is new
    if type_text(old) == type_text(new):
        return True
    return next(breaks(old, new), None) is None and next(breaks(new, old), None) is None


def _indexes(program: Program, old: Deployed, now: Deployed) -> Iterator[ChangedIndex]:
    renamed = {
        (found.index.table, found.index.name): found.old.name
        for found in index_changes(program)
        if found.kind == "renamed"
    }
    staged = {
        (name, index.name)
        for name, table in program.schema.tables.items()
        for index in table.indexes
        if index.staged
    }
    for table in _names(old.tables, now.tables):
        if table not in now.tables:
            continue
        before = {i.name: i for i in old.tables[table].indexes} if table in old.tables else {}
        after = {i.name: i for i in now.tables[table].indexes}
        gone = {renamed.get((table, name)) for name in after}
        for name in _names(before, after):
            one, other = before.get(name), after.get(name)
            if one is not None and other is not None and (one.fields, one.kind) == (other.fields, other.kind):
                continue
            if other is None and name in gone:
                continue
            built = other is not None and table in old.tables
            was = renamed.get((table, name)) or ""
            waits = built and (table, name) not in staged
            change = _change(name, before, after)
            yield ChangedIndex(table, name, change, _index(one), _index(other), was, built, waits)


def _index(index: OldIndex | None) -> str:
    if index is None:
        return ""
    fields = ", ".join(index.fields) if index.fields is not None else "..."
    return fields if index.kind == "database" else f"{index.kind}: {fields}"


# ------------------------------------------------------------------------------------------- functions, routes


def _functions(program: Program, old: Deployed, now: Deployed) -> Iterator[Changed]:
    allowed = program.settings.may_change
    broken = {found.old.path for found in function_breaks(program)}
    for path in _names(old.functions, now.functions):
        before, after = old.functions.get(path), now.functions.get(path)
        details = tuple(_parts(before, after)) if before is not None and after is not None else ()
        change = _change(path, old.functions, now.functions)
        if change != "changed" or details:
            one = after or before
            assert one is not None
            breaking = path in broken and not any(fnmatchcase(path, pattern) for pattern in allowed)
            yield Changed(path, f"{one.visibility} {one.kind}".strip(), change, details, breaking)


def _parts(old: OldFunction, new: OldFunction) -> Iterator[Detail]:
    if old.kind != new.kind:
        yield Detail("kind", "changed", old.kind, new.kind)
    if old.visibility != new.visibility:
        yield Detail("visibility", "changed", old.visibility, new.visibility)
    if old.args_known and new.args_known:
        for part in _fields(old.args, new.args):
            yield Detail(f"args.{part.name}".rstrip("."), part.change, part.old, part.new)
    if old.returns_known and new.returns_known and not _is_same(old.returns, new.returns):
        before, after = ("" if one is None else type_text(one) for one in (old.returns, new.returns))
        yield Detail("returns", "added" if not before else "changed" if after else "removed", before, after)


def _routes(old: Deployed, now: Deployed) -> Iterator[Changed]:
    for name in sorted(old.routes ^ now.routes):
        gone = name in old.routes
        yield Changed(name, "route", "removed" if gone else "added", (), gone)
