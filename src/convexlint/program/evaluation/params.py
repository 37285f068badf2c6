"""What a parameter holds: by its annotation, by the builder that registers the function, by the call it is a
callback of, by its callers, or, for a ctx typed `any`, by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation import typeexpr
from convexlint.program.evaluation.members import CTX_NAMES, CTX_PARTS
from convexlint.program.evaluation.values import (
    UNKNOWN,
    CtxOf,
    Frame,
    FunctionType,
    Instance,
    ListOf,
    Part,
    Value,
    one_of,
)
from convexlint.program.modules.index import outward

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

_CTX_WORDS = frozenset({"ctx", "_ctx"})
_DB_WORDS = frozenset({"db", "_db", "innerDb"})


def param_value(ev: Evaluator, module: Module, index: int, position: int, frame: Frame | None) -> Value:
    """The value of parameter `position` of facts function `index`."""
    function = module.facts.functions[index]
    param = function.params[position]
    if frame is not None and frame.module is module and frame.index == index:
        given = _frame_arg(frame, param, position)
        if given is not UNKNOWN:
            return given
    key = ("param", module.path, index, position)
    return _whoever_calls(ev, module, key, param)


def _whoever_calls(ev: Evaluator, module: Module, key: tuple[str, str, int, int], param: ir.Param) -> Value:
    _, _, index, position = key
    found: Value = ev.guarded(key, ev.memo, lambda: _value(ev, module, index, position, param))
    return found


def _frame_arg(frame: Frame, param: ir.Param, position: int) -> Value:
    if param.rest:
        return ListOf(one_of(frame.args[position:])) if len(frame.args) > position else UNKNOWN
    return frame.args[position] if position < len(frame.args) else UNKNOWN


def _value(ev: Evaluator, module: Module, index: int, position: int, param: ir.Param) -> Value:
    ev.registry.lend(module)
    registered = ev.param_values.get((module.path, index))
    if registered is not None and position < len(registered) and registered[position] is not UNKNOWN:
        if isinstance(registered[position], CtxOf):
            return registered[position]
        return one_of([registered[position], *_passed(ev, module, index, position)])
    context = contextual(ev, module, index)
    if position < len(context) and type(context[position]) is CtxOf:
        return context[position]  # what the builder hands over knows more than `ctx: QueryCtx`
    if param.annotation is not None:
        declared = typeexpr.type_value(ev, module, param.annotation, ev.type_env(module, index, None))
        if declared is not UNKNOWN and not (isinstance(declared, ListOf) and declared.element is UNKNOWN):
            return declared
    if position < len(context) and context[position] is not UNKNOWN:
        return context[position]
    if _untyped(param.annotation) or _is_own_name(param.annotation):
        called = from_callers(ev, module, index, position)
        if called is not UNKNOWN:
            return called
        return by_name(param)
    return by_name(param)


def _untyped(annotation: ir.Type | None) -> bool:
    return annotation is None or (
        isinstance(annotation, ir.TypeKeyword) and annotation.name in ("any", "unknown", "object")
    )


def _is_own_name(annotation: ir.Type | None) -> bool:
    """A name that could not be followed: some alias for any kind of ctx."""
    return isinstance(annotation, ir.TypeName)


def by_name(param: ir.Param) -> Value:
    """A ctx or db that is typed `any`, or not at all: known by its name alone, so never `certain`."""
    pattern = param.pattern
    annotation = param.annotation
    if not (
        annotation is None
        or isinstance(annotation, (ir.TypeKeyword, ir.TypeName, ir.TypeUnion, ir.TypeOther))
    ):
        return UNKNOWN
    if isinstance(annotation, ir.TypeKeyword) and annotation.name not in ("any", "unknown", "object"):
        return UNKNOWN
    if isinstance(pattern, ir.BindName):
        if pattern.name in _CTX_WORDS:
            return CtxOf("any")
        if pattern.name in _DB_WORDS and _untyped(annotation):
            return Part("db", certain=False)
    elif isinstance(pattern, ir.ObjectPattern):
        keys = {f.key for f in pattern.fields}
        if keys & CTX_PARTS and keys <= CTX_NAMES | {"user", "identity"}:
            return CtxOf("any")
    return UNKNOWN


def contextual(ev: Evaluator, module: Module, index: int) -> tuple[Value, ...]:
    """Values of the parameters of an inline function, from the expression it stands in."""
    place = ev.world.index(module)
    node: ir.Node | None = place.lambdas.get(index)
    if node is None:
        return ()
    node, parent = outward(place, node)
    if isinstance(parent, (ir.Call, ir.New)):
        for position, arg in enumerate(parent.args):
            if arg is node:
                return ev.callback_params(module, parent, position)
        return ()
    if isinstance(parent, ir.Prop) and parent.key is not None:
        return ev.property_params(module, parent)
    if isinstance(parent, ir.Declare) and parent.annotation is not None:
        declared = typeexpr.type_value(ev, module, parent.annotation, {})
        if isinstance(declared, FunctionType):
            return function_type_params(ev, declared)
    return ()


def function_type_params(ev: Evaluator, value: FunctionType) -> tuple[Value, ...]:
    return tuple(typeexpr.type_value(ev, value.module, p.annotation, value.env) for p in value.type.params)


def from_callers(ev: Evaluator, module: Module, index: int, position: int) -> Value:
    """What all known calls pass. A ctx may be taken from some of them; anything else only if none is
    missed."""
    calls = ev.callers.of(module, index)
    if not calls:
        return UNKNOWN
    values = _passed(ev, module, index, position)
    contexts = [v for v in values if isinstance(v, (CtxOf, Part, Instance))]
    whole = [v for v in contexts if isinstance(v, CtxOf)]
    if whole and len(whole) == len(contexts):
        known = [v for v in whole if v.kind != "any"]
        if len({v.kind for v in whole}) > 1 and known:
            return known[0] if len({v.kind for v in known}) == 1 else CtxOf("any", known[0].extras)
        return whole[0]
    if contexts and all(isinstance(v, Part) for v in contexts):
        return contexts[0]
    if ev.callers.escapes(module, index):
        return UNKNOWN
    return one_of(values)


def _passed(ev: Evaluator, module: Module, index: int, position: int) -> list[Value]:
    """What each known call of a function passes as argument `position`."""
    values: list[Value] = []
    for caller, call in ev.callers.of(module, index):
        if any(isinstance(a, ir.Spread) for a in call.args[: position + 1]):
            values.append(UNKNOWN)
        elif position < len(call.args):
            values.append(ev.expr(caller, call.args[position]))
    return values
