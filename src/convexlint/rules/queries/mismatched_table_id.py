"""An id of one table where an id of another is due: it fails at run time, or finds nothing."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts.ir import Cast
from convexlint.findings import Category, Finding, Fix, Level
from convexlint.program.model import DatabaseCall, StoredId
from convexlint.program.modules.nodes import is_string_literal
from convexlint.program.places.sites import database_calls
from convexlint.program.places.stored_ids import stored_ids
from convexlint.program.places.table_mentions import SYSTEM_TABLES
from convexlint.program.places.unchecked import promised
from convexlint.program.program import Program
from convexlint.program.writing.editing import quoted, replace
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, level=Level.ERROR, fix="safe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for call in database_calls(program):
        if _contradicts(call) and _is_table(program, call.table):
            yield _named(program, call)
    for stored in stored_ids(program):
        yield _stored(program, stored)


def _is_table(program: Program, name: str | None) -> bool:
    """What the schema does not have is unknown-table's matter."""
    return not program.schema.present or name in program.schema.tables or name in SYSTEM_TABLES


def _contradicts(call: DatabaseCall) -> bool:
    known = call.table is not None and call.id_table is not None and call.table_span is not None
    # `normalizeId` may be asked of any string; an id of another table gives null.
    return known and call.table != call.id_table and call.method != "normalizeId"


def _named(program: Program, call: DatabaseCall) -> Finding:
    module = call.place.module
    assert call.table_span is not None and call.id_span is not None
    text = _short(module.text(call.id_span))
    return Finding.at(
        call.place,
        f"`{text}` is an id of `{call.id_table}`, and `{call.method}` is told that it is one of `{call.table}`:"
        " this throws",
        span=call.table_span,
        help=f'name its own table, "{call.id_table}", or give an id of `{call.table}`',
        fix=_fix(call) if _is_table(program, call.id_table) else None,
    )


def _fix(call: DatabaseCall) -> Fix | None:
    """Name the id's own table, unless a cast only claims whose id it is."""
    module, span = call.place.module, call.table_span
    if span is None or call.id_table is None or not is_string_literal(module, span):
        return None
    if not call.certain or any(isinstance(arg, Cast) for arg in call.args[:2]):
        return None
    title, edit = (
        f"name the id's own table, `{call.id_table}`",
        replace(module, span, quoted(module, call.id_table)),
    )
    if call.method == "get":
        return Fix.safe(title, edit)
    return Fix.unsafe(
        title, edit, because=f"`{call.method}`, which throws today, will then change `{call.id_table}`"
    )


def _stored(program: Program, stored: StoredId) -> Finding:
    module = stored.place.module
    by_types = stored.how == "eq" or not program.schema.validation
    text = _short(module.text(stored.place.span))
    takes = " or ".join(f"`{name}`" for name in stored.expected)
    ends = "no document can match" if stored.how == "eq" else "the schema refuses it"
    if stored.how != "eq" and by_types:
        ends = "what reads the field finds nothing by it"
    return Finding.at(
        stored.place,
        f"`{text}` is an id of `{stored.given}`, and field `{stored.field}` of `{stored.table}` holds ids of"
        f" {takes}: {ends}",
        help=f"give an id of {takes}, or correct the field in the schema",
        level=promised(module, stored.place.span) if by_types else None,
    )


def _short(text: str) -> str:
    """Source text on one line, cut where it gets too long for a message."""
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:37] + "..."
