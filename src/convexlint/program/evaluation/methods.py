"""Built-in methods: arrays, maps, promises, strings, ctx, database and its queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation import calls, queries, streams, typeexpr, validate
from convexlint.program.evaluation.elements import element
from convexlint.program.evaluation.values import (
    BOOLEAN,
    NULL,
    NUMBER,
    STRING,
    UNDEFINED,
    UNKNOWN,
    VOID,
    Bound,
    Closure,
    CtxOf,
    Fields,
    FilterBuilder,
    Frame,
    FunctionType,
    Global,
    IdOf,
    ListOf,
    Lit,
    MadeFunction,
    MapOf,
    ObjectLiteral,
    Part,
    PromiseOf,
    QueryOf,
    RangeBuilder,
    RecordOf,
    Scalar,
    SchemaOf,
    SetOf,
    Stream,
    TableDef,
    ValidatorOf,
    Value,
    members,
    one_of,
    present,
    unwrap,
)
from convexlint.program.modules.arrays import ELEMENT_FIRST

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

_SAME_LIST = frozenset(
    {
        "filter",
        "slice",
        "sort",
        "toSorted",
        "reverse",
        "toReversed",
        "splice",
        "toSpliced",
        "fill",
        "with",
        "copyWithin",
    }
)
_ONE = frozenset({"find", "findLast", "at", "pop", "shift"})
_STRING_TO_NUMBER = frozenset(
    {"indexOf", "lastIndexOf", "search", "charCodeAt", "codePointAt", "localeCompare"}
)
_BOOLEAN = frozenset({"includes", "startsWith", "endsWith", "test", "some", "every", "has", "delete"})


_CLAIMS = (
    "name",
    "givenName",
    "familyName",
    "nickname",
    "preferredUsername",
    "profileUrl",
    "pictureUrl",
    "email",
    "gender",
    "birthday",
    "timezone",
    "language",
    "phoneNumber",
    "address",
    "updatedAt",
)
IDENTITY = Fields(
    (
        *((name, STRING, False) for name in ("subject", "tokenIdentifier", "issuer")),
        *((name, one_of([STRING, UNDEFINED]), True) for name in _CLAIMS),
        *((name, one_of([BOOLEAN, UNDEFINED]), True) for name in ("emailVerified", "phoneNumberVerified")),
    ),
    open=True,
)
"""What `ctx.auth.getUserIdentity()` gives (`UserIdentity` of convex/server); it may have claims of its own besides."""


def call(ev: Evaluator, module: Module, node: ir.Call | ir.New, target: Bound, frame: Frame | None) -> Value:
    """The result of `receiver.name(args)`."""
    receiver = target.receiver
    if isinstance(receiver, Part):
        return _part(ev, module, node, receiver, target.name, frame)
    if isinstance(receiver, QueryOf):
        return queries.step(ev, module, node, receiver, target.name, frame)
    if isinstance(receiver, ListOf):
        return _list(ev, module, node, receiver, target.name, frame)
    if isinstance(receiver, CtxOf):
        return _ctx(ev, module, node, target.name, frame)
    if isinstance(receiver, PromiseOf):
        return _promise(ev, module, node, receiver, target.name, frame)
    if isinstance(receiver, MapOf):
        return _map(receiver, target.name)
    if isinstance(receiver, SetOf):
        return _set(receiver, target.name)
    if isinstance(receiver, (RangeBuilder, FilterBuilder)):
        return receiver
    if isinstance(receiver, MadeFunction):
        return receiver if target.name == "handler" else UNKNOWN
    if isinstance(receiver, Stream):
        return streams.step(ev, module, node, receiver, target.name, frame)
    if isinstance(receiver, (ValidatorOf, TableDef, SchemaOf)):
        return validate.method(ev, module, node, receiver, target.name, frame)
    if isinstance(receiver, (Scalar, Lit, IdOf)):
        return _scalar(receiver, target.name)
    if target.name == "bind" and isinstance(receiver, (Closure, Bound)):
        # With arguments of its own it is another function than the one that is written.
        return receiver if len(node.args) <= 1 else UNKNOWN
    if isinstance(receiver, Closure) and target.name == "apply" and node.args:
        return calls.invoke(ev, receiver, lambda: ())
    if isinstance(receiver, Closure) and target.name == "call" and node.args:
        return calls.invoke(ev, receiver, lambda: tuple(ev.expr(module, a, frame) for a in node.args[1:]))
    return UNKNOWN


_TEXTS = frozenset(
    """anchor charAt concat normalize padEnd padStart repeat replace replaceAll slice substr substring trim trimEnd
    trimStart trimLeft trimRight""".split()  # noqa: SIM905
)


_SAME_VIEW = frozenset({"slice", "subarray", "map", "filter", "fill", "reverse", "sort", "with"})


def _scalar(receiver: Value, name: str) -> Value:
    """What a method of a text, number, date or buffer gives."""
    if name in _BOOLEAN:
        return BOOLEAN
    if name in _STRING_TO_NUMBER or name == "valueOf" or _is_of_date(name):
        return NUMBER
    if name == "split":
        return ListOf(STRING)
    if receiver == Scalar("bytes"):
        return receiver if name == "slice" else UNKNOWN
    if receiver == Scalar("view") and not name.startswith("to"):
        return receiver if name in _SAME_VIEW else UNKNOWN
    return STRING if name in _TEXTS or name.startswith("to") else UNKNOWN


def _is_of_date(name: str) -> bool:
    """`getTime`, `getUTCDay`, `setHours`: numbers all."""
    return name[:3] in ("get", "set") and name[3:4].isupper()


def text_arg(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, position: int, frame: Frame | None
) -> str | None:
    """A literal string argument, through constants."""
    if position >= len(node.args):
        return None
    value = ev.expr(module, node.args[position], frame)
    return value.value if isinstance(value, Lit) and isinstance(value.value, str) else None


def _part(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, part: Part, name: str, frame: Frame | None
) -> Value:
    if part.name == "table":
        return queries.table_method(ev, module, node, part, name)
    if part.name in ("db", "system"):
        return queries.database(ev, module, node, part, name, frame)
    if part.name == "auth":
        if name == "getUserIdentity":
            return PromiseOf(one_of([IDENTITY, NULL]))
        return PromiseOf(UNKNOWN)
    if part.name == "scheduler":
        return PromiseOf(IdOf("_scheduled_functions") if name in ("runAfter", "runAt") else VOID)
    if part.name == "storage":
        results: dict[str, Value] = {
            "store": IdOf("_storage"),
            "generateUploadUrl": STRING,
            "getUrl": one_of([STRING, NULL]),
            "delete": VOID,
        }
        return PromiseOf(results.get(name, UNKNOWN))
    return UNKNOWN


def _ctx(ev: Evaluator, module: Module, node: ir.Call | ir.New, name: str, frame: Frame | None) -> Value:
    if name == "vectorSearch":
        table = text_arg(ev, module, node, 0, frame)
        if table is None:
            return PromiseOf(UNKNOWN)
        return PromiseOf(ListOf(Fields((("_id", IdOf(table), False), ("_score", NUMBER, False)))))
    if node.args:
        return PromiseOf(ev.reference_result(ev.expr(module, node.args[0], frame)))
    return PromiseOf(UNKNOWN)


def callback_result(
    ev: Evaluator, module: Module, node: ir.Expr, frame: Frame | None, args: tuple[Value, ...]
) -> Value:
    """What a function expression given as callback returns."""
    value = ev.expr(module, node, frame)
    if isinstance(value, Closure):
        return calls.invoke(ev, value, lambda: args, frame=frame)
    if isinstance(value, Global) and value.name in ("String", "Number", "Boolean"):
        return {"String": STRING, "Number": NUMBER, "Boolean": BOOLEAN}[value.name]
    if isinstance(value, FunctionType):
        return typeexpr.type_value(ev, value.module, value.type.result, value.env)
    return UNKNOWN


def _list(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, value: ListOf, name: str, frame: Frame | None
) -> Value:
    inner = value.element
    args = node.args
    if name == "filter":
        return ListOf(_filtered(ev, module, args, inner))
    if name in _SAME_LIST:
        return ListOf(inner)
    if name in _ONE:
        return one_of([inner, UNDEFINED])
    if name == "map" and args:
        return ListOf(callback_result(ev, module, args[0], frame, (inner, NUMBER, value)))
    if name == "flatMap" and args:
        result = callback_result(ev, module, args[0], frame, (inner, NUMBER, value))
        return ListOf(_flattened(ev, result))
    if name == "flat":
        return ListOf(_flattened(ev, inner))
    if name == "concat":
        others = [ev.expr(module, a, frame) for a in args]
        return ListOf(one_of([inner, *(element(ev, o) if isinstance(o, ListOf) else o for o in others)]))
    if name == "reduce" and args:
        if isinstance(node, ir.Call) and node.type_args:
            declared = typeexpr.type_value(ev, module, node.type_args[0], {})
            is_record = isinstance(declared, RecordOf) and len(args) > 1
            return typeexpr.claimed(ev, declared, ev.expr(module, args[1], frame)) if is_record else declared
        if len(args) > 1:
            start = ev.expr(module, args[1], frame)
            return NUMBER if isinstance(start, Lit) and isinstance(start.value, float) else _plain(start)
        return inner
    if name == "entries":
        return ListOf(ListOf(one_of([NUMBER, inner]), (NUMBER, inner)))
    if name in ("values",):
        return ListOf(inner)
    if name == "keys":
        return ListOf(NUMBER)
    if name == "join":
        return STRING
    if name in ("some", "every", "includes"):
        return BOOLEAN
    if name in ("push", "unshift", "indexOf", "findIndex", "lastIndexOf", "findLastIndex"):
        return NUMBER
    if name == "forEach":
        return UNDEFINED
    return UNKNOWN


def _flattened(ev: Evaluator, value: Value) -> Value:
    return element(ev, value) if all(isinstance(m, ListOf) for m in members(value)) else value


def _plain(start: Value) -> Value:
    """The result of a reduce whose start value has a type of its own (`new Map<K, V>()`, a cast)."""
    return UNKNOWN if isinstance(start, ObjectLiteral) or start == ListOf(UNKNOWN, ()) else start


def _filtered(ev: Evaluator, module: Module, args: tuple[ir.Expr, ...], inner: Value) -> Value:
    """`.filter(Boolean)`, `.filter((x) => x !== null)`, `.filter((x): x is Doc<"t"> => ...)`."""
    return present(inner) if args else inner


def _promise(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, value: PromiseOf, name: str, frame: Frame | None
) -> Value:
    if name == "then" and node.args:
        return PromiseOf(unwrap(callback_result(ev, module, node.args[0], frame, (unwrap(value),))))
    if name == "catch" and node.args:
        return PromiseOf(
            one_of([unwrap(value), unwrap(callback_result(ev, module, node.args[0], frame, ()))])
        )
    return value if name == "finally" else UNKNOWN


def _map(value: MapOf, name: str) -> Value:
    if name == "get":
        return one_of([value.value, UNDEFINED])
    if name == "values":
        return ListOf(value.value)
    if name == "keys":
        return ListOf(value.key)
    if name == "entries":
        return ListOf(ListOf(one_of([value.key, value.value]), (value.key, value.value)))
    if name in ("has", "delete"):
        return BOOLEAN
    return value if name == "set" else UNDEFINED


def _set(value: SetOf, name: str) -> Value:
    if name in ("values", "keys"):
        return ListOf(value.element)
    if name in ("has", "delete"):
        return BOOLEAN
    return value if name in ("add", "union", "intersection", "difference") else UNDEFINED


# ------------------------------------------------------------------------------------------- callbacks


def callback_params(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: Bound, position: int
) -> tuple[Value, ...]:
    """What a callback given to a built-in method receives."""
    receiver = target.receiver
    name = target.name
    if isinstance(receiver, ListOf):
        if name in ELEMENT_FIRST and position == 0:
            return (receiver.element, NUMBER, receiver)
        if name in ("sort", "toSorted") and position == 0:
            return (receiver.element, receiver.element)
        if name in ("reduce", "reduceRight") and position == 0:
            start = call(ev, module, node, target, None)
            return (start, receiver.element, NUMBER, receiver)
        return ()
    if isinstance(receiver, QueryOf):
        table = receiver.state.table
        if name in ("withIndex", "withSearchIndex") and position == 1:
            return (RangeBuilder(table),)
        if name == "filter" and position == 0:
            return (FilterBuilder(table),)
        return ()
    if isinstance(receiver, Stream):
        return streams.callback_params(receiver, name, position)
    if isinstance(receiver, PromiseOf) and name == "then" and position == 0:
        return (unwrap(receiver),)
    if isinstance(receiver, MapOf) and name == "forEach":
        return (receiver.value, receiver.key, receiver)
    if isinstance(receiver, SetOf) and name == "forEach":
        return (receiver.element, receiver.element, receiver)
    return ()
