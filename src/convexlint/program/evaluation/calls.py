"""What calls give: the project's functions, built-in methods, globals; and what callbacks receive."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from convexlint.facts import ir
from convexlint.program.evaluation import (
    builtins,
    classes,
    elements,
    known,
    methods,
    type_parameters,
    typeexpr,
    written,
)
from convexlint.program.evaluation.values import (
    NUMBER,
    UNKNOWN,
    Bound,
    BuilderOf,
    ClassOf,
    Closure,
    DocOf,
    External,
    ExternalResult,
    Fields,
    Frame,
    FunctionType,
    Global,
    Instance,
    ListOf,
    ObjectLiteral,
    OneOf,
    PromiseOf,
    RegisteredOf,
    Value,
    is_vague,
    mixes_tables,
    one_of,
    present,
)
from convexlint.program.evaluation.values import members as union_members

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

MAX_FRAME_DEPTH = 3
MAX_FRAMES = 16
"""Calls that are evaluated with their own arguments, below one that is."""


def call(ev: Evaluator, module: Module, node: ir.Call | ir.New, frame: Frame | None) -> Value:
    callee = node.callee
    if isinstance(callee, ir.Name) and callee.ref < 0 and callee.name == "require":
        return _module(ev, module, node)
    if isinstance(callee, ir.Atom):
        if callee.kind == "import":
            return PromiseOf(_module(ev, module, node))
        return UNKNOWN
    target = ev.expr(module, callee, frame)
    if isinstance(target, OneOf):
        return one_of(_apply(ev, module, node, t, frame) for t in union_members(present(target)))
    return _apply(ev, module, node, target, frame)


def _module(ev: Evaluator, module: Module, node: ir.Call | ir.New) -> Value:
    if node.args and type(node.args[0]) is ir.Text:
        return ev.imported(module, node.args[0].value, "*")
    return UNKNOWN


def _apply(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: Value, frame: Frame | None
) -> Value:
    handler = _CALLS.get(type(target))
    return UNKNOWN if handler is None else handler(ev, module, node, target, frame)


def _closure(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: Closure, frame: Frame | None
) -> Value:
    named = ev.named_builder(module, node.callee)
    if named is not None:
        return ev.register(module, node, named, frame)
    result = invoke(ev, target, lambda: _args(ev, module, node, frame), node.type_args, module, frame)
    if isinstance(result, RegisteredOf):
        return ev.register_through(module, node, result, frame)
    return result


def _args(ev: Evaluator, module: Module, node: ir.Call | ir.New, frame: Frame | None) -> tuple[Value, ...]:
    values: list[Value] = []
    for arg in node.args:
        if isinstance(arg, ir.Spread):
            break
        values.append(ev.expr(module, arg, frame))
    return tuple(values)


def invoke(
    ev: Evaluator,
    target: Closure,
    args: Callable[[], tuple[Value, ...]],
    type_args: tuple[ir.Type, ...] = (),
    site: Module | None = None,
    frame: Frame | None = None,
) -> Value:
    """The result of calling a function of the project: its declared type, else what its body returns, with
    the call's own arguments where the body alone does not tell."""
    function = target.module.facts.functions[target.index]
    env: dict[str, Value] = {}
    given: tuple[Value, ...] | None = None
    if function.type_params:
        given = args()
        env = _infer(ev, target, function, given, type_args, site)
    if isinstance(target.this, Instance):
        env = {**classes.type_env(target.this), **env}
    if function.result is not None:
        outer = ev.type_env(target.module, function.parent, target.frame)
        declared = typeexpr.type_value(ev, target.module, function.result, {**outer, **env})
        if isinstance(declared, Closure) or written.function_type(declared) is not None:
            # `function guarded<T>(handler: T): T`, `(handler: H): ((ctx: Ctx) => Promise<R>)`: the body says which.
            made = _made(ev, target, args, given, env, frame)
            return made if isinstance(made, Closure) else declared
        if not is_vague(declared):
            return declared
    return _made(ev, target, args, given, env, frame)


def _made(
    ev: Evaluator,
    target: Closure,
    args: Callable[[], tuple[Value, ...]],
    given: tuple[Value, ...] | None,
    env: dict[str, Value],
    frame: Frame | None,
) -> Value:
    """What the body of a function gives as it is called."""
    function = target.module.facts.functions[target.index]
    base = ev.return_value(target)
    if ev.is_hopeless(("return", target.module.path, target.index)):
        return base  # what it is called with changes nothing that could be told here
    if not function.params or not (
        is_vague(base) or _leans_on_params(base) or mixes_tables(base) or _may_hold_more(function, base)
    ):
        return base
    depth = 1 + (frame.depth if frame is not None else 0)
    if depth > MAX_FRAME_DEPTH or (frame is not None and ev.frames >= MAX_FRAMES):
        return base
    if given is None:
        given = args()
    if all(is_vague(a) for a in given) and not env:
        return base
    inner = Frame(target.module, target.index, given, env, depth)
    found = _in_frame(ev, target, inner)
    return base if is_vague(found) else found


def _in_frame(ev: Evaluator, target: Closure, frame: Frame) -> Value:
    """What the body gives as called there. The calls below the outermost one are counted, each time anew."""
    if frame.depth > 1:
        ev.frames += 1
        return ev.body_value(target, frame)
    outer = ev.frames
    ev.frames = 0
    try:
        return ev.body_value(target, frame)
    finally:
        ev.frames = outer


