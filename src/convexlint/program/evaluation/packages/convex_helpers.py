"""convex-helpers (convex-facts 2.3). What its streams do step by step: `evaluation/streams.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation import methods, streams, validate
from convexlint.program.evaluation.elements import element
from convexlint.program.evaluation.helper_tables import made_table
from convexlint.program.evaluation.package import Package
from convexlint.program.evaluation.packages.zod import zid
from convexlint.program.evaluation.utility_types import pick
from convexlint.program.evaluation.values import (
    NULL,
    STRING,
    UNKNOWN,
    BuilderOf,
    CtxOf,
    DocOf,
    External,
    ExternalResult,
    Fields,
    Frame,
    IdOf,
    ListOf,
    Lit,
    MadeFunction,
    Part,
    PromiseOf,
    QueryOf,
    Stream,
    ValidatorOf,
    Value,
    one_of,
    present,
    unwrap,
)
from convexlint.program.evaluation.values import members as union_members
from convexlint.program.validators import (
    FieldValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    ScalarValidator,
    UnionValidator,
)

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import FunctionKind, Module

_CUSTOM = (
    "customQuery",
    "customMutation",
    "customAction",
    "zCustomQuery",
    "zCustomMutation",
    "zCustomAction",
)
_READS = (
    "getAll",
    "getAllOrThrow",
    "getOneFrom",
    "getOneFromOrThrow",
    "getManyFrom",
    "getManyVia",
    "getManyViaOrThrow",
    "getOrThrow",
    "getPage",
    "paginator",
    "stream",
)
# kind, and the number of the argument that is its builder
_CRUD: dict[str, tuple[FunctionKind, int]] = {
    "create": ("mutation", 3),
    "read": ("query", 2),
    "paginate": ("query", 2),
    "update": ("mutation", 3),
    "destroy": ("mutation", 3),
}
_ANY = validate.UNKNOWN_VALIDATOR
_SYSTEM_KEYS = one_of([Lit("_id"), Lit("_creationTime")])


class _Args:
    """The arguments of a call, evaluated when asked for."""

    def __init__(self, ev: Evaluator, module: Module, node: ir.Call | ir.New, frame: Frame | None) -> None:
        self.ev = ev
        self.module = module
        self.nodes = node.args
        self.frame = frame

    def value(self, number: int) -> Value:
        """Argument `number`; -1 is the last."""
        if number < 0:
            number += len(self.nodes)
        if not 0 <= number < len(self.nodes):
            return UNKNOWN
        return self.ev.expr(self.module, self.nodes[number], self.frame)

    def document(self, number: int) -> Value:
        """A document of the table that argument `number` names."""
        value = self.value(number)
        return DocOf(value.value) if isinstance(value, Lit) and isinstance(value.value, str) else UNKNOWN


# ------------------------------------------------------------------------------------------ builders, databases


def _custom(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    args = _Args(ev, module, node, frame)
    builder = present(args.value(0))
    if not isinstance(builder, BuilderOf):
        return UNKNOWN
    customizations = (*builder.customizations, args.value(1))
    if target.path[-1].startswith("z"):
        customizations = (*customizations, UNKNOWN)  # zod accepts, and changes, what no validator tells
    return BuilderOf(builder.kind, builder.visibility, True, customizations, builder.authenticated)


def _wrapped_database(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    return Part("db")


def _stream(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    return Stream()


def _merged_stream(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    return streams.merged(ev.expr(module, node.args[0], frame)) if node.args else UNKNOWN


def _crud(ev: Evaluator, value: ExternalResult) -> MadeFunction | None:
    """A member of `crud(schema, "t", query, mutation)`."""
    if len(value.path) != 1 or value.path[0] not in _CRUD:
        return None
    kind, position = _CRUD[value.path[0]]
    if position >= len(value.args):
        return MadeFunction(kind, "internal")
    builder = present(ev.expr(value.module, value.args[position], value.frame))
    return MadeFunction(kind, builder.visibility) if isinstance(builder, BuilderOf) else None


# ----------------------------------------------------------------------------------------------- reading data


def _doc_of(value: Value) -> Value:
    return DocOf(value.table) if isinstance(value, IdOf) else UNKNOWN


def _get_all(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    doc = _doc_of(element(ev, present(_Args(ev, module, node, frame).value(-1))))
    return PromiseOf(ListOf(doc if target.path[-1] == "getAllOrThrow" else one_of([doc, NULL])))


def _get_or_throw(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    return PromiseOf(_doc_of(present(_Args(ev, module, node, frame).value(-1))))


def _get_one(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    doc = _Args(ev, module, node, frame).document(1)
    return PromiseOf(doc if target.path[-1].endswith("Throw") else one_of([doc, NULL]))


def _get_many(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    return PromiseOf(ListOf(_Args(ev, module, node, frame).document(1)))


def _filter(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value | None:
    query = _Args(ev, module, node, frame).value(0)
    return query if type(present(query)) is QueryOf else None


def _async_map(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value | None:
    if len(node.args) < 2:
        return None
    inner = element(ev, unwrap(_Args(ev, module, node, frame).value(0)))
    return PromiseOf(ListOf(unwrap(methods.callback_result(ev, module, node.args[1], frame, (inner,)))))


def _null_throws(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    return present(_Args(ev, module, node, frame).value(0))


def _prune_null(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    return ListOf(present(element(ev, _Args(ev, module, node, frame).value(0))))


def _some_fields(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    """`pick(doc, ["name"])`, `omit(doc, ["secret"])`, `withoutSystemFields(doc)`."""
    args, which = _Args(ev, module, node, frame), target.path[-1]
    keys: Value = _SYSTEM_KEYS
    if which != "withoutSystemFields":
        listed = present(args.value(1))
        keys = one_of(listed.items) if isinstance(listed, ListOf) and listed.items else UNKNOWN
    return one_of(pick(ev, which.capitalize(), one, keys) for one in union_members(present(args.value(0))))


# -------------------------------------------------------------------------------------------------- validators


def _zid(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    return zid(_Args(ev, module, node, frame).value(0))


def _literals(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    args = _Args(ev, module, node, frame)
    values = [args.value(i) for i in range(len(node.args))]
    literals = [LiteralValidator(m.value) for m in values if isinstance(m, Lit)]
    return ValidatorOf(UnionValidator(tuple(literals)) if len(literals) == len(values) else _ANY)


def _nullable(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    value = _Args(ev, module, node, frame).value(0)
    inner = value.validator if isinstance(value, ValidatorOf) else _ANY
    return ValidatorOf(UnionValidator((inner, ScalarValidator("null"))))


def _deprecated(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    return ValidatorOf(ScalarValidator("null"), optional=True)


def _system_fields(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    args = _Args(ev, module, node, frame)
    table = args.value(0)
    if not isinstance(table, Lit) or not isinstance(table.value, str):
        return UNKNOWN
    system: tuple[tuple[str, Value, bool], ...] = (
        ("_id", ValidatorOf(IdValidator(table.value)), False),
        ("_creationTime", ValidatorOf(ScalarValidator("number")), False),
    )
    if target.path[-1] == "systemFields":
        return Fields(system)
    validator = validate.as_validator(ev, args.value(1))
    if not isinstance(validator, ObjectValidator):
        return Fields(system, open=True)
    own = tuple((k, ValidatorOf(f.validator, f.optional), False) for k, f in validator.fields.items())
    return Fields((*own, *system), open=not validator.complete)


def _doc(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value | None:
    if len(node.args) < 2:
        return None
    args = _Args(ev, module, node, frame)
    table = args.value(1)
    if isinstance(table, Lit) and isinstance(table.value, str):
        return validate.doc_validator(ev, args.value(0), table.value)
    return ValidatorOf(_ANY)


def _partial(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    validator = validate.as_validator(ev, _Args(ev, module, node, frame).value(0))
    if not isinstance(validator, ObjectValidator):
        return ValidatorOf(_ANY)
    fields = {k: FieldValidator(f.validator, True) for k, f in validator.fields.items()}
    return ValidatorOf(ObjectValidator(fields, validator.complete))


def _typed_v(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: ExternalResult, frame: Frame | None
) -> Value | None:
    """`vv.id("t")`, `vv.doc("t")` where `vv = typedV(schema)`."""
    if not target.path:
        return None
    schema = ev.expr(target.module, target.args[0], target.frame) if target.args else UNKNOWN
    value = _Args(ev, module, node, frame).value(0)
    if target.path[-1] == "doc" and isinstance(value, Lit) and isinstance(value.value, str):
        return validate.doc_validator(ev, schema, value.value)
    return validate.v_call(ev, module, node, target.path[-1], frame)


# --------------------------------------------------------------------------------------------------- callbacks


def _ctx_around(ev: Evaluator, module: Module, node: ir.Call | ir.New) -> tuple[Value, ...]:
    """The ctx that `customCtx(fn)` gets, from the `customQuery(builder, ...)` it stands in."""
    parent = ev.world.index(module).parent(node)
    if isinstance(parent, ir.Call) and parent.args:
        builder = present(ev.expr(module, parent.args[0]))
        if isinstance(builder, BuilderOf):
            return (ev.handler_values(builder, module, None)[0],)
    return (CtxOf("any"),)


def _awaited_element(ev: Evaluator, module: Module, node: ir.Call | ir.New) -> tuple[Value, ...]:
    return (element(ev, unwrap(ev.expr(module, node.args[0]))),)


def _row(ev: Evaluator, module: Module, node: ir.Call | ir.New) -> tuple[Value, ...]:
    return (element(ev, present(ev.expr(module, node.args[0]))),)


def _change(ev: Evaluator, module: Module, node: ir.Call | ir.New) -> tuple[Value, ...]:
    """`triggers.register("t", async (ctx, change) => ...)`."""
    value = ev.expr(module, node.args[0])
    if not isinstance(value, Lit) or not isinstance(value.value, str):
        return (CtxOf("mutation"),)
    doc = DocOf(value.value)
    change = Fields(
        (
            ("id", IdOf(value.value), False),
            ("operation", STRING, False),
            ("oldDoc", one_of([doc, NULL]), False),
            ("newDoc", one_of([doc, NULL]), False),
        )
    )
    return CtxOf("mutation"), change


PACKAGE = Package(
    ("convex-helpers",),
    calls={
        **dict.fromkeys(_CUSTOM, _custom),
        "wrapDatabaseReader": _wrapped_database,
        "wrapDatabaseWriter": _wrapped_database,
        "stream": _stream,
        "paginator": _stream,
        "mergedStream": _merged_stream,
        "getAll": _get_all,
        "getAllOrThrow": _get_all,
        "getOrThrow": _get_or_throw,
        "getOneFrom": _get_one,
        "getOneFromOrThrow": _get_one,
        "getManyFrom": _get_many,
        "filter": _filter,
        "asyncMap": _async_map,
        "nullThrows": _null_throws,
        "pruneNull": _prune_null,
        **dict.fromkeys(("pick", "omit", "withoutSystemFields"), _some_fields),
        "zid": _zid,
        "Table": made_table,
        "literals": _literals,
        "nullable": _nullable,
        "deprecated": _deprecated,
        "systemFields": _system_fields,
        "withSystemFields": _system_fields,
        "doc": _doc,
        "partial": _partial,
    },
    methods={"typedV": _typed_v},
    callbacks={
        ("customCtx", 0): _ctx_around,
        ("asyncMap", 1): _awaited_element,
        ("filter", 1): _row,
    },
    method_callbacks={("Triggers", "register", 1): _change},
    making={"crud": _crud},
    effects=dict.fromkeys(_READS, "db-read"),
    guards_rows=frozenset({"wrapDatabaseReader", "wrapDatabaseWriter"}),
)
