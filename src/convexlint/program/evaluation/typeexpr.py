"""TypeScript annotations as values: `Id<"users">`, `Doc<"t"> | null`, `QueryCtx["db"]`, `Infer<typeof v>`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from convexlint.facts import ir
from convexlint.program.evaluation import elements, members, utility_types
from convexlint.program.evaluation.values import (
    BOOLEAN,
    NULL,
    NUMBER,
    STRING,
    UNDEFINED,
    UNKNOWN,
    VOID,
    Closure,
    CtxOf,
    DocOf,
    Fields,
    Frame,
    FunctionType,
    IdOf,
    Instance,
    ListOf,
    Lit,
    MapOf,
    Merged,
    PageOf,
    Part,
    PromiseOf,
    RecordOf,
    Scalar,
    SetOf,
    Value,
    one_of,
    present,
)
from convexlint.program.evaluation.values import members as union_members
from convexlint.program.validators import AnyValidator, FieldValidator

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

Env = dict[str, Value]

_KEYWORDS: dict[str, Value] = {
    "string": STRING,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "bigint": Scalar("bigint"),
    "void": VOID,
    "null": NULL,
    "undefined": UNDEFINED,
}

# Names of convex/server and of generated files (convex-facts 1.3, 3); any import route counts.
_CTX = {
    "QueryCtx": "query",
    "MutationCtx": "mutation",
    "ActionCtx": "action",
    "GenericQueryCtx": "query",
    "GenericMutationCtx": "mutation",
    "GenericActionCtx": "action",
}
_PARTS = {
    "DatabaseReader": "db",
    "DatabaseWriter": "db",
    "GenericDatabaseReader": "db",
    "GenericDatabaseWriter": "db",
    "Auth": "auth",
    "StorageReader": "storage",
    "StorageWriter": "storage",
    "StorageActionWriter": "storage",
    "Scheduler": "scheduler",
}
MAX_KEYS = 100
"""Keys of a mapped type that are looked at one by one."""

_DATABASE = frozenset({"get", "query", "insert", "patch", "replace", "delete", "normalizeId"})
_SAME = frozenset({"Readonly", "Expand", "NoInfer"})


def env_of(ev: Evaluator, module: Module, function: int, frame: Frame | None) -> Env:
    """The type parameters in scope inside facts function `function`: of the frame's call, else
    constraints."""
    env: Env = {}
    functions = module.facts.functions
    while function > 0:
        params = functions[function].type_params
        for param in params:
            if (
                frame is not None
                and frame.module is module
                and frame.index == function
                and param.name in frame.types
            ):
                env.setdefault(param.name, frame.types[param.name])
            elif param.constraint is not None:
                env.setdefault(param.name, UNKNOWN)
                constraint = type_value(ev, module, param.constraint, {})
                if isinstance(constraint, Fields):
                    constraint = Fields(constraint.entries, open=True)  # what is given may have more
                if isinstance(constraint, (CtxOf, Part, Fields, DocOf)):
                    env[param.name] = constraint
            else:
                env.setdefault(param.name, UNKNOWN)
        function = functions[function].parent
    return env


def type_value(ev: Evaluator, module: Module, node: ir.Type | None, env: Env) -> Value:
    """The value that a type annotation promises; `UNKNOWN` for any, unknown, and what cannot be followed."""
    if node is None:
        return UNKNOWN
    handler = _TYPES.get(type(node))
    return UNKNOWN if handler is None else handler(ev, module, node, env)


def _keyword(ev: Evaluator, module: Module, node: ir.TypeKeyword, env: Env) -> Value:
    return _KEYWORDS.get(node.name, UNKNOWN)


def _literal(ev: Evaluator, module: Module, node: ir.TypeLiteral, env: Env) -> Value:
    return Lit(node.value, declared=True)


def _array(ev: Evaluator, module: Module, node: ir.TypeArray, env: Env) -> Value:
    return ListOf(type_value(ev, module, node.element, env))


def _tuple(ev: Evaluator, module: Module, node: ir.TypeTuple, env: Env) -> Value:
    items = tuple(type_value(ev, module, i, env) for i in node.items)
    return ListOf(one_of(items), items)


def _union(ev: Evaluator, module: Module, node: ir.TypeUnion, env: Env) -> Value:
    return one_of(type_value(ev, module, i, env) for i in node.items)


def _intersection(ev: Evaluator, module: Module, node: ir.TypeIntersection, env: Env) -> Value:
    parts = [type_value(ev, module, i, env) for i in node.items]
    known = [p for p in parts if p is not UNKNOWN]
    for part in known:
        if isinstance(part, CtxOf):
            return CtxOf(part.kind, (*part.extras, *(p for p in known if p is not part)))
    for part in known:
        if isinstance(part, (IdOf, Scalar, Part)):
            return part  # a branded type: `string & { __table: ... }`
    if not known:
        return UNKNOWN
    return known[0] if len(known) == 1 else Merged(tuple(known))


def _object(ev: Evaluator, module: Module, node: ir.TypeObject, env: Env) -> Value:
    if not node.fields and node.index is not None:
        return RecordOf(STRING, type_value(ev, module, node.index, env))
    entries = []
    for field in node.fields:
        value = type_value(ev, module, field.type, env)
        if field.name == "db" and (value is UNKNOWN or _is_database(value)):
            value = Part(
                "db", certain=False, takes=_takes(value)
            )  # `{ db: any }`: how helpers type a ctx loosely
        entries.append((field.name, one_of([value, UNDEFINED]) if field.optional else value, field.optional))
    anys = tuple(
        (field.name, FieldValidator(AnyValidator(), field.optional))
        for field in node.fields
        if _is_any_convex_value(ev, module, field.type)
    )
    return Fields(tuple(entries), open=node.index is not None, anys=anys)


def _is_any_convex_value(ev: Evaluator, module: Module, node: ir.Type | None) -> bool:
    """`Value` of convex/values is what a `v.any()` takes."""
    if not isinstance(node, ir.TypeName) or node.ref < 0:
        return False
    definition = ev.world.index(module).definitions.get(node.ref)
    if definition is None or definition.statement is None or definition.imported is None:
        return False
    return definition.statement.specifier == "convex/values" and definition.imported.imported == "Value"


def _is_database(value: Value) -> bool:
    """`{ get: (id: Id<"t">) => ...; patch: any }`: the methods of a database that a helper needs, written out."""
    return (
        isinstance(value, Fields)
        and bool(value.entries)
        and all(
            name in _DATABASE and (held is UNKNOWN or isinstance(held, FunctionType))
            for name, held, _ in value.entries
        )
    )


def _takes(database: Value) -> tuple[tuple[str, int], ...]:
    methods = database.entries if isinstance(database, Fields) else ()
    return tuple(
        (name, len(held.type.params))
        for name, held, _ in methods
        if isinstance(held, FunctionType) and not any(param.rest for param in held.type.params)
    )


def _function(ev: Evaluator, module: Module, node: ir.TypeFunction, env: Env) -> Value:
    return FunctionType(module, node, env)


def _query(ev: Evaluator, module: Module, node: ir.TypeQuery, env: Env) -> Value:
    return ev.expr(module, node.value)


def _indexed(ev: Evaluator, module: Module, node: ir.TypeIndexed, env: Env) -> Value:
    value = type_value(ev, module, node.object, env)
    key = node.key
    if isinstance(key, ir.TypeKeyword) and key.name == "number":
        return elements.element(ev, value)
    found = type_value(ev, module, key, env)
    if isinstance(found, Lit) and isinstance(found.value, str):
        return members.member(ev, value, found.value)
    if isinstance(found, Lit) and isinstance(found.value, float):
        return elements.item(ev, value, int(found.value))
    return UNKNOWN


def _keys(ev: Evaluator, module: Module, node: ir.TypeKeys, env: Env) -> Value:
    fields = elements.as_fields(ev, type_value(ev, module, node.object, env))
    if fields is None or fields.open:
        return UNKNOWN
    return one_of(Lit(name, declared=True) for name, _, _ in fields.entries)


def _mapped(ev: Evaluator, module: Module, node: ir.TypeMapped, env: Env) -> Value:
    """`{ [K in "a" | "b"]: T }` is what `Record` is; `{ [K in keyof T]: ... }` has the optional fields of T."""
    base = type_value(ev, module, node.keys.object, env) if isinstance(node.keys, ir.TypeKeys) else UNKNOWN
    if isinstance(base, (CtxOf, Part)):
        return UNKNOWN
    if base is not UNKNOWN and all(isinstance(one, (Scalar, Lit, IdOf)) for one in union_members(base)):
        return base  # a mapped type over a primitive is the primitive
    keys = list(union_members(type_value(ev, module, node.keys, env)))
    names = [key.value for key in keys if isinstance(key, Lit) and isinstance(key.value, str)]
    if len(names) != len(keys) or not names:
        if len(keys) == 1 and (keys[0] == STRING or isinstance(keys[0], IdOf)):
            held = type_value(ev, module, node.value, {**env, node.parameter: keys[0]})
            return RecordOf(keys[0], one_of([held, UNDEFINED]) if node.sign == "?" else held)
        return UNKNOWN
    fields = elements.as_fields(ev, base)
    optional = {name for name, _, free in fields.entries if free} if fields is not None else set()
    if len(names) > MAX_KEYS:
        return RecordOf(STRING, UNKNOWN)
    entries = []
    for name in names:
        held = type_value(ev, module, node.value, {**env, node.parameter: Lit(name, declared=True)})
        free = node.sign == "?" or (name in optional and node.sign != "-")
        entries.append((name, one_of([held, UNDEFINED]) if free else present(held), free))
    first = entries[0][1]
    if not optional and all(held == first for _, held, _ in entries):
        return RecordOf(one_of(keys), first)
    return Fields(tuple(entries))


def _name(ev: Evaluator, module: Module, node: ir.TypeName, env: Env) -> Value:
    name = node.name
    if name in env and not node.args:
        return env[name]
    args = node.args
    declared = ev.world.local_type(module, name)
    if declared is not None:
        return _declared(ev, module, declared, args, module, env)
    if node.ref >= 0:
        definition = ev.world.index(module).definitions.get(node.ref)
        if definition is not None and definition.kind == "class":
            return Instance(module, definition.index, tuple(type_value(ev, module, a, env) for a in args))
        if definition is not None and definition.kind == "import":
            assert definition.statement is not None and definition.imported is not None
            target = ev.world.specifier(module, definition.statement.specifier)
            imported = definition.imported.imported
            if imported == "*":
                imported = name.partition(".")[2]
            if not isinstance(target, str):
                found = ev.world.type_export(target, imported)
                if isinstance(found, tuple):
                    return _declared(ev, found[0], found[1], args, module, env)
                if found is None:
                    return UNKNOWN
                if found.kind == "binding" and found.module is not None:
                    inner = ev.world.index(found.module).definitions.get(found.binding)
                    if inner is not None and inner.kind == "class":
                        return Instance(
                            found.module, inner.index, tuple(type_value(ev, module, a, env) for a in args)
                        )
                    return UNKNOWN
                imported = found.name
            return _external(ev, module, imported, args, env)
    return _external(ev, module, name.rpartition(".")[2], args, env)


def _declared(
    ev: Evaluator, home: Module, decl: ir.TypeDecl, args: tuple[ir.Type, ...], site: Module, env: Env
) -> Value:
    """An alias or interface, with its parameters bound to the arguments given at `site`."""
    bound: Env = {}
    for number, param in enumerate(decl.params):
        if number < len(args):
            bound[param.name] = type_value(ev, site, args[number], env)
        elif param.default is not None:
            bound[param.name] = type_value(ev, home, param.default, bound)
        else:
            bound[param.name] = UNKNOWN
    if not bound:
        found: Value = ev.guarded(
            ("type", home.path, decl.name, 0), ev.memo, lambda: _expand(ev, home, decl, bound)
        )
        return found
    names = tuple(bound)
    return ev.expansions.value(
        (home.path, decl.name),
        tuple(bound.values()),
        lambda values: _expand(ev, home, decl, dict(zip(names, values, strict=True))),
    )


def _expand(ev: Evaluator, home: Module, decl: ir.TypeDecl, env: Env) -> Value:
    value = type_value(ev, home, decl.type, env)
    if not decl.extends:
        return value
    bases = [type_value(ev, home, e, env) for e in decl.extends]
    known = [b for b in bases if b is not UNKNOWN]
    for base in known:
        if isinstance(base, CtxOf):
            return CtxOf(base.kind, (*base.extras, value))
    return Merged((*known, value)) if known else value


def _external(ev: Evaluator, module: Module, name: str, args: tuple[ir.Type, ...], env: Env) -> Value:
    """A type of Convex, of the language, or of a package: by its name."""

    def arg(number: int) -> Value:
        return type_value(ev, module, args[number], env) if 0 <= number < len(args) else UNKNOWN

    if name in ("Id", "GenericId"):
        return utility_types.tables(arg(0), IdOf)
    if name in ("Doc", "DocumentByName"):
        return utility_types.tables(arg(len(args) - 1), DocOf)
    if name in _CTX:
        return CtxOf(_CTX[name])
    if name in _PARTS:
        return Part(_PARTS[name])
    if name in ("Promise", "PromiseLike"):
        return PromiseOf(arg(0))
    if name in ("Array", "ReadonlyArray", "Iterable", "AsyncIterable", "Generator", "AsyncGenerator"):
        return ListOf(arg(0))
    if name in ("Set", "ReadonlySet"):
        return SetOf(arg(0))
    if name in ("Map", "ReadonlyMap"):
        return MapOf(arg(0), arg(1))
    if name == "Record":
        return RecordOf(arg(0), arg(1))
    if name in _SAME:
        return arg(0)
    if name in ("Partial", "Required"):
        return utility_types.optional(ev, arg(0), name == "Partial")
    if name == "WithoutSystemFields":
        return elements.rest(ev, arg(0), ("_id", "_creationTime"))
    if name == "BetterOmit":
        return utility_types.pick(ev, "Omit", arg(0), arg(1))
    if name == "NonNullable":
        return present(arg(0))
    if name == "Awaited":
        value = arg(0)
        return value.value if isinstance(value, PromiseOf) else value
    if name in ("Pick", "Omit"):
        return utility_types.pick(ev, name, arg(0), arg(1))
    if name in ("Infer", "ObjectType", "infer", "output"):
        return utility_types.inferred(ev, arg(0))
    if name == "PaginationResult":
        return PageOf(arg(0))
    if name == "ReturnType":
        return utility_types.return_type(ev, arg(0))
    if name == "Parameters":
        value = arg(0)
        if isinstance(value, Closure):
            count = len(value.module.facts.functions[value.index].params)
            items = tuple(ev.param_value(value.module, value.index, i, None) for i in range(count))
            return ListOf(UNKNOWN, items)
        return UNKNOWN
    return UNKNOWN


def claimed(ev: Evaluator, declared: Value, value: Value) -> Value:
    """The type of a cast. `{} as Record<Status, number>` says that all is there before it is: what is written into
    it later may be less."""
    if not isinstance(declared, RecordOf):
        return declared
    names = declared.names()
    if names is None or isinstance(value, RecordOf):
        return declared
    if all(members.own_member(ev, value, name) is not None for name in names):
        return declared
    return RecordOf(declared.key, one_of([declared.value, UNDEFINED]))


_TYPES: dict[type, Callable[[Evaluator, Module, Any, Env], Value]] = {
    ir.TypeKeyword: _keyword,
    ir.TypeLiteral: _literal,
    ir.TypeArray: _array,
    ir.TypeTuple: _tuple,
    ir.TypeUnion: _union,
    ir.TypeIntersection: _intersection,
    ir.TypeObject: _object,
    ir.TypeFunction: _function,
    ir.TypeQuery: _query,
    ir.TypeIndexed: _indexed,
    ir.TypeKeys: _keys,
    ir.TypeMapped: _mapped,
    ir.TypeName: _name,
}
