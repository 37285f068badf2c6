"""What is taken out of a value: its elements, one of them, an entry by a computed key, the rest of its entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from convexlint.program.evaluation import members
from convexlint.program.evaluation.documents import doc_fields
from convexlint.program.evaluation.values import (
    EMPTY_LIST,
    NUMBER,
    STRING,
    UNDEFINED,
    UNKNOWN,
    CtxOf,
    DocOf,
    Fields,
    ListOf,
    Lit,
    MapOf,
    ObjectLiteral,
    OneOf,
    Patched,
    PromiseOf,
    QueryOf,
    RecordOf,
    Scalar,
    SetOf,
    Stream,
    Value,
    one_of,
    present,
)
from convexlint.program.evaluation.values import members as union_members

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator


def element(ev: Evaluator, value: Value, *, awaited: bool = False) -> Value:
    """What iterating over `value` gives."""
    if isinstance(value, OneOf):
        return one_of(
            element(ev, m, awaited=awaited) for m in union_members(present(value)) if m != EMPTY_LIST
        )
    if isinstance(value, ListOf):
        inner = value.element
        return _settled(inner) if awaited else inner
    if isinstance(value, SetOf):
        return value.element
    if isinstance(value, MapOf):
        return ListOf(one_of([value.key, value.value]), (value.key, value.value))
    if isinstance(value, QueryOf):
        return UNKNOWN if value.state.table is None else DocOf(value.state.table)
    if isinstance(value, Stream):
        return value.element
    if isinstance(value, Scalar) and value.kind == "view":
        return NUMBER
    if isinstance(value, Scalar) and value.kind == "string":
        return STRING
    return UNKNOWN


def _settled(value: Value) -> Value:
    return value.value if isinstance(value, PromiseOf) else value


def item(ev: Evaluator, value: Value, position: int) -> Value:
    if isinstance(value, OneOf):
        return one_of(item(ev, m, position) for m in union_members(present(value)) if m != EMPTY_LIST)
    if isinstance(value, ListOf) and value.items is not None and 0 <= position < len(value.items):
        return value.items[position]
    return element(ev, value)


def perhaps_item(value: Value, position: int, found: Value) -> Value:
    """What `item` found, or undefined where an array of unknown length may be too short for it."""
    for part in union_members(present(value)):
        if isinstance(part, ListOf) and (part.items is None or position >= len(part.items)):
            return one_of([found, UNDEFINED])
    return found


def indexed(ev: Evaluator, value: Value, key: Value) -> Value:
    """`value[key]` with a key that is not a known literal."""
    if isinstance(value, OneOf):
        return one_of(indexed(ev, m, key) for m in union_members(present(value)) if m != EMPTY_LIST)
    if isinstance(value, RecordOf):
        return value.value
    if isinstance(value, ListOf):
        return value.element
    if isinstance(value, Patched):
        return members.values_written(ev, value)
    if isinstance(value, ObjectLiteral):
        return _looked_up(ev, value, key)
    return UNKNOWN


def _looked_up(ev: Evaluator, value: ObjectLiteral, key: Value) -> Value:
    """`LIMITS[plan]`: the entries that the key may name."""
    if any(p.key is None or p.kind in ("spread", "getter", "setter") for p in value.expr.props):
        return UNKNOWN
    named = [m.value for m in union_members(present(key)) if isinstance(m, Lit) and isinstance(m.value, str)]
    if len(named) == len(union_members(present(key))):
        return one_of(members.member(ev, value, name) for name in named)
    return one_of([*(members.member(ev, value, str(p.key)) for p in value.expr.props), UNDEFINED])


def rest(ev: Evaluator, value: Value, names: tuple[str | None, ...]) -> Value:
    """What `...rest` of an object pattern holds beside `names`."""
    if isinstance(value, CtxOf):
        return value
    fields = as_fields(ev, value)
    if fields is None or None in names:
        return UNKNOWN
    kept = tuple(e for e in fields.entries if e[0] not in names)
    return Fields(kept, fields.open, fields.table, fields.anys)


def as_fields(ev: Evaluator, value: Value) -> Fields | None:
    """An object with its entries known one by one; None where some are not."""
    if isinstance(value, Fields):
        return value
    if isinstance(value, DocOf):
        return doc_fields(ev, value.table)
    if not isinstance(value, ObjectLiteral):
        return None
    memo = ev.memo if value.frame is None else value.frame.memo
    found = ev.guarded(("fields", id(value.expr), ""), memo, lambda: _as_fields(ev, value))
    return found if isinstance(found, Fields) else None


def _as_fields(ev: Evaluator, value: ObjectLiteral) -> Value:
    entries: dict[str, tuple[str, Value, bool]] = {}
    open_ = False
    for prop in value.expr.props:
        inner = ev.expr(value.module, prop.value, value.frame)
        if prop.kind == "spread":
            spread = as_fields(ev, inner) if inner is not value else None
            if spread is None:
                return UNKNOWN
            entries.update((entry[0], entry) for entry in spread.entries)
            open_ = open_ or spread.open
        elif prop.key is None or prop.kind in ("getter", "setter"):
            return UNKNOWN
        else:
            entries[prop.key] = (prop.key, inner, False)
    return Fields(tuple(entries.values()), open_)


def collected(value: Value, pushed: Callable[[tuple[str, ...], int], Value]) -> Value:
    """`new Set()` / `new Map()` with what `.add` and `.set` put into them."""
    if isinstance(value, SetOf) and value.element is UNKNOWN:
        return SetOf(pushed(("add",), 0))
    if isinstance(value, MapOf) and value.value is UNKNOWN:
        return MapOf(pushed(("set",), 0), pushed(("set",), 1))
    return value
