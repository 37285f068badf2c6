"""The evaluator's values in the words of `convex.given`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.program.convex.given import (
    UNKNOWN,
    Absent,
    Constant,
    Either,
    Entry,
    Foreign,
    Given,
    Some,
    SomeId,
    SomeList,
    SomeObject,
    Source,
    passing,
)
from convexlint.program.evaluation import values as ev_values
from convexlint.program.evaluation.builtins import RESPONSE
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.program.validators import ObjectValidator, UnionValidator

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.evaluation.values import Value

MAX_DEPTH = 12
"""Constants, spreads and values in each other that are followed."""

MAX_PARTS = 5_000
"""Expressions and values that one question looks at; all beyond is unknown."""

_KINDS = {
    "number": "number",
    "string": "string",
    "boolean": "boolean",
    "bigint": "int64",
    "bytes": "bytes",
    "null": "null",
}
_CLASSES = {"date": "Date", "url": "URL", "view": "Uint8Array"}


@query
def _known_document(program: Program, table: str) -> Given:
    return document(program.ev, table)


def document(ev: Evaluator, table: str) -> Given:
    """Any document of a table, as it is read."""
    found = ev.tables.get(table)
    validator = None if found is None else found.validator
    if isinstance(validator, UnionValidator):
        rows = [_row(table, m) for m in validator.members if isinstance(m, ObjectValidator)]
        return Either(None, tuple(rows)) if rows and len(rows) == len(validator.members) else UNKNOWN
    return _row(table, validator) if isinstance(validator, ObjectValidator) else UNKNOWN


def _row(table: str, validator: ObjectValidator) -> Given:
    fields = passing(validator)
    assert isinstance(fields, SomeObject)
    system = {"_id": Entry(SomeId(None, table)), "_creationTime": Entry(Some(None, "number"))}
    return SomeObject(None, {**system, **fields.entries}, fields.others, table)


def placed(value: Given, at: Source) -> Given:
    """What was met at `at`; its parts stand nowhere."""
    if isinstance(value, SomeObject):
        return SomeObject(at, value.entries, value.others, value.table)
    if isinstance(value, Either):
        return Either(at, tuple(placed(option, at) for option in value.options), value.written)
    return Given(at) if type(value) is Given else value


class ValueReader:
    """Reads values; what an object literal holds, `givens.Reader` reads."""

    def __init__(self, ev: Evaluator, awaited: bool = False, program: Program | None = None) -> None:
        """`program`: remembers what documents and arguments are, where `ev` is its evaluator."""
        self._ev = ev
        self._program = program
        self._awaited = awaited
        self._depth = 0
        self._parts = 0

    def _goes_on(self) -> bool:
        self._parts += 1
        return self._depth < MAX_DEPTH and self._parts <= MAX_PARTS

    # --------------------------------------------------------------------------------------------- values

    def of(self, value: Value, at: Source) -> Given:
        """A value of the evaluator, which has the expression at `at`."""
        if not self._goes_on():
            return UNKNOWN
        self._depth += 1
        try:
            return self._of(value, at)
        finally:
            self._depth -= 1

    def _of(self, value: Value, at: Source) -> Given:
        if isinstance(value, ev_values.OneOf):
            return Either(at, tuple(self.of(m, at) for m in value.members))
        if isinstance(value, ev_values.Lit):
            return Constant(at, value.value)
        if isinstance(value, ev_values.Scalar):
            return self._scalar(value, at)
        if isinstance(value, ev_values.IdOf):
            return SomeId(at, value.table)
        if isinstance(value, ev_values.DocOf):
            program = self._program
            row = (
                document(self._ev, value.table) if program is None else _known_document(program, value.table)
            )
            return placed(row, at)
        if isinstance(value, ev_values.Fields):
            return self._fields(value, at)
        if isinstance(value, ev_values.ListOf):
            if value.items is not None:
                return SomeList(at, tuple(self.of(item, at) for item in value.items))
            return SomeList(at, (), self.of(value.element, at))
        if isinstance(value, ev_values.RecordOf):
            return SomeObject(at, {}, self.of(value.value, at))
        if isinstance(value, ev_values.PageOf):
            page = SomeList(at, (), self.of(value.element, at))
            entries = {"page": page, "isDone": Some(at, "boolean"), "continueCursor": Some(at, "string")}
            return SomeObject(at, {name: Entry(one) for name, one in entries.items()}, UNKNOWN)
        if isinstance(value, ev_values.ObjectLiteral):
            return self._literal(value, at)
        if isinstance(value, ev_values.MapOf):
            return Foreign(at, "Map")
        if isinstance(value, ev_values.SetOf):
            return Foreign(at, "Set")
        if isinstance(value, ev_values.Patched):
            return self._patched(value, at)
        if isinstance(value, ev_values.PromiseOf):
            return self._of(ev_values.unwrap(value), at) if self._awaited else Foreign(at, "Promise")
        return Given(at)

    def _scalar(self, value: ev_values.Scalar, at: Source) -> Given:
        if value.kind in ("undefined", "void"):
            return Absent(at)
        if value.kind == "null":
            return Constant(at, None)
        if value.kind in _CLASSES:
            return Foreign(at, _CLASSES[value.kind])
        kind = _KINDS.get(value.kind)
        return Given(at) if kind is None else Some(at, kind)

    def _fields(self, value: ev_values.Fields, at: Source) -> Given:
        """An object by its type, which may have more fields than the type names."""
        if value == RESPONSE:
            return Foreign(at, "Response")
        entries: dict[str, Entry] = {}
        for name, inner, optional in value.entries:
            kept = [m for m in ev_values.members(inner) if not optional or m != ev_values.UNDEFINED]
            found = self.of(ev_values.one_of(kept), at)
            entries[name] = Entry(found, "optional" if optional else "perhaps" if may_lack(found) else "sure")
        return SomeObject(at, entries, UNKNOWN)

    def _patched(self, value: ev_values.Patched, at: Source) -> Given:
        base = self._literal(value.base, at, fresh=False)
        if not isinstance(base, SomeObject):
            return Given(at)
        written = {key for key, _ in value.writes}
        if None in written or "*" in written:
            return SomeObject(at, {}, UNKNOWN)
        kept = {name: entry for name, entry in base.entries.items() if name not in written}
        return SomeObject(at, kept, UNKNOWN)

    def _literal(self, value: ev_values.ObjectLiteral, at: Source, *, fresh: bool | None = None) -> Given:
        """An object literal, which was met at `at`. `fresh`: nothing can have been added to it; None: look."""
        raise NotImplementedError


def may_lack(value: Given) -> bool:
    """Whether a value may be undefined."""
    if isinstance(value, Either):
        return any(map(may_lack, value.options))
    return isinstance(value, Absent) or type(value) is Given
