"""`ctx.db.get("users", id)` says whose id it takes and is checked; `ctx.db.get(id)` is the old form."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts.ir import Cast, Spread, TypeKeyword
from convexlint.findings import Category, Concern, Finding, Fix, Level, Span
from convexlint.program.convex.versions import FIRST_WITH_TABLES
from convexlint.program.model import DatabaseCall
from convexlint.program.places.claimed_ids import is_claimed
from convexlint.program.places.generic_ids import may_be_of_any_table
from convexlint.program.places.sites import database_calls
from convexlint.program.program import Program
from convexlint.program.writing.editing import argument_start, insert, quoted
from convexlint.rules.rule import NoOptions, rule

OLD_FORM_ARGUMENTS = {"get": 1, "delete": 1, "patch": 2, "replace": 2}


@rule(category=Category.QUERIES, concern=Concern.STYLE, level=Level.WARNING, fix="safe", official=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    version = program.project.convex_version
    waits_for = "1.31" if version is not None and version < FIRST_WITH_TABLES else None
    for call in database_calls(program):
        if call.explicit or call.system:
            continue
        if len(call.args) != OLD_FORM_ARGUMENTS.get(call.method) or isinstance(call.args[0], Spread):
            continue
        module = call.place.module
        id_text = _short(module.text(call.id_span)) if call.id_span else "id"
        named = _Named(program, call)
        yield Finding.at(
            call.place,
            _message(call, id_text, named),
            help=_help(call, id_text, named),
            fix=_fix(program, call, named),
            waits_for=waits_for,
        )


class _Named:
    """How the table can be written at a call. `text`: the argument, None where nothing tells. `is_missing`: the
    schema lacks this table, so that its name would not compile. `is_generic`: there is no table to name here."""

    def __init__(self, program: Program, call: DatabaseCall) -> None:
        schema, table = program.schema, call.id_table
        self.is_missing = False
        self.text = call.table_variable
        self.doubt: str | None = None
        self.is_generic = table is None and self.text is None and may_be_of_any_table(program, call)
        if table is None or _is_system(table):
            if self.text is not None:
                self.doubt = f"convex refuses `{self.text}` where its type is a union of several tables"
            return
        self.text = quoted(call.place.module, table)
        if not schema.present or table in schema.tables:
            return
        if schema.complete and schema.strict_names:
            self.is_missing = True
        elif not schema.complete:
            self.doubt = f"it is not known whether the schema has `{table}`"


def _is_system(table: str | None) -> bool:
    return table is not None and table.startswith("_")


def _message(call: DatabaseCall, id_text: str, named: _Named) -> str:
    if named.is_generic:
        return f"`{call.method}` does not name its table: by its type `{id_text}` may be an id of any"
    if call.id_table is None:
        return f"`{call.method}` does not name its table, and {_why_unknown(call, id_text)}"
    if _is_system(call.id_table):
        return f"`{call.method}` takes an id of system table `{call.id_table}`, which plain `db` cannot reach"
    return f"`{call.method}` does not name its table: `{id_text}` is an id of `{call.id_table}`"


def _why_unknown(call: DatabaseCall, id_text: str) -> str:
    first = call.args[0]
    if isinstance(first, Cast) and isinstance(first.annotation, TypeKeyword):
        return f"the cast to `{first.annotation.name}` hides whose id it is"
    if call.table_variable is not None:
        return f"`{id_text}` is an id of the table in `{call.table_variable}`"
    return f"`{id_text}` is not known to be an id of one certain table"


def _help(call: DatabaseCall, id_text: str, named: _Named) -> str:
    module = call.place.module
    called = _short(module.text(Span(call.call_span.start, call.place.span.end)))
    rest = ", ..." if len(call.args) > 1 else ""
    if _is_system(call.id_table):
        db, _, _ = called.rpartition(".")
        return f"`{db}.system.{call.method}({quoted(module, call.id_table or '')}, {id_text})`"
    if _has_no_room(call):
        ctx = "QueryCtx" if call.method == "get" else "MutationCtx"
        return (
            f"its type is written by hand and takes no table: declare `{ctx}` (from `_generated/server`), then "
            f"`{called}({named.text or quoted(module, '<table>')}, {id_text}{rest})`"
        )
    if named.is_missing:
        return f"the schema has no table `{call.id_table}`: `{called}` can name it once the schema does"
    if named.is_generic:
        return f"take the table as an argument too, its callers know it: `{called}(table, {id_text}{rest})`"
    return f"`{called}({named.text or quoted(module, '<table>')}, {id_text}{rest})`"


def _has_no_room(call: DatabaseCall) -> bool:
    """Whether the project's own type of the method refuses one more argument."""
    return call.takes is not None and call.takes <= len(call.args)


def _fix(program: Program, call: DatabaseCall, named: _Named) -> Fix | None:
    if named.text is None or named.is_missing or _is_system(call.id_table) or _has_no_room(call):
        return None
    module = call.place.module
    at = argument_start(module, call.place.span.end, call.args[0].start)
    edit = insert(module, at, f"{named.text}, ")
    title = f"name the table: `{call.id_table or named.text}`"
    if named.doubt is not None:
        return Fix.unsafe(title, edit, because=named.doubt)
    if is_claimed(program, call):
        return Fix.unsafe(title, edit, because="that it is an id of this table is only claimed by a cast")
    if not call.certain:
        db = _short(module.text(call.db_span))
        return Fix.unsafe(title, edit, because=f"`{db}` is only by its name known to be a Convex database")
    return Fix.safe(title, edit)


def _short(text: str) -> str:
    """Source text on one line, cut where it gets too long for a message."""
    line = " ".join(text.split()).replace(" .", ".").replace(" ?.", "?.")
    return line if len(line) <= 40 else line[:37] + "..."
