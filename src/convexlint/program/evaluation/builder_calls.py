"""Registrations: which call makes which Convex function, and what its handler is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation import known, members, validate, wrappers
from convexlint.program.evaluation.documents import validator_value
from convexlint.program.evaluation.values import (
    UNDEFINED,
    UNKNOWN,
    BuilderOf,
    Closure,
    CtxOf,
    External,
    ExternalResult,
    Fields,
    Frame,
    Merged,
    ObjectLiteral,
    RegisteredOf,
    Value,
    present,
    unwrap,
)
from convexlint.program.model import (
    Declaration,
    DeclarationState,
    FunctionRef,
    FunctionSyntax,
    Module,
    RegisteredFunction,
)
from convexlint.program.modules.index import outward
from convexlint.program.modules.nodes import bare, callee_name
from convexlint.program.validators import ObjectValidator, Validator

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_MISSING = Declaration("missing", None, False, None)


# `const a = query(...), b = a, c = b`: how many names a function is followed through to its export.
_MAX_NAMES = 3


def named_builder(ev: Evaluator, callee: ir.Expr) -> BuilderOf | None:
    """A builder that the config names (`[builders]`), where inference cannot see through it."""
    if not ev.world.builders:
        return None
    setting = ev.world.builders.get(callee_name(callee)[0])
    if setting is None:
        return None
    return BuilderOf(setting.kind, setting.visibility, True, (), setting.authenticated)


def export_name(ev: Evaluator, module: Module, node: ir.Node, depth: int = 0) -> str:
    """The name under which the value of `node` is exported from its module, "" if it is not."""
    index = ev.world.index(module)
    parent = index.parent(node)
    while isinstance(parent, ir.Cast) or _chooses(parent, node):
        node, parent = parent, index.parent(parent)
    if isinstance(parent, ir.ExportDefault):
        return "default"
    if not isinstance(parent, ir.Declare) or not isinstance(parent.pattern, ir.BindName):
        return ""
    binding = parent.pattern.ref
    for export in index.exported.get(binding, ()):
        if export.kind == "local":
            return export.name
    if parent.keyword != "const" or depth == _MAX_NAMES:
        return ""
    # `const f = query(...); export default f`, or `export const g = f`.
    uses = (use for use in index.uses.get(binding, ()) if index.owner(use) == 0)
    return next((name for use in uses if (name := export_name(ev, module, use, depth + 1))), "")


def _chooses(parent: object, node: ir.Node) -> bool:
    """Whether `parent` may give the value of `node` on: `dev ? node : other`, `other ?? node`."""
    if isinstance(parent, ir.Conditional):
        return node is not parent.test
    return isinstance(parent, ir.Binary) and (parent.op in ("??", "||") or node is parent.right)


def function_path(module: Module, export: str) -> str | None:
    return None if not export or module.name.startswith("/") else f"{module.name}:{export}"


def register(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, builder: BuilderOf, frame: Frame | None
) -> Value:
    """The function that `builder(...)` registers."""
    known = ev.registered.get(id(node)) if frame is None else None
    if known is not None:
        return RegisteredOf(known)
    owner = ev.world.index(module).owner(node)
    config_node = bare(node.args[0]) if node.args else None
    config: ir.Object | None = None
    syntax: FunctionSyntax = "config"
    args = returns = _MISSING
    handler: Value = UNKNOWN
    if config_node is not None:
        value = present(ev.expr(module, config_node, frame))
        if isinstance(config_node, ir.Object):
            config, syntax = config_node, "object"
        if isinstance(value, Closure):
            syntax, handler = "bare", value
        elif isinstance(value, (ObjectLiteral, Merged, Fields)):
            args = declaration(ev, module, config, value, "args", frame)
            returns = declaration(ev, module, config, value, "returns", frame)
            handler = present(ev.member(value, "handler"))
        else:
            args = returns = Declaration("unknown", None, True, None)
    name, span = callee_name(node.callee)
    export = export_name(ev, module, node) if owner == 0 else ""
    function = RegisteredFunction(
        module=module,
        export=export,
        path=function_path(module, export),
        kind=builder.kind,
        visibility=builder.visibility,
        syntax=syntax,
        builder=name,
        builder_span=span,
        call_span=Span(node.start, node.end),
        custom=builder.custom,
        authenticated=builder.authenticated,
        args=args,
        returns=returns,
        handler=FunctionRef(handler.module, handler.index) if isinstance(handler, Closure) else None,
        owner_function=owner,
        config=config,
        customizations=builder.customizations,
    )
    if frame is None:
        ev.registered[id(node)] = function
        if function.handler is not None and not _is_inline(ev, function.handler, module, node):
            key = (function.handler.module.path, function.handler.index)
            ev.add_params(key, handler_values(ev, builder, module, config_node))
    return RegisteredOf(function)


def _is_inline(ev: Evaluator, handler: FunctionRef, module: Module, node: ir.Node) -> bool:
    if handler.module is not module:
        return False
    inner = module.facts.functions[handler.index]
    return node.start <= inner.start and inner.end <= node.end


def declaration(
    ev: Evaluator, module: Module, config: ir.Object | None, value: Value, key: str, frame: Frame | None
) -> Declaration:
    """The `args` or `returns` of a config object: written there, through a spread, or through a variable."""
    if config is not None:
        for prop in reversed(config.props):
            if prop.key == key:
                inner = ev.expr(module, prop.value, frame)
                validator = validate.as_validator(ev, inner)
                state: DeclarationState = "missing" if inner == UNDEFINED else "declared"
                return Declaration(state, validator, False, Span(prop.value.start, prop.value.end))
            if prop.kind == "spread":
                found = _from_spread(ev, ev.expr(module, prop.value, frame), key)
                if found is not None:
                    return found
            elif prop.key is None:
                return Declaration("unknown", None, True, None)
        return _MISSING
    found = _from_spread(ev, value, key)
    return _MISSING if found is None else found


def _from_spread(ev: Evaluator, spread: Value, key: str) -> Declaration | None:
    """What a spread object says about `key`: None when it surely lacks it."""
    found = members.own_member(ev, spread, key)
    if found is not None:
        validator = validate.as_validator(ev, found)
        return Declaration("declared", validator, True, None)
    if members.is_closed(ev, spread):
        return None
    return Declaration("unknown", None, True, None)


# -------------------------------------------------------------------------------------- handler parameters


def customization_result(ev: Evaluator, customization: Value) -> tuple[Value, Value, Validator | None]:
    """What a customization adds: (to ctx, to args, validator of the args it consumes)."""
    value = present(customization)
    if isinstance(value, ExternalResult) and value.source.path[-1:] == ("customCtx",) and value.args:
        return _awaited(ev, ev.expr(value.module, value.args[0], value.frame)), UNKNOWN, None
    if isinstance(value, External):
        return UNKNOWN, UNKNOWN, None
    if isinstance(value, ExternalResult) and value.source.path[-1:] == ("customCtxAndArgs",) and value.args:
        value = ev.expr(value.module, value.args[0], value.frame)
    made = _awaited(ev, ev.member(value, "input"))
    declared = ev.member(value, "args")
    validator = validate.as_validator(ev, declared) if declared is not UNKNOWN else None
    return ev.member(made, "ctx"), ev.member(made, "args"), validator


def consumed_args(ev: Evaluator, customization: Value) -> ObjectValidator | None:
    """The arguments that a customization takes besides those of each function; None where they are not known."""
    value = present(customization)
    named = value.path[-1:] if isinstance(value, External) else ()
    if isinstance(value, ExternalResult):
        named = value.source.path[-1:]
    if named in (("customCtx",), ("NoOp",)):
        return ObjectValidator({}, True)
    if isinstance(value, ExternalResult):
        if named != ("customCtxAndArgs",) or not value.args:
            return None
        value = ev.expr(value.module, value.args[0], value.frame)
    declared = members.own_member(ev, value, "args")
    if declared is None:
        return ObjectValidator({}, True) if members.is_closed(ev, value) else None
    found = validate.as_validator(ev, declared)
    return found if isinstance(found, ObjectValidator) and found.complete else None


def customization_input(ev: Evaluator, customization: Value) -> Closure | None:
    """The function that a customization runs before each handler."""
    value = present(customization)
    if isinstance(value, ExternalResult) and value.args:
        inner = present(ev.expr(value.module, value.args[0], value.frame))
        if isinstance(inner, Closure):
            return inner
        value = inner
    found = present(ev.member(value, "input"))
    return found if isinstance(found, Closure) else None


def _awaited(ev: Evaluator, value: Value) -> Value:
    value = present(value)
    return unwrap(ev.return_value(value)) if isinstance(value, Closure) else UNKNOWN


def handler_values(
    ev: Evaluator, builder: BuilderOf, module: Module, config: ir.Expr | None
) -> tuple[Value, ...]:
    """(ctx, args) of a handler built by `builder` with the given config."""
    extras: list[Value] = []
    given: list[Value] = []
    for customization in builder.customizations:
        ctx, args, _ = customization_result(ev, customization)
        if ctx is not UNKNOWN:
            extras.append(ctx)
        if args is not UNKNOWN:
            given.append(args)
    ctx_value = CtxOf(builder.kind, tuple(extras))
    if config is None or builder.kind == "httpAction":
        return (ctx_value,)
    literal = present(ev.expr(module, config))
    if isinstance(literal, Closure):
        return (ctx_value,)
    declared = ev.member(literal, "args")
    validator = validate.as_validator(ev, declared) if declared is not UNKNOWN else None
    own = UNKNOWN if validator is None else validator_value(validator)
    if given:
        return ctx_value, Merged((own, *given)) if own is not UNKNOWN else Merged(tuple(given))
    return ctx_value, own


def property_params(ev: Evaluator, module: Module, prop: ir.Prop) -> tuple[Value, ...]:
    """What a function written as a property of a config object receives."""
    index = ev.world.index(module)
    config = index.parent(prop)
    node: ir.Node = config
    node, parent = outward(index, node)
    if not isinstance(parent, (ir.Call, ir.New)) or not isinstance(config, ir.Object):
        return ()
    position = next((n for n, a in enumerate(parent.args) if a is node), -1)
    target = present(ev.expr(module, parent.callee)) if not isinstance(parent.callee, ir.Atom) else UNKNOWN
    named = named_builder(ev, parent.callee)
    if named is not None:
        target = named
    if isinstance(target, BuilderOf) and prop.key == "handler":
        return handler_values(ev, target, module, config)
    if isinstance(target, External) and prop.key == "input" and position == 1:
        builder = present(ev.expr(module, parent.args[0]))
        if isinstance(builder, BuilderOf):
            declared = ev.member(ObjectLiteral(module, config, None), "args")
            validator = validate.as_validator(ev, declared) if declared is not UNKNOWN else None
            own = UNKNOWN if validator is None else validator_value(validator)
            return handler_values(ev, builder, module, None)[0], own
    if isinstance(target, ExternalResult) and prop.key is not None:
        return known.property_params(ev, module, target, prop.key, config)
    if isinstance(target, Closure):
        return wrappers.property_params(ev, module, parent, target, position, config, prop)
    return ()


# --------------------------------------------------------------------------------------------- references