def _infer(
    ev: Evaluator,
    target: Closure,
    function: ir.Function,
    given: tuple[Value, ...],
    type_args: tuple[ir.Type, ...],
    site: Module | None,
) -> dict[str, Value]:
    env: dict[str, Value] = {}
    names = frozenset(p.name for p in function.type_params)
    if type_args and site is not None:
        for param, arg in zip(function.type_params, type_args, strict=False):
            env[param.name] = typeexpr.type_value(ev, site, arg, {})
    else:
        for param_, value in zip(function.params, given, strict=False):
            type_parameters.unify(ev, target.module, param_.annotation, value, names, env)
    for name in names:
        env.setdefault(name, UNKNOWN)
    return env


def _leans_on_params(value: Value) -> bool:
    """An object literal (or registration) made in the body may hold what the arguments hold."""
    if isinstance(value, PromiseOf):
        return _leans_on_params(value.value)
    if isinstance(value, ListOf):
        return _leans_on_params(value.element)
    if isinstance(value, OneOf):
        return any(_leans_on_params(m) for m in value.members)
    return isinstance(value, (ObjectLiteral, BuilderOf, Closure, ExternalResult))


def _may_hold_more(function: ir.Function, value: Value) -> bool:
    """Whether a bound such as `T extends { _id: string }` is all that tells of an object that the body gives."""
    if not any(param.constraint is not None for param in function.type_params):
        return False
    if isinstance(value, PromiseOf):
        return _may_hold_more(function, value.value)
    if isinstance(value, ListOf):
        return _may_hold_more(function, value.element)
    return any(isinstance(member, (DocOf, Fields)) for member in union_members(value))


# ---------------------------------------------------------------------------------------- other callees


def _bound(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: Bound, frame: Frame | None
) -> Value:
    return methods.call(ev, module, node, target, frame)


def _builder(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: BuilderOf, frame: Frame | None
) -> Value:
    return ev.register(module, node, target, frame)


def _external(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    named = ev.named_builder(module, node.callee)
    if named is not None:
        return ev.register(module, node, named, frame)
    return known.call(ev, module, node, target, frame)


def _external_result(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: ExternalResult, frame: Frame | None
) -> Value:
    return known.method(ev, module, node, target, frame)


def _class(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: ClassOf, frame: Frame | None
) -> Value:
    klass = target.module.facts.classes[target.index]
    types: tuple[Value, ...] = ()
    if node.type_args:
        types = tuple(typeexpr.type_value(ev, module, t, {}) for t in node.type_args)
    elif klass.type_params:
        env: dict[str, Value] = {}
        names = frozenset(p.name for p in klass.type_params)
        for member in klass.members:
            if member.kind == "constructor" and member.function >= 0:
                params = target.module.facts.functions[member.function].params
                for param, value in zip(params, _args(ev, module, node, frame), strict=False):
                    type_parameters.unify(ev, target.module, param.annotation, value, names, env)
        types = tuple(env.get(p.name, UNKNOWN) for p in klass.type_params)
    return Instance(target.module, target.index, types)


def _function_type(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: FunctionType, frame: Frame | None
) -> Value:
    return typeexpr.type_value(ev, target.module, target.type.result, target.env)


def _registered(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: RegisteredOf, frame: Frame | None
) -> Value:
    handler = target.function.handler
    if handler is None:
        return UNKNOWN
    return ev.return_value(Closure(handler.module, handler.index))


def _global(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: Global, frame: Frame | None
) -> Value:
    return builtins.call(ev, module, node, target, frame)


_CALLS: dict[type, Callable[[Evaluator, Module, ir.Call | ir.New, Any, Frame | None], Value]] = {
    Closure: _closure,
    Bound: _bound,
    BuilderOf: _builder,
    External: _external,
    ExternalResult: _external_result,
    ClassOf: _class,
    FunctionType: _function_type,
    Global: _global,
    RegisteredOf: _registered,
}

# ------------------------------------------------------------------------------------------- callbacks


_OVER_ELEMENTS = frozenset({"Array.from", "Object.groupBy", "Map.groupBy"})


def callback_params(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, position: int
) -> tuple[Value, ...]:
    """What the function given as argument `position` of a call will receive."""
    if isinstance(node.callee, ir.Atom):
        return ()
    target = present(ev.expr(module, node.callee))
    if isinstance(target, Bound):
        return methods.callback_params(ev, module, node, target, position)
    if isinstance(target, BuilderOf):
        return ev.handler_values(target, module, None) if position == 0 else ()
    if isinstance(target, External):
        return known.callback_params(ev, module, node, target, position)
    if isinstance(target, ExternalResult):
        return known.method_callback_params(ev, module, node, target, position)
    if isinstance(target, FunctionType):
        target_params = target.type.params
        if position < len(target_params):
            declared = typeexpr.type_value(ev, target.module, target_params[position].annotation, target.env)
            return _from_function_type(ev, declared)
        return ()
    if isinstance(target, Closure):
        params = target.module.facts.functions[target.index].params
        if position < len(params):
            function = target.module.facts.functions[target.index]
            env = ev.type_env(target.module, target.index, target.frame)
            if function.type_params:
                others = tuple(UNKNOWN if isinstance(a, ir.Lambda) else ev.expr(module, a) for a in node.args)
                env = {**env, **_infer(ev, target, function, others, node.type_args, module)}
            declared = typeexpr.type_value(ev, target.module, params[position].annotation, env)
            found = _from_function_type(ev, declared)
            return found or ev.called_with(target, position)
        return ()
    if isinstance(target, Global) and target.name in _OVER_ELEMENTS and position == 1:
        return (elements.element(ev, ev.expr(module, node.args[0])), NUMBER)
    return ()


def _from_function_type(ev: Evaluator, value: Value) -> tuple[Value, ...]:
    value = present(value)
    if isinstance(value, FunctionType):
        return tuple(
            typeexpr.type_value(ev, value.module, p.annotation, value.env) for p in value.type.params
        )
    return ()
