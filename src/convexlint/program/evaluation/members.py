"""Members of values: `doc.field`, `ctx.db`, `list.length`, `page.page`, elements of what is iterated."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from convexlint.facts import ir
from convexlint.program.evaluation import classes, known
from convexlint.program.evaluation.documents import doc_field, doc_fields, validator_value
from convexlint.program.evaluation.values import (
    BOOLEAN,
    EMPTY_LIST,
    NUMBER,
    STRING,
    UNDEFINED,
    UNKNOWN,
    Bound,
    ClassOf,
    Closure,
    CtxOf,
    DocOf,
    External,
    ExternalResult,
    Fields,
    FilterBuilder,
    Global,
    IdOf,
    Instance,
    ListOf,
    Lit,
    MadeFunction,
    MapOf,
    Merged,
    ModuleOf,
    ObjectLiteral,
    OneOf,
    PageOf,
    Part,
    Patched,
    PromiseOf,
    QueryOf,
    RangeBuilder,
    RecordOf,
    RefPath,
    Scalar,
    SchemaOf,
    SetOf,
    Spread,
    Stream,
    TableDef,
    ValidatorOf,
    Value,
    one_of,
    present,
)
from convexlint.program.evaluation.values import members as union_members
from convexlint.program.validators import (
    ArrayValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    UnionValidator,
)

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

# Members of ctx by what they are (convex-facts 3).
CTX_PARTS = frozenset({"db", "auth", "storage", "scheduler", "meta"})
CTX_METHODS = frozenset({"runQuery", "runMutation", "runAction", "vectorSearch"})
CTX_NAMES = CTX_PARTS | CTX_METHODS


def member(ev: Evaluator, value: Value, name: str) -> Value:
    """`value.name`; null and undefined members of a union are passed over (they would have thrown)."""
    if isinstance(value, OneOf):
        seen = union_members(present(value))
        if any(type(m) is ListOf and m != EMPTY_LIST for m in seen):
            seen = tuple(m for m in seen if m != EMPTY_LIST)
        return one_of(member(ev, m, name) for m in seen)
    handler = _MEMBERS.get(type(value))
    return UNKNOWN if handler is None else handler(ev, value, name)


def _ctx(ev: Evaluator, value: CtxOf, name: str) -> Value:
    for extra in reversed(value.extras):
        found = own_member(ev, extra, name)
        if found is not None:
            # A customization that wraps `db` (triggers, row level security) still hands on a database.
            opaque = found is UNKNOWN or isinstance(found, ExternalResult)
            return Part("db", certain=False) if opaque and name == "db" else found
    if name in CTX_PARTS:
        return Part(name, certain=value.kind != "any")
    if name in CTX_METHODS:
        return Bound(value, name)
    return UNKNOWN


def own_member(ev: Evaluator, value: Value, name: str) -> Value | None:
    """`value.name` if the object surely has it, None if it surely or perhaps has not."""
    if isinstance(value, ObjectLiteral):
        for prop in reversed(value.expr.props):
            if prop.kind == "spread":
                found, closed = _from_spread(ev, value, prop, name)
                if found is not None or not closed:
                    return found
            elif prop.key == name:
                return ev.expr(value.module, prop.value, value.frame)
        return None
    if isinstance(value, Fields):
        entry = value.get(name)
        return None if entry is None else entry[0]
    if isinstance(value, Patched):
        written = _patched(ev, value, name)
        return None if written == UNDEFINED else written
    if isinstance(value, DocOf):
        field = doc_field(ev, value.table, name)
        return None if field is UNKNOWN else field
    if isinstance(value, Merged):
        for part in reversed(value.parts):
            found = own_member(ev, part, name)
            if found is not None:
                return found
        return None
    if isinstance(value, CtxOf):
        found = _ctx(ev, value, name)
        return None if found is UNKNOWN else found
    if isinstance(value, OneOf):
        found_all = [own_member(ev, m, name) for m in union_members(present(value))]
        return None if any(f is None for f in found_all) else one_of(f for f in found_all if f is not None)
    return None


def _object(ev: Evaluator, value: ObjectLiteral, name: str) -> Value:
    for prop in reversed(value.expr.props):
        if prop.kind == "spread":
            found, closed = _from_spread(ev, value, prop, name)
            if found is not None:
                return found
            if not closed:
                return UNKNOWN
        elif prop.key == name and prop.kind != "setter":
            if prop.kind == "getter":
                return UNKNOWN
            return ev.expr(value.module, prop.value, value.frame)
        elif prop.key is None:
            return UNKNOWN
    return UNDEFINED


def _from_spread(ev: Evaluator, value: ObjectLiteral, prop: ir.Prop, name: str) -> tuple[Value | None, bool]:
    """The member that a spread brings (None: none for sure), and whether None means that it has none. A literal
    that is spread into itself over a variable (`o = { ...o, id }`) says nothing at the second turn."""
    memo = ev.memo if value.frame is None else value.frame.memo
    found = ev.guarded(("spread", id(prop), name), memo, lambda: _spread(ev, value, prop, name))
    return (found.found, found.closed) if isinstance(found, Spread) else (None, False)


def _spread(ev: Evaluator, value: ObjectLiteral, prop: ir.Prop, name: str) -> Value:
    spread = ev.expr(value.module, prop.value, value.frame)
    found = own_member(ev, spread, name)
    return Spread(found, found is not None or is_closed(ev, spread))


def _patched(ev: Evaluator, value: Patched, name: str) -> Value:
    start = _object(ev, value.base, name)
    found = [] if start == UNDEFINED else [start]
    for key, expr in value.writes:
        written = ev.expr(value.base.module, expr, value.base.frame)
        if key == name:
            found.append(written)
        elif key == "*":
            inner = own_member(ev, written, name)
            if inner is not None or not is_closed(ev, written):
                found.append(UNKNOWN if inner is None else inner)
        elif key is None:
            found.append(written)
    return one_of(found) if found else UNDEFINED


def values_written(ev: Evaluator, value: Patched) -> Value:
    """What `o[key]` may give: all that is in it."""
    names = [p.key for p in value.base.expr.props]
    if None in names or any(key == "*" for key, _ in value.writes):
        return UNKNOWN
    start = [_object(ev, value.base, str(name)) for name in names]
    written = [ev.expr(value.base.module, expr, value.base.frame) for _, expr in value.writes]
    return one_of([*start, *written])


def is_closed(ev: Evaluator, value: Value) -> bool:
    """Whether `own_member` returning None means that the member is not there."""
    if isinstance(value, Fields):
        return not value.open
    if isinstance(value, DocOf):
        return doc_fields(ev, value.table) is not None
    if isinstance(value, ObjectLiteral):
        return all(
            p.key is not None or (p.kind == "spread" and _is_closed_spread(ev, value, p))
            for p in value.expr.props
        )
    if isinstance(value, CtxOf):
        return True
    return value in (UNDEFINED, Scalar("null"), Lit(False))


def _is_closed_spread(ev: Evaluator, value: ObjectLiteral, prop: ir.Prop) -> bool:
    memo = ev.memo if value.frame is None else value.frame.memo
    found = ev.guarded(("closed", id(prop), ""), memo, lambda: _closed(ev, value, prop))
    return isinstance(found, Spread) and found.closed


def _closed(ev: Evaluator, value: ObjectLiteral, prop: ir.Prop) -> Value:
    return Spread(None, is_closed(ev, ev.expr(value.module, prop.value, value.frame)))


def _merged(ev: Evaluator, value: Merged, name: str) -> Value:
    found = own_member(ev, value, name)
    return UNKNOWN if found is None else found


def _fields(ev: Evaluator, value: Fields, name: str) -> Value:
    entry = value.get(name)
    return UNKNOWN if entry is None else entry[0]


def _page(ev: Evaluator, value: PageOf, name: str) -> Value:
    if name == "page":
        return ListOf(value.element)
    return {"isDone": BOOLEAN, "continueCursor": STRING}.get(name, UNKNOWN)


def _external(ev: Evaluator, value: External, name: str) -> Value:
    return known.external(value.package, (*value.path, name))


def _external_result(ev: Evaluator, value: ExternalResult, name: str) -> Value:
    return ExternalResult(value.source, value.module, value.args, value.frame, (*value.path, name))


def _refpath(ev: Evaluator, value: RefPath, name: str) -> Value:
    return RefPath(value.root, (*value.parts, name))


def _module(ev: Evaluator, value: ModuleOf, name: str) -> Value:
    return ev.export_value(value.module, name)


def _global(ev: Evaluator, value: Global, name: str) -> Value:
    if value.name in ("globalThis", "self", "window"):
        return Global(name)
    return Global(f"{value.name}.{name}")


def _part(ev: Evaluator, value: Part, name: str) -> Value:
    if value.name == "db" and name == "system":
        return Part("system", value.certain)
    return Bound(value, name)


def _bound(ev: Evaluator, value: Value, name: str) -> Value:
    if name in ("length", "size"):
        return NUMBER
    return Bound(value, name)


_OF_URL = frozenset(
    {"hash", "host", "hostname", "href", "origin", "password", "pathname", "port", "protocol", "search"}
)


def _scalar(ev: Evaluator, value: Scalar, name: str) -> Value:
    if value.kind == "url" and name in _OF_URL:
        return STRING
    if value.kind in ("view", "bytes") and name in ("byteLength", "byteOffset"):
        return NUMBER
    return Scalar("bytes") if value.kind == "view" and name == "buffer" else _bound(ev, value, name)


def _record(ev: Evaluator, value: RecordOf, name: str) -> Value:
    return value.value


def _validator(ev: Evaluator, value: ValidatorOf, name: str) -> Value:
    validator = value.validator
    if name == "type":  # only in types: `typeof validator.type`
        return validator_value(validator)
    if name == "fields" and isinstance(validator, ObjectValidator):
        return Fields(
            tuple((key, ValidatorOf(f.validator, f.optional), False) for key, f in validator.fields.items()),
            open=not validator.complete,
        )
    if name == "element" and isinstance(validator, ArrayValidator):
        return ValidatorOf(validator.element)
    if name == "value" and isinstance(validator, RecordValidator):
        return ValidatorOf(validator.value)
    if name == "members" and isinstance(validator, UnionValidator):
        parts = tuple(ValidatorOf(m) for m in validator.members)
        return ListOf(UNKNOWN, parts)
    if name == "value" and isinstance(validator, LiteralValidator):
        return Lit(validator.value)
    return Bound(value, name)


def _table_def(ev: Evaluator, value: TableDef, name: str) -> Value:
    return ValidatorOf(value.validator) if name == "validator" else Bound(value, name)


def _schema(ev: Evaluator, value: SchemaOf, name: str) -> Value:
    if name == "tables" and value.call.args:
        return ev.expr(value.module, value.call.args[0])
    return Bound(value, name)


def _instance(ev: Evaluator, value: Instance, name: str) -> Value:
    return classes.instance_member(ev, value, name)


def _class(ev: Evaluator, value: ClassOf, name: str) -> Value:
    for m in value.module.facts.classes[value.index].members:
        if m.static and m.name == name:
            if m.function >= 0:
                return Closure(value.module, m.function)
            if m.init is not None:
                return ev.expr(value.module, m.init)
    return UNKNOWN


def _doc(ev: Evaluator, value: DocOf, name: str) -> Value:
    return doc_field(ev, value.table, name)


_MEMBERS: dict[type, Callable[[Evaluator, Any, str], Value]] = {
    CtxOf: _ctx,
    DocOf: _doc,
    ObjectLiteral: _object,
    Patched: _patched,
    Merged: _merged,
    Fields: _fields,
    PageOf: _page,
    External: _external,
    ExternalResult: _external_result,
    RefPath: _refpath,
    ModuleOf: _module,
    Global: _global,
    Part: _part,
    RecordOf: _record,
    ValidatorOf: _validator,
    TableDef: _table_def,
    SchemaOf: _schema,
    Instance: _instance,
    ClassOf: _class,
    Scalar: _scalar,
    **dict.fromkeys(
        (
            MadeFunction,
            ListOf,
            MapOf,
            SetOf,
            PromiseOf,
            QueryOf,
            RangeBuilder,
            FilterBuilder,
            Lit,
            Closure,
            Bound,
            IdOf,
            Stream,
        ),
        _bound,
    ),
}


# ------------------------------------------------------------------------------------ elements and the like
