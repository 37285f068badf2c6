"""An index that the schema lacks: what it would be called, and the edit that adds it."""

from __future__ import annotations

from convexlint.findings import Edit
from convexlint.program.editing import insert, line_indent, quoted
from convexlint.program.model import Program, Table
from convexlint.program.naming import is_usable, prevailing_style
from convexlint.program.validator_sites import TableSite


class NewIndexes:
    """Proposes indexes in the way the project names its own."""

    def __init__(self, program: Program) -> None:
        named = (
            (index.name, index.fields or ())
            for table in program.schema.tables.values()
            for index in table.indexes
            if table.origin == "schema" and index.kind == "database" and index.fields
        )
        self._style = prevailing_style(named, prefix="any", separator="any", casing="any")
        self._sites = {site.table.name: site for site in program.table_sites}

    def propose(self, table: Table, fields: tuple[str, ...]) -> tuple[str, Edit] | None:
        """Name and edit of an index of `table` over `fields`; None where it cannot be written or has no free name."""
        site = self._sites.get(table.name)
        name = self._style.name(fields)
        if site is None or not is_usable(name) or table.index(name) is not None:
            return None
        return name, _edit(site, name, fields)


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
