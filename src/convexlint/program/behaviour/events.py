"""Sessions that people attend: a talk, a lesson, a round of a game. Their ids stand on programmes and prove nothing."""

from __future__ import annotations

from collections.abc import Mapping

from convexlint.program.behaviour.secret_names import words
from convexlint.program.model import Table
from convexlint.program.validators import ObjectValidator

_NAMES = frozenset({"name", "date", "speaker", "number"})
_EVENT = frozenset(
    {"speaker", "speakers", "capacity", "agenda", "instructor", "coach", "tutor", "lesson", "course", "venue"}
)
_TIMES = frozenset({"starts", "start", "scheduled"})
_SIGN_IN = frozenset({"token", "user", "expires", "expiry", "expiration", "auth", "device", "ip", "visitor"})


def event_tables(tables: Mapping[str, Table]) -> frozenset[str]:
    """The tables of what people attend, and those of what belongs to it, by their fields."""
    return frozenset(name for name, table in tables.items() if _tells_event(name, table))


def _tells_event(name: str, table: Table) -> bool:
    if not isinstance(table.validator, ObjectValidator):
        return False
    fields = [words(field) for field in table.validator.fields]
    if any(said[:1] == ("session",) and said[-1] in _NAMES and len(said) > 1 for said in fields):
        return True
    if not {"session", "sessions"} & set(words(name)):
        return False
    said = {word for field in fields for word in field}
    return bool(said & _EVENT or (said & _TIMES and "name" in said)) and not said & _SIGN_IN
