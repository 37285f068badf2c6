"""`ctx.db.get("users", id)` says whose id it takes and is checked; `ctx.db.get(id)` is the old form."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts.ir import Cast, Spread, TypeKeyword
from convexlint.findings import Category, Concern, Finding, Fix, Level
from convexlint.program.model import DatabaseCall
from convexlint.program.places.sites import database_calls
from convexlint.program.program import Program
from convexlint.program.writing.editing import argument_start, insert, quoted
from convexlint.rules.rule import NoOptions, rule

NAMED_SINCE = (1, 31, 0)
"""The release of convex whose methods take the table first (convex-facts 3.1)."""
OLD_FORM_ARGUMENTS = {"get": 1, "delete": 1, "patch": 2, "replace": 2}


@rule(category=Category.QUERIES, concern=Concern.STYLE, level=Level.WARNING, fix="safe", official=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    version = program.project.convex_version
    if version is not None and version < NAMED_SINCE:
        return  # the installed convex has no other form
    for call in database_calls(program):
        module = call.place.module
        if call.explicit or call.system:
            continue
        if len(call.args) != OLD_FORM_ARGUMENTS.get(call.method) or isinstance(call.args[0], Spread):
            continue
        id_text = _short(module.text(call.id_span)) if call.id_span else "id"
        yield Finding.at(
            call.place,
            _message(call, id_text),
            help=_help(call, id_text),
            fix=_fix(call),
        )


def _is_system(table: str | None) -> bool:
    return table is not None and table.startswith("_")


def _message(call: DatabaseCall, id_text: str) -> str:
    if call.id_table is None:
        return f"`{call.method}` does not name its table, and {_why_unknown(call, id_text)}"
    if _is_system(call.id_table):
        return f"`{call.method}` takes an id of system table `{call.id_table}`, which plain `db` cannot reach"
    return f"`{call.method}` does not name its table: `{id_text}` is an id of `{call.id_table}`"


def _why_unknown(call: DatabaseCall, id_text: str) -> str:
    first = call.args[0]
    if isinstance(first, Cast) and isinstance(first.annotation, TypeKeyword):
        return f"the cast to `{first.annotation.name}` hides whose id it is"
    return f"`{id_text}` is not known to be an id of one certain table"


def _help(call: DatabaseCall, id_text: str) -> str:
    db = _short(call.place.module.text(call.db_span))
    if _is_system(call.id_table):
        return f'`{db}.system.{call.method}("{call.id_table}", {id_text})`'
    called = call.method if call.db_span == call.place.span else f"{db}.{call.method}"
    rest = ", ..." if len(call.args) > 1 else ""
    return f'`{called}("{call.id_table or "<table>"}", {id_text}{rest})`'


def _fix(call: DatabaseCall) -> Fix | None:
    if call.id_table is None or _is_system(call.id_table):
        return None
    module = call.place.module
    at = argument_start(module, call.place.span.end, call.args[0].start)
    edit = insert(module, at, f"{quoted(module, call.id_table)}, ")
    title = f"name the table: `{call.id_table}`"
    if isinstance(call.args[0], Cast):
        return Fix.unsafe(title, edit, because="that it is an id of this table is only claimed by a cast")
    if not call.certain:
        db = _short(module.text(call.db_span))
        return Fix.unsafe(title, edit, because=f"`{db}` is only by its name known to be a Convex database")
    return Fix.safe(title, edit)


def _short(text: str) -> str:
    """Source text on one line, cut where it gets too long for a message."""
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:37] + "..."
