"""An index that the schema lacks: its name in the project's own style, and the edit that adds it."""

from __future__ import annotations

from convexlint.findings import Edit
from convexlint.program.convex.naming import IndexStyle, is_usable, prevailing_style
from convexlint.program.convex.paths import validators_at
from convexlint.program.model import Table
from convexlint.program.places.validator_sites import table_sites
from convexlint.program.places.validator_uses import TableSite
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.program.writing.editing import insert, line_indent, quoted
from convexlint.structs import Struct


class NewIndex(Struct, frozen=True):
    """An index to add. `edit` puts it at the end of the table's chain."""

    name: str
    fields: tuple[str, ...]
    edit: Edit


def new_index(program: Program, table: Table, fields: tuple[str, ...]) -> NewIndex | None:
    """An index of `table` over `fields`; None where the table is not written in a module of the project, has none
    of these fields, or an index of that name already."""
    site = next((site for site in table_sites(program) if site.table.name == table.name), None)
    name = _style(program).name(fields)
    if (
        site is None
        or not site.chained
        or not table.indexes_known
        or not is_usable(name)
        or table.index(name) is not None
    ):
        return None
    if not fields or not all(validators_at(table.validator, field) for field in fields):
        return None
    return NewIndex(name, fields, _edit(site, name, fields))


@query
def _style(program: Program) -> IndexStyle:
    """How the program names its indexes, looked up once for all that are to be added."""
    named = (
        (index.name, index.fields or ())
        for table in program.schema.tables.values()
        for index in table.indexes
        if table.origin == "schema" and index.kind == "database" and index.fields
    )
    return prevailing_style(named, prefix="any", separator="any", casing="any")


def _edit(site: TableSite, name: str, fields: tuple[str, ...]) -> Edit:
    """Another link at the end of the table's chain, placed as the last one is."""
    module = site.end_module
    last = site.table.indexes[-1] if site.table.indexes else None
    if last is not None and last.module is module:
        text = module.source[last.call_span.start : last.name_span.start].decode("utf-8", "replace")
        glue = text[: len(text) - len(text.lstrip())]
    else:
        glue = "\n" + line_indent(module, site.end) + "  "
    names = ", ".join(quoted(module, field) for field in fields)
    return insert(module, site.end, f"{glue}.index({quoted(module, name)}, [{names}])")
