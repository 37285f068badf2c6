"""What is known of packages: convex itself, convex-helpers, convex-auth and other component packages.

Sources: convex-facts 2.1, 2.3, 2.4, 6 and 10. Whatever is not named here stays an `ExternalResult`: a value
of that package about which nothing else is claimed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation import validate, zod
from convexlint.program.evaluation.made import made_function
from convexlint.program.evaluation.members import element
from convexlint.program.evaluation.values import (
    NULL,
    STRING,
    UNDEFINED,
    UNKNOWN,
    Bound,
    BuilderOf,
    Closure,
    CtxOf,
    DocOf,
    External,
    ExternalResult,
    Fields,
    Frame,
    IdOf,
    ListOf,
    Lit,
    ObjectLiteral,
    Part,
    PromiseOf,
    QueryOf,
    RefName,
    RefPath,
    SchemaOf,
    Stream,
    ValidatorOf,
    Value,
    one_of,
    present,
    unwrap,
)
from convexlint.program.validators import (
    ArrayValidator,
    FieldValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    ScalarValidator,
    UnionValidator,
    Validator,
)

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

_KINDS = {
    "query": ("query", "public"),
    "mutation": ("mutation", "public"),
    "action": ("action", "public"),
    "internalQuery": ("query", "internal"),
    "internalMutation": ("mutation", "internal"),
    "internalAction": ("action", "internal"),
    "httpAction": ("httpAction", ""),
}
_BUILDERS: dict[tuple[str, str], BuilderOf] = {}
for _name, (_kind, _visibility) in _KINDS.items():
    _builder = BuilderOf(_kind, _visibility)
    _BUILDERS["_generated/server", _name] = _builder
    _BUILDERS["convex/server", f"{_name}Generic"] = _builder

_NUMBER = ScalarValidator("number")
_STRING_V = ScalarValidator("string")
_NULLABLE_STRING = UnionValidator((_STRING_V, ScalarValidator("null")))
PAGINATION_OPTS = ValidatorOf(
    ObjectValidator(
        {
            "numItems": FieldValidator(_NUMBER, False),
            "cursor": FieldValidator(_NULLABLE_STRING, False),
            "endCursor": FieldValidator(_NULLABLE_STRING, True),
            "id": FieldValidator(_NUMBER, True),
            "maximumRowsRead": FieldValidator(_NUMBER, True),
            "maximumBytesRead": FieldValidator(_NUMBER, True),
        },
        True,
    )
)

_CUSTOM = {
    "customQuery": "query",
    "customMutation": "mutation",
    "customAction": "action",
    "zCustomQuery": "query",
    "zCustomMutation": "mutation",
    "zCustomAction": "action",
}


def constant(package: str, path: tuple[str, ...]) -> Value | None:
    """An export that is a value of its own: a builder, a validator. None for all others."""
    if len(path) != 1:
        return None
    builder = _BUILDERS.get((package, path[0]))
    if builder is not None:
        return builder
    if package == "convex/server" and path[0] == "paginationOptsValidator":
        return PAGINATION_OPTS
    return None


@cache
def external(package: str, path: tuple[str, ...]) -> Value:
    """An `External`, or the reference root that a generated `api` module exports."""
    if package == "_generated/api" and path and path[0] in ("api", "internal", "components"):
        return RefPath(path[0], path[1:])
    return constant(package, path) or External(package, path)


def call(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    """The result of calling (or constructing) something of a package."""
    package, path = target.package, target.path
    last = path[-1] if path else ""
    if package in ("convex/values", "convex/server") and len(path) == 2 and path[0] == "v":
        return validate.v_call(ev, module, node, path[1], frame)
    if package == "convex/server":
        return _server(ev, module, node, target, last, frame)
    if package == "convex/values" and last == "asObjectValidator" and node.args:
        validator = ev.validator(module, node.args[0], frame)
        return ValidatorOf(validator) if validator is not None else UNKNOWN
    made = zod.maker(package, path)
    if made is not None:
        return zod.make(ev, module, node, made, frame)
    if package.startswith("convex-helpers"):
        found = _helpers(ev, module, node, last, frame)
        if found is not None:
            return found
    if package.startswith("@convex-dev/auth") and last in ("getAuthUserId", "getUserId"):
        return PromiseOf(one_of([IdOf("users"), NULL]))
    if package.startswith("@convex-dev/auth") and last == "getAuthSessionId":
        return PromiseOf(one_of([IdOf("authSessions"), NULL]))
    return ExternalResult(target, module, node.args, frame)


def _server(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, name: str, frame: Frame | None
) -> Value:
    if name == "defineTable":
        return validate.define_table(ev, module, node, frame)
    if name == "defineSchema":
        return SchemaOf(module, node)
    if name == "makeFunctionReference" and node.args:
        value = ev.expr(module, node.args[0], frame)
        return RefName(value.value) if isinstance(value, Lit) and isinstance(value.value, str) else UNKNOWN
    if name == "paginationResultValidator" and node.args:
        value = ev.expr(module, node.args[0], frame)
        item: Validator = value.validator if isinstance(value, ValidatorOf) else validate.UNKNOWN_VALIDATOR
        return ValidatorOf(
            ObjectValidator(
                {
                    "page": FieldValidator(ArrayValidator(item), False),
                    "isDone": FieldValidator(ScalarValidator("boolean"), False),
                    "continueCursor": FieldValidator(_STRING_V, False),
                    "splitCursor": FieldValidator(_NULLABLE_STRING, True),
                    "pageStatus": FieldValidator(_NULLABLE_STRING, True),
                },
                True,
            )
        )
    if name == "docValidator" and node.args:
        table = ev.expr(module, node.args[0], frame)
        definition = ev.expr(module, node.args[1], frame) if len(node.args) > 1 else UNKNOWN
        validator = ev.member(definition, "validator")
        if isinstance(table, Lit) and isinstance(validator, ValidatorOf):
            return ValidatorOf(validate.with_system_fields(validator.validator, str(table.value)))
        return ValidatorOf(validate.UNKNOWN_VALIDATOR)
    return ExternalResult(target, module, node.args, frame)


def _helpers(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, name: str, frame: Frame | None
) -> Value | None:
    """convex-helpers (convex-facts 2.3); None for what is not modelled."""
    args = node.args

    def arg(number: int) -> Value:
        return ev.expr(module, args[number], frame) if number < len(args) else UNKNOWN

    def table(number: int) -> Value:
        value = arg(number)
        return DocOf(value.value) if isinstance(value, Lit) and isinstance(value.value, str) else UNKNOWN

    if name == "zid":
        return zod.zid(arg(0))
    if name in ("wrapDatabaseReader", "wrapDatabaseWriter"):
        return Part("db")
    if name in ("stream", "paginator"):
        return Stream()
    if name in _CUSTOM:
        builder = present(arg(0))
        if isinstance(builder, BuilderOf):
            return BuilderOf(
                builder.kind,
                builder.visibility,
                True,
                (*builder.customizations, arg(1)),
                builder.authenticated,
            )
        return UNKNOWN
    if name in ("getAll", "getAllOrThrow"):
        ids = element(ev, present(arg(len(args) - 1)))
        doc = _doc_of(ids)
        return PromiseOf(ListOf(doc if name == "getAllOrThrow" else one_of([doc, NULL])))
    if name == "getOrThrow":
        return PromiseOf(_doc_of(present(arg(len(args) - 1))))
    if name in ("getOneFrom", "getOneFromOrThrow"):
        return PromiseOf(table(1) if name.endswith("Throw") else one_of([table(1), NULL]))
    if name == "getManyFrom":
        return PromiseOf(ListOf(table(1)))
    if name == "asyncMap" and len(args) > 1:
        from convexlint.program.evaluation.methods import callback_result

        inner = element(ev, unwrap(arg(0)))
        return PromiseOf(ListOf(unwrap(callback_result(ev, module, args[1], frame, (inner,)))))
    if name in ("nullThrows", "pruneNull"):
        value = arg(0)
        return ListOf(present(element(ev, value))) if name == "pruneNull" else present(value)
    if name == "filter":
        return arg(0) if type(present(arg(0))) is QueryOf else None
    if name in ("literals",):
        members = [arg(i) for i in range(len(args))]
        literals = [LiteralValidator(m.value) for m in members if isinstance(m, Lit)]
        if len(literals) == len(members):
            return ValidatorOf(UnionValidator(tuple(literals)))
        return ValidatorOf(validate.UNKNOWN_VALIDATOR)
    if name == "nullable":
        value = arg(0)
        inner_v = value.validator if isinstance(value, ValidatorOf) else validate.UNKNOWN_VALIDATOR
        return ValidatorOf(UnionValidator((inner_v, ScalarValidator("null"))))
    if name == "deprecated":
        return ValidatorOf(ScalarValidator("null"), optional=True)
    if name in ("systemFields", "withSystemFields"):
        return _system_fields(ev, arg(0), arg(1), name)
    if name == "doc" and len(args) > 1:
        value = arg(1)
        if isinstance(value, Lit) and isinstance(value.value, str):
            return validate.doc_validator(ev, arg(0), value.value)
        return ValidatorOf(validate.UNKNOWN_VALIDATOR)
    if name == "partial":
        validator = validate.as_validator(ev, arg(0))
        if isinstance(validator, ObjectValidator):
            fields = {k: FieldValidator(f.validator, True) for k, f in validator.fields.items()}
            return ValidatorOf(ObjectValidator(fields, validator.complete))
        return ValidatorOf(validate.UNKNOWN_VALIDATOR)
    return None


def _doc_of(value: Value) -> Value:
    return DocOf(value.table) if isinstance(value, IdOf) else UNKNOWN


def _system_fields(ev: Evaluator, table: Value, fields: Value, name: str) -> Value:
    if not isinstance(table, Lit) or not isinstance(table.value, str):
        return UNKNOWN
    system: tuple[tuple[str, Value, bool], ...] = (
        ("_id", ValidatorOf(IdValidator(table.value)), False),
        ("_creationTime", ValidatorOf(_NUMBER), False),
    )
    if name == "systemFields":
        return Fields(system)
    validator = validate.as_validator(ev, fields)
    if not isinstance(validator, ObjectValidator):
        return Fields(system, open=True)
    own = tuple((k, ValidatorOf(f.validator, f.optional), False) for k, f in validator.fields.items())
    return Fields((*own, *system), open=not validator.complete)


def call_result(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: ExternalResult, frame: Frame | None
) -> Value:
    """A method of something that a package made: `workflow.define(...)`, `vv.id("t")`, `crud(...)`
    members."""
    source = target.source
    last = source.path[-1] if source.path else ""
    if last == "typedV" and target.path:
        schema = ev.expr(target.module, target.args[0], target.frame) if target.args else UNKNOWN
        value = ev.expr(module, node.args[0], frame) if node.args else UNKNOWN
        if target.path[-1] == "doc" and isinstance(value, Lit) and isinstance(value.value, str):
            return validate.doc_validator(ev, schema, value.value)
        return validate.v_call(ev, module, node, target.path[-1], frame)
    made = ExternalResult(source, module, node.args, frame, (*target.path, "()"))
    return made_function(ev, made) or made


def callback_params(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, position: int
) -> tuple[Value, ...]:
    """What a function given to a package's function receives."""
    name = target.path[-1] if target.path else ""
    if not target.package.startswith("convex-helpers"):
        return ()
    if name == "customCtx" and position == 0:
        return (_ctx_around(ev, module, node),)
    if name == "asyncMap" and position == 1:
        return (element(ev, unwrap(ev.expr(module, node.args[0]))),)
    if name == "filter" and position == 1:
        query = present(ev.expr(module, node.args[0]))
        return (element(ev, query),)
    return ()


