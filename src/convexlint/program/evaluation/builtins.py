"""What calling a global of the language gives: `Promise.all`, `Object.entries`, `new Map`, `Number`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation import elements, methods, typeexpr
from convexlint.program.evaluation.values import (
    BOOLEAN,
    NUMBER,
    STRING,
    UNDEFINED,
    UNKNOWN,
    VOID,
    Fields,
    Frame,
    Global,
    ListOf,
    Lit,
    MapOf,
    ObjectLiteral,
    PromiseOf,
    RecordOf,
    Scalar,
    SetOf,
    Value,
    one_of,
    unwrap,
)
from convexlint.program.evaluation.values import members as union_members

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

_STRINGS = frozenset(
    {
        "String",
        "JSON.stringify",
        "encodeURIComponent",
        "decodeURIComponent",
        "crypto.randomUUID",
        "btoa",
        "atob",
    }
)
_NUMBERS = frozenset(
    {
        "Number",
        "parseInt",
        "parseFloat",
        "Date.now",
        "Number.parseInt",
        "Number.parseFloat",
        "Date.UTC",
        "Date.parse",
    }
)

_VIEWS = (
    "Uint8Array",
    "Uint8ClampedArray",
    "Uint16Array",
    "Uint32Array",
    "Int8Array",
    "Int16Array",
    "Int32Array",
)
_CLASSES = {
    "Date": Scalar("date"),
    "URL": Scalar("url"),
    "ArrayBuffer": Scalar("bytes"),
    **{name: Scalar("view") for name in _VIEWS},
}
_GIVE_VIEWS = frozenset(
    {
        *(f"{name}.{way}" for name in (*_VIEWS, "Buffer") for way in ("from", "of")),
        "Buffer.concat",
        "Buffer.alloc",
    }
)

RESPONSE = Fields(
    (
        ("ok", BOOLEAN, False),
        ("status", NUMBER, False),
        ("statusText", STRING, False),
        ("url", STRING, False),
    ),
    open=True,
)
"""What `fetch` gives; its methods read what others sent, which is unknown."""


def call(ev: Evaluator, module: Module, node: ir.Call | ir.New, target: Global, frame: Frame | None) -> Value:
    name = target.name
    args = node.args
    if isinstance(node, ir.New):
        return _construct(ev, module, node, name, frame)
    if name.endswith(".bind") and len(args) <= 1:
        return Global(name.removesuffix(".bind"))
    named = ev.named_builder(module, node.callee)
    if named is not None:
        return ev.register(module, node, named, frame)
    if name in _STRINGS:
        return STRING
    if name in _GIVE_VIEWS:
        return Scalar("view")
    if name in _NUMBERS or name.startswith("Math."):
        return NUMBER
    if name in ("Boolean", "Array.isArray", "isNaN", "Number.isFinite", "Number.isInteger", "Object.is"):
        return BOOLEAN
    if not args:
        return PromiseOf(VOID) if name == "Promise.resolve" else UNKNOWN
    if name == "fetch":
        return PromiseOf(RESPONSE)
    if name == "Object.assign":
        merged = ev.world.index(module).merged.get(id(node))
        return UNKNOWN if merged is None else ObjectLiteral(module, merged, frame)
    first = ev.expr(module, args[0], frame)
    if name in ("Promise.all", "Promise.allSettled", "Promise.race", "Promise.any"):
        return _promise_all(ev, name, first)
    if name == "Promise.resolve":
        return first if isinstance(first, PromiseOf) else PromiseOf(first)
    if name == "Array.from":
        element = elements.element(ev, first)
        if len(args) > 1:
            return ListOf(methods.callback_result(ev, module, args[1], frame, (element, NUMBER)))
        return ListOf(element)
    if name == "Object.values":
        return ListOf(_values_of(ev, first))
    if name == "Object.keys":
        return ListOf(_keys_of(first))
    if name == "Object.entries":
        pair = (_keys_of(first), _values_of(ev, first))
        return ListOf(ListOf(one_of(pair), pair))
    if name == "Object.fromEntries":
        entry = elements.element(ev, first)
        if isinstance(entry, ListOf) and entry.items is not None and len(entry.items) == 2:
            return RecordOf(_widened(entry.items[0]), entry.items[1])
        return UNKNOWN
    if name in ("Object.groupBy", "Map.groupBy") and len(args) > 1:
        member = elements.element(ev, first)
        key = methods.callback_result(ev, module, args[1], frame, (member, NUMBER))
        return (
            MapOf(key, ListOf(member)) if name == "Map.groupBy" else RecordOf(_widened(key), ListOf(member))
        )
    if name in ("Object.freeze", "structuredClone", "Object.seal"):
        return first
    if name == "BigInt":
        return Scalar("bigint")
    return UNKNOWN


def _widened(key: Value) -> Value:
    """The keys of an object that is put together: no type says that all of them are there."""
    return STRING if any(isinstance(m, Lit) for m in union_members(key)) else key


def _promise_all(ev: Evaluator, name: str, value: Value) -> Value:
    if not isinstance(value, ListOf):
        element = elements.element(ev, value)
        return PromiseOf(ListOf(unwrap(element))) if name == "Promise.all" else UNKNOWN
    if name in ("Promise.race", "Promise.any"):
        return PromiseOf(unwrap(value.element))
    if name == "Promise.allSettled":
        outcome = (("status", STRING, False), ("value", one_of([unwrap(value.element), UNDEFINED]), True))
        return PromiseOf(ListOf(Fields(outcome, open=True)))
    items = tuple(unwrap(i) for i in value.items) if value.items is not None else None
    return PromiseOf(ListOf(unwrap(value.element), items))


def _values_of(ev: Evaluator, value: Value) -> Value:
    if isinstance(value, RecordOf):
        return value.value
    if isinstance(value, ObjectLiteral):
        return one_of(
            UNKNOWN
            if p.kind in ("spread", "computed", "getter")
            else ev.expr(value.module, p.value, value.frame)
            for p in value.expr.props
        )
    return UNKNOWN


def _keys_of(value: Value) -> Value:
    return value.key if isinstance(value, RecordOf) else STRING


def _construct(ev: Evaluator, module: Module, node: ir.New, name: str, frame: Frame | None) -> Value:
    types = [typeexpr.type_value(ev, module, t, {}) for t in node.type_args]
    if name in ("Set", "Map"):
        element = elements.element(ev, ev.expr(module, node.args[0], frame)) if node.args else UNKNOWN
        if name == "Set":
            return SetOf(types[0] if types else element)
        if len(types) == 2:
            return MapOf(types[0], types[1])
        if isinstance(element, ListOf) and element.items is not None and len(element.items) == 2:
            return MapOf(element.items[0], element.items[1])
        return MapOf(UNKNOWN, UNKNOWN)
    made = _CLASSES.get(name)
    if made is not None:
        return made
    if name == "Array":
        return ListOf(types[0] if types else UNKNOWN)
    if name == "Promise":
        return PromiseOf(types[0] if types else UNKNOWN)
    return UNKNOWN
