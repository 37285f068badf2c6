"""A public function is open to the internet: it decides itself who may have what it touches."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.behaviour.access import access_of, is_shown
from convexlint.program.behaviour.chains import named
from convexlint.program.behaviour.claims import is_for_everybody
from convexlint.program.behaviour.effects import effects_of
from convexlint.program.behaviour.owned_tables import owner_fields
from convexlint.program.model import DatabaseCall, Effect, RegisteredFunction
from convexlint.program.places.clients.named_by import callers_in_words
from convexlint.program.places.elsewhere import call_at
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

_DEEDS = {
    "db-read": "reads",
    "db-write": "writes",
    "schedule": "schedules functions by",
    "storage-read": "reads files by",
    "storage-write": "changes files by",
    "run-query": "runs a query by",
    "run-mutation": "runs a mutation by",
    "run-action": "runs an action by",
    "vector-search": "searches by",
}
_CHANGES = frozenset({"db-write", "storage-write", "schedule", "run-mutation"})
_KINDS = ("query", "mutation", "action")


@rule(category=Category.SECURITY, level=Level.WARNING, official=True, by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    if program.project.component:
        return
    for function in program.functions:
        if not program.reports(function.module) or function.path is None or not function.is_public:
            continue
        if function.kind not in _KINDS or _is_open(program, function) or is_for_everybody(function):
            continue
        deed = next((e for e in effects_of(program, function) if e.kind in _DEEDS and not e.guarded), None)
        if deed is None or access_of(program, function) is not None:
            continue
        what = _what(deed, call_at(program, deed.place))
        callers = callers_in_words(program, function)
        yield Finding.at(
            function.place,
            f"anyone on the internet can call {named(function)}: it {what} and checks no identity"
            + (f"; {callers}" if callers else ""),
            help="check `ctx.auth.getUserIdentity()` (also by a helper, or a secret argument) and throw for "
            "strangers; make it internal if no client calls it; list it in `[auth] public` if it is meant "
            "to be open",
            related=(Related(deed.place.module.path, deed.place.span, f"here it {what}"),),
            level=Level.INFO if is_shown(program, function) else None,
            weight=_weight(program, function),
        )


def _weight(program: Program, function: RegisteredFunction) -> int:
    """What to look at first: changes, then actions, then rows that belong to somebody."""
    deeds = [effect for effect in effects_of(program, function) if not effect.guarded]
    if any(deed.kind in _CHANGES for deed in deeds):
        return 3
    if function.kind == "action":
        return 2
    calls = (call_at(program, deed.place) for deed in deeds if deed.kind == "db-read")
    tables = {call.table or call.id_table for call in calls if call is not None}
    return int(any(table is not None and owner_fields(program, table) for table in tables))


def _is_open(program: Program, function: RegisteredFunction) -> bool:
    """Whether the settings say that the function is meant for everyone."""
    return any(fnmatchcase(function.path or "", pattern) for pattern in program.settings.auth_public)


def _what(deed: Effect, call: DatabaseCall | None) -> str:
    table = (call.table or call.id_table) if call is not None else None
    by = "data by " if table is None and deed.kind in ("db-read", "db-write") else ""
    return f"{_DEEDS[deed.kind]} {by}`{table or deed.what}`"
