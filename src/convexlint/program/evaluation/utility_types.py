"""Utility types of TypeScript and of Convex that need no more than values: `Pick<T, K>`, `Infer<typeof v>`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from convexlint.program.evaluation import documents, elements, validate
from convexlint.program.evaluation.values import (
    UNDEFINED,
    UNKNOWN,
    Closure,
    CtxOf,
    Fields,
    Lit,
    Part,
    RecordOf,
    RegisteredOf,
    ValidatorOf,
    Value,
    one_of,
    present,
)
from convexlint.program.evaluation.values import members as union_members
from convexlint.program.validators import FieldValidator

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator


def tables(table: Value, make: Callable[[str], Value]) -> Value:
    found = [m.value for m in union_members(table) if isinstance(m, Lit) and isinstance(m.value, str)]
    if not found or len(found) != len(union_members(table)):
        return UNKNOWN
    return one_of(make(t) for t in found)


def pick(ev: Evaluator, which: str, value: Value, keys: Value) -> Value:
    names = {m.value for m in union_members(keys) if isinstance(m, Lit)}
    if len(names) != len(union_members(keys)):
        return UNKNOWN
    if isinstance(value, (CtxOf, Part)):
        return value
    fields = elements.as_fields(ev, value)
    if fields is None:
        return UNKNOWN
    wanted = which == "Pick"
    kept = tuple(e for e in fields.entries if (e[0] in names) is wanted)
    return Fields(kept, fields.open, fields.table, fields.anys)


def optional(ev: Evaluator, value: Value, optional: bool) -> Value:
    """`Partial<T>` and `Required<T>`."""
    if isinstance(value, (CtxOf, Part)):
        return value
    if isinstance(value, RecordOf):
        inner = one_of([value.value, UNDEFINED]) if optional else present(value.value)
        return RecordOf(value.key, inner)
    fields = elements.as_fields(ev, value)
    if fields is None:
        return UNKNOWN
    made = []
    for name, entry, _ in fields.entries:
        made.append((name, one_of([entry, UNDEFINED]) if optional else present(entry), optional))
    anys = tuple((name, FieldValidator(field.validator, optional)) for name, field in fields.anys)
    return Fields(tuple(made), fields.open, anys=anys)


def inferred(ev: Evaluator, value: Value) -> Value:
    if isinstance(value, ValidatorOf):
        return documents.field_value(value.validator, value.optional)
    validator = validate.as_validator(ev, value)
    return UNKNOWN if validator is None else documents.validator_value(validator)


def return_type(ev: Evaluator, value: Value) -> Value:
    if isinstance(value, Closure):
        return ev.return_value(value)
    if isinstance(value, RegisteredOf):
        return UNKNOWN
    return UNKNOWN