def _ctx_around(ev: Evaluator, module: Module, node: ir.Node) -> Value:
    """The ctx that `customCtx(fn)` gets, from the `customQuery(builder, ...)` it stands in."""
    parent = ev.world.index(module).parent(node)
    if isinstance(parent, ir.Call) and parent.args:
        builder = present(ev.expr(module, parent.args[0]))
        if isinstance(builder, BuilderOf):
            return ev.handler_values(builder, module, None)[0]
    return CtxOf("any")


def result_callback_params(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: ExternalResult, position: int
) -> tuple[Value, ...]:
    """Callbacks of things that packages made: `triggers.register("t", async (ctx, change) => ...)`."""
    source = target.source.path[-1] if target.source.path else ""
    method = target.path[-1] if target.path else ""
    if source == "Triggers" and method == "register" and position == 1:
        value = ev.expr(module, node.args[0])
        if isinstance(value, Lit) and isinstance(value.value, str):
            doc = DocOf(value.value)
            change = Fields(
                (
                    ("id", IdOf(value.value), False),
                    ("operation", STRING, False),
                    ("oldDoc", one_of([doc, NULL]), False),
                    ("newDoc", one_of([doc, NULL]), False),
                )
            )
            return (CtxOf("mutation"), change)
        return (CtxOf("mutation"),)
    if method == "handler" and target.path[:1] == ("()",) and source in ("defineWorkflow", "WorkflowManager"):
        return (CtxOf("workflow"),)
    return ()


def property_params(
    ev: Evaluator, module: Module, target: ExternalResult, key: str, config: ir.Object
) -> tuple[Value, ...]:
    """Functions inside a config object of a package: workflow handlers, migrations."""
    source = target.source.path[-1] if target.source.path else ""
    method = target.path[-1] if target.path else ""
    if method != "define" and source != "makeMigration":
        return ()
    literal = ObjectLiteral(module, config, None)
    if source == "WorkflowManager" and key == "handler":
        validator = validate.as_validator(ev, ev.member(literal, "args"))
        from convexlint.program.evaluation.documents import validator_value

        return (CtxOf("workflow"), UNKNOWN if validator is None else validator_value(validator))
    if source in ("Migrations", "makeMigration") and key == "migrateOne":
        table = ev.member(literal, "table")
        doc = DocOf(table.value) if isinstance(table, Lit) and isinstance(table.value, str) else UNKNOWN
        return (CtxOf("mutation"), doc)
    return ()


__all__ = [
    "UNDEFINED",
    "Bound",
    "Closure",
    "Part",
    "call",
    "call_result",
    "callback_params",
    "constant",
]
