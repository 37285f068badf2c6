"""How the schema differs from what is deployed, where documents that exist (docs/convex.md 14.1), or reads of them
(14.2), are at stake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.convex.breaks import MEMBER, Break, breaks
from convexlint.program.deployed import OldIndex, OldTable
from convexlint.program.evolution.migrations import migration_of
from convexlint.program.model import IndexDef, Module, Table
from convexlint.program.modules.nodes import callee_name
from convexlint.program.places.validator_sites import validator_fields
from convexlint.program.places.validator_uses import FieldSite
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
from convexlint.program.validators import FieldValidator, ObjectValidator, Validator
from convexlint.structs import Struct


class SchemaBreak(Struct, frozen=True, eq=False):
    """Documents of `table` that the old schema took and the new one refuses. It stands at `span` of `module`: the
    field's key, or the name of the table where the field is gone. `field`: the field's definition, None where it is
    gone or the whole document is meant. `renamed`: a field of the same type that came or went beside it. `migrated`: a
    function that is new in this change and writes the field."""

    table: Table
    module: Module
    span: Span
    found: Break
    field: FieldSite | None
    renamed: str | None
    migrated: str | None


class IndexChange(Struct, frozen=True, eq=False):
    """An index that a deploy builds anew. kind: "renamed" (it was `old`), "changed" (other fields, another kind)."""

    index: IndexDef
    old: OldIndex
    kind: Literal["renamed", "changed"]


@listed
def schema_breaks(program: Program) -> Iterator[SchemaBreak]:
    """Documents that may exist and that the schema refuses since the revision it is compared with, by table."""
    before = program.before()
    if before is None or not before.validation or not program.schema.validation:
        return
    fields = _field_sites(program)
    for name, table in program.schema.tables.items():
        old = before.tables.get(name)
        if old is None or table.module is None or table.name_span is None or table.origin != "schema":
            continue
        for found in breaks(old.validator, table.validator):
            whole = found.place == found.path
            site = fields.get((name, _field_of(found))) if found.kind != "gone" and whole else None
            owner = site or _nearest(fields, name, found.path if whole else (*found.place, MEMBER))
            module = table.module if owner is None else owner.module
            span = table.name_span if owner is None else owner.key_span
            yield SchemaBreak(
                table,
                module,
                span,
                found,
                site,
                _renamed(old.validator, table.validator, found),
                _migrated(program, name, found),
            )


@listed
def dropped_tables(program: Program) -> Iterator[OldTable]:
    """Tables of the revision that the schema no longer has, as they were, by name."""
    before = program.before()
    if before is not None and program.schema.present and program.schema.complete:
        yield from (
            table for name, table in sorted(before.tables.items()) if name not in program.schema.tables
        )


@listed
def index_changes(program: Program) -> Iterator[IndexChange]:
    """Indexes that are renamed or changed since the revision, by table and place."""
    before = program.before()
    for name, table in program.schema.tables.items() if before is not None else ():
        assert before is not None
        old = before.tables.get(name)
        if old is None or not old.indexes_known or not table.indexes_known:
            continue
        for index in table.indexes:
            same = old.index(index.name)
            if same is not None:
                if (same.fields, same.kind) != (index.fields, index.kind) and None not in (
                    same.fields,
                    index.fields,
                ):
                    yield IndexChange(index, same, "changed")
                continue
            twin = next(
                (
                    o
                    for o in old.indexes
                    if (o.fields, o.kind) == (index.fields, index.kind) and table.index(o.name) is None
                ),
                None,
            )
            if twin is not None and index.fields is not None:
                yield IndexChange(index, twin, "renamed")


@query
def schema_definition(program: Program) -> tuple[Module, Span] | None:
    """Where `defineSchema` is called: the called name."""
    module = program.schema.module
    for site in program.ev.world.index(module).calls if module is not None else ():
        name, span = callee_name(site.expr.callee)
        if isinstance(site.expr, ir.Call) and name == "defineSchema":
            assert module is not None
            return module, span
    return None


@query
def _field_sites(program: Program) -> dict[tuple[str, tuple[str, ...]], FieldSite]:
    return {
        (site.use.table, site.use.path): site
        for site in validator_fields(program)
        if site.use.role == "schema" and site.use.table is not None
    }


def _field_of(found: Break) -> tuple[str, ...]:
    """The path of the field whose types are told: elements and values of records are told with the whole."""
    path = found.path
    while found.kind == "type" and path[-1:] in (("[]",), ("{}",)):
        path = path[:-1]
    return path


def _nearest(
    fields: dict[tuple[str, tuple[str, ...]], FieldSite], table: str, path: tuple[str, ...]
) -> FieldSite | None:
    for end in range(len(path) - 1, 0, -1):
        site = fields.get((table, path[:end]))
        if site is not None:
            return site
    return None


def _renamed(old: Validator, new: Validator, found: Break) -> str | None:
    """The field of the same type that came or went beside this one, where there is one of each."""
    if len(found.path) != 1 or not isinstance(old, ObjectValidator) or not isinstance(new, ObjectValidator):
        return None
    gone = {name: field for name, field in old.fields.items() if name not in new.fields}
    came = {name: field for name, field in new.fields.items() if name not in old.fields}
    own, other = (gone, came) if found.kind == "gone" else (came, gone)
    one = own.get(found.path[0]) if found.kind in ("gone", "required") else None
    if one is None:
        return None
    others = [name for name, field in other.items() if _alike(field, one)]
    same = [name for name, field in own.items() if _alike(field, one)]
    return others[0] if len(others) == len(same) == 1 else None


def _alike(one: FieldValidator, other: FieldValidator) -> bool:
    a, b = one.validator, other.validator
    return (
        one.optional == other.optional
        and next(breaks(a, b), None) is None
        and next(breaks(b, a), None) is None
    )


def _migrated(program: Program, table: str, found: Break) -> str | None:
    """A function that is new and writes the field at the top of a document that leads to the break."""
    name = next((step for step in found.path if step not in ("[]", "{}", MEMBER)), None)
    return None if name is None else migration_of(program, table, name)
