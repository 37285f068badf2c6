"""Validators, tables and schemas as values: `v.object({...})`, `defineTable(...).index(...)`,
`schema.doc("t")`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.packages import zod
from convexlint.program.evaluation.values import (
    UNDEFINED,
    UNKNOWN,
    Fields,
    Frame,
    ListOf,
    Lit,
    Merged,
    ObjectLiteral,
    Patched,
    SchemaOf,
    TableDef,
    ValidatorOf,
    Value,
)
from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    FieldValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarName,
    ScalarValidator,
    UnionValidator,
    UnknownValidator,
    Validator,
)
from convexlint.structs import replace

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

UNKNOWN_VALIDATOR = UnknownValidator()
_SCALARS: dict[str, ScalarName] = {
    "string": "string",
    "number": "number",
    "float64": "number",
    "int64": "int64",
    "bigint": "int64",
    "boolean": "boolean",
    "bytes": "bytes",
    "null": "null",
}
_SYSTEM = {"_id", "_creationTime"}


def as_validator(ev: Evaluator, value: Value) -> Validator | None:
    """The validator that a value is: `v.x()`, or a record of validators; None when it is none."""
    if isinstance(value, ValidatorOf):
        return value.validator
    if isinstance(value, (ObjectLiteral, Fields, Merged)):
        return _record(ev, value)
    if isinstance(value, Patched):
        return ObjectValidator({}, False)
    return None


def _record(ev: Evaluator, value: Value) -> ObjectValidator:
    """A record of validators (`args: {...}`) as an object validator."""
    fields: dict[str, FieldValidator] = {}
    complete = True
    if isinstance(value, Fields):
        for name, entry, _ in value.entries:
            fields[name] = _field(entry)
        return ObjectValidator(fields, not value.open)
    if isinstance(value, Merged):
        for part in value.parts:
            inner = _record(ev, part)
            fields.update(inner.fields)
            complete = complete and inner.complete
        return ObjectValidator(fields, complete)
    if not isinstance(value, ObjectLiteral):
        return ObjectValidator({}, False)
    memo = ev.memo if value.frame is None else value.frame.memo
    found = ev.guarded(("record", id(value.expr), ""), memo, lambda: ValidatorOf(_literal(ev, value)))
    made = found.validator if isinstance(found, ValidatorOf) else None
    return made if isinstance(made, ObjectValidator) else ObjectValidator({}, False)


def _literal(ev: Evaluator, value: ObjectLiteral) -> ObjectValidator:
    fields: dict[str, FieldValidator] = {}
    complete = True
    for prop in value.expr.props:
        if prop.kind == "spread":
            spread = ev.expr(value.module, prop.value, value.frame)
            if isinstance(spread, (ObjectLiteral, Fields, Merged)):
                inner = _record(ev, spread)
                if not inner.complete:
                    _blur(fields)
                fields.update(inner.fields)
                complete = complete and inner.complete
            else:
                _blur(fields)
                complete = False
        elif prop.key is None:
            _blur(fields)
            complete = False
        else:
            entry = ev.expr(value.module, prop.value, value.frame)
            if entry == UNDEFINED:
                fields.pop(prop.key, None)
            else:
                fields[prop.key] = _field(entry)
    return ObjectValidator(fields, complete)


def _blur(fields: dict[str, FieldValidator]) -> None:
    """What comes after may redefine any of the fields."""
    fields.update({name: FieldValidator(UNKNOWN_VALIDATOR, field.optional) for name, field in fields.items()})


def _field(value: Value) -> FieldValidator:
    if isinstance(value, ValidatorOf):
        return FieldValidator(value.validator, value.optional)
    return FieldValidator(UNKNOWN_VALIDATOR, False)


def _inner(ev: Evaluator, module: Module, node: ir.Expr, frame: Frame | None) -> ValidatorOf:
    value = ev.expr(module, node, frame)
    return value if isinstance(value, ValidatorOf) else ValidatorOf(UNKNOWN_VALIDATOR)


def v_call(ev: Evaluator, module: Module, node: ir.Call | ir.New, name: str, frame: Frame | None) -> Value:
    """`v.name(...)` (convex-facts 6); names that do not exist give an unknown validator."""
    args = node.args
    if name in _SCALARS:
        return ValidatorOf(ScalarValidator(_SCALARS[name]))
    if name == "any":
        return ValidatorOf(AnyValidator())
    if name == "id":
        value = ev.expr(module, args[0], frame) if args else UNKNOWN
        table = value.value if isinstance(value, Lit) and isinstance(value.value, str) else None
        return ValidatorOf(IdValidator(table))
    if name == "commitTs":
        return ValidatorOf(ScalarValidator("int64"))
    if not args:
        empty: Validator = UnionValidator(()) if name == "union" else UNKNOWN_VALIDATOR
        return ValidatorOf(empty)
    if name == "literal":
        value = ev.expr(module, args[0], frame)
        return ValidatorOf(LiteralValidator(value.value) if isinstance(value, Lit) else UNKNOWN_VALIDATOR)
    if name == "array":
        return ValidatorOf(ArrayValidator(_inner(ev, module, args[0], frame).validator))
    if name == "object":
        validator = as_validator(ev, ev.expr(module, args[0], frame))
        return ValidatorOf(validator if validator is not None else ObjectValidator({}, False))
    if name == "record" and len(args) > 1:
        key, value_ = (_inner(ev, module, a, frame).validator for a in args[:2])
        return ValidatorOf(RecordValidator(key, value_))
    if name == "union":
        return ValidatorOf(UnionValidator(_union_members(ev, module, args, frame)))
    if name == "optional":
        return ValidatorOf(_inner(ev, module, args[0], frame).validator, optional=True)
    if name == "nullable":
        inner = _inner(ev, module, args[0], frame).validator
        return ValidatorOf(UnionValidator((inner, ScalarValidator("null"))))
    return ValidatorOf(UNKNOWN_VALIDATOR)


def _union_members(
    ev: Evaluator, module: Module, args: tuple[ir.Expr, ...], frame: Frame | None
) -> tuple[Validator, ...]:
    members: list[Validator] = []
    for arg in args:
        if not isinstance(arg, ir.Spread):
            members.append(_inner(ev, module, arg, frame).validator)
            continue
        spread = ev.expr(module, arg.value, frame)
        if isinstance(spread, ListOf) and spread.items is not None:
            members.extend(
                m.validator if isinstance(m, ValidatorOf) else UNKNOWN_VALIDATOR for m in spread.items
            )
        elif isinstance(spread, ListOf) and isinstance(spread.element, ValidatorOf):
            members.append(spread.element.validator)
        else:
            members.append(UNKNOWN_VALIDATOR)
    return tuple(members)


def _names(value: Value) -> tuple[str, ...] | None:
    items = value.items if isinstance(value, ListOf) else None
    if items is None:
        return None
    names = [i.value for i in items if isinstance(i, Lit) and isinstance(i.value, str)]
    return tuple(names) if len(names) == len(items) else None


def method(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, receiver: Value, name: str, frame: Frame | None
) -> Value:
    """A method of a validator, a table definition, or a schema."""
    if isinstance(receiver, TableDef):
        if name in ("index", "searchIndex", "vectorIndex", "staged"):
            return replace(receiver, calls=(*receiver.calls, (module, node)))
        return receiver
    if isinstance(receiver, SchemaOf):
        return _schema_method(ev, module, node, receiver, name, frame)
    assert isinstance(receiver, ValidatorOf)
    if receiver.zod:
        return zod.method(ev, module, node, receiver, name)
    validator = receiver.validator
    if name == "optional":
        return ValidatorOf(validator, optional=True)
    if not isinstance(validator, ObjectValidator) or name not in ("pick", "omit", "partial", "extend"):
        return ValidatorOf(UNKNOWN_VALIDATOR) if name in ("pick", "omit", "partial", "extend") else UNKNOWN
    return ValidatorOf(_reshape(ev, module, node, validator, name, frame))


def _reshape(
    ev: Evaluator,
    module: Module,
    node: ir.Call | ir.New,
    validator: ObjectValidator,
    name: str,
    frame: Frame | None,
) -> Validator:
    if name == "partial":
        return ObjectValidator(
            {k: FieldValidator(f.validator, True) for k, f in validator.fields.items()}, validator.complete
        )
    if name == "extend":
        more = as_validator(ev, ev.expr(module, node.args[0], frame)) if node.args else None
        if not isinstance(more, ObjectValidator):
            return ObjectValidator(dict(validator.fields), False)
        return ObjectValidator({**validator.fields, **more.fields}, validator.complete and more.complete)
    names: list[str] = []
    for arg in node.args:
        value = ev.expr(module, arg, frame)
        listed = _names(value)
        if isinstance(value, Lit) and isinstance(value.value, str):
            names.append(value.value)
        elif listed is not None:
            names.extend(listed)
        else:
            return ObjectValidator({}, False)
    wanted = name == "pick"
    return ObjectValidator(
        {k: f for k, f in validator.fields.items() if (k in names) is wanted}, validator.complete
    )


def with_system_fields(validator: Validator, table: str) -> Validator:
    """A table's validator as that of its whole documents."""
    system = {
        "_id": FieldValidator(IdValidator(table), False),
        "_creationTime": FieldValidator(ScalarValidator("number"), False),
    }
    if isinstance(validator, ObjectValidator):
        return ObjectValidator({**system, **validator.fields}, validator.complete)
    if isinstance(validator, UnionValidator):
        return UnionValidator(tuple(with_system_fields(m, table) for m in validator.members))
    return validator


def table_validator(ev: Evaluator, schema: Value, table: str) -> Validator | None:
    tables = ev.member(schema, "tables")
    definition = ev.member(tables, table)
    return definition.validator if isinstance(definition, TableDef) else None


def _schema_method(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, schema: SchemaOf, name: str, frame: Frame | None
) -> Value:
    value = ev.expr(module, node.args[0], frame) if node.args else UNKNOWN
    if not isinstance(value, Lit) or not isinstance(value.value, str):
        return UNKNOWN
    if name == "id":
        return ValidatorOf(IdValidator(value.value))
    if name == "doc":
        return doc_validator(ev, schema, value.value)
    return UNKNOWN


def doc_validator(ev: Evaluator, schema: Value, table: str) -> Value:
    """`schema.doc("t")` and its older relatives in convex-helpers."""
    validator = table_validator(ev, schema, table)
    if validator is None:
        return ValidatorOf(UNKNOWN_VALIDATOR)
    return ValidatorOf(with_system_fields(validator, table))


def define_table(ev: Evaluator, module: Module, node: ir.Call | ir.New, frame: Frame | None) -> Value:
    """`defineTable(record | v.object | v.union | v.any())`."""
    validator: Validator | None = None
    if node.args:
        validator = as_validator(ev, ev.expr(module, node.args[0], frame))
    shape = node.args[0] if node.args else None
    return TableDef(validator if validator is not None else UNKNOWN_VALIDATOR, (), (module, node), shape)
