"""Functions of the project that register: `authedQuery({ args, handler })` written by hand around `query`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation import builder_calls, params, typeexpr
from convexlint.program.evaluation.values import (
    UNKNOWN,
    BuilderOf,
    Closure,
    Frame,
    FunctionType,
    RegisteredOf,
    Value,
    present,
)
from convexlint.program.model import Declaration, FunctionRef, Module, RegisteredFunction
from convexlint.program.modules.nodes import bare, callee_name

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator


def register_through(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, inner: RegisteredOf, frame: Frame | None
) -> Value:
    """`authedQuery({...})` where `authedQuery` is a function of the project that registers: the outer call is
    the registration, the inner one says kind and visibility."""
    made = inner.function
    if not node.args:
        return inner
    known = ev.registered.get(id(node)) if frame is None else None
    if known is not None:
        return RegisteredOf(known)
    builder = BuilderOf(made.kind, made.visibility, True, made.customizations, made.authenticated)
    position = 0
    for number, arg in enumerate(node.args):
        if type(bare(arg)) in (ir.Object, ir.Lambda):
            position = number
            break
    shifted = ir.Call(node.start, node.size, node.callee, node.args[position:], node.args_size, False, ())
    result = builder_calls.register(ev, module, shifted, builder, frame)
    assert isinstance(result, RegisteredOf)
    outer = result.function
    name, span = callee_name(node.callee)
    owner = ev.world.index(module).owner(node)
    export = builder_calls.export_name(ev, module, node) if owner == 0 else ""
    args = outer.args if outer.args.state != "missing" else Declaration("unknown", None, True, None)
    returns = outer.returns if outer.returns.state != "missing" else Declaration("unknown", None, True, None)
    function = RegisteredFunction(
        module=module,
        export=export,
        path=builder_calls.function_path(module, export),
        kind=made.kind,
        visibility=made.visibility,
        syntax=outer.syntax,
        builder=name,
        builder_span=span,
        call_span=Span(node.start, node.end),
        custom=True,
        authenticated=made.authenticated,
        args=args,
        returns=returns,
        handler=outer.handler,
        owner_function=owner,
        config=outer.config,
        customizations=made.customizations if made.handler is not None else (*made.customizations, UNKNOWN),
        wrapper=made.handler,
    )
    if frame is None:
        ev.registered[id(node)] = function
        target = present(ev.expr(module, node.callee))
        if function.handler is not None and isinstance(target, Closure):
            key = (function.handler.module.path, function.handler.index)
            if not hands_on(ev, target, made.handler):
                ev.param_values[key] = ev.param_values.get(key, ())[:1]
        ev.registered.pop(id(shifted), None)
    return RegisteredOf(function)


def property_params(
    ev: Evaluator,
    module: Module,
    call: ir.Call | ir.New,
    target: Closure,
    position: int,
    config: ir.Object,
    prop: ir.Prop,
) -> tuple[Value, ...]:
    """A config object given to a function of the project: one that registers, or one with a declared type."""
    function = target.module.facts.functions[target.index]
    if prop.key == "handler":
        made = ev.return_value(target)
        if isinstance(made, RegisteredOf):
            inner = made.function
            builder = BuilderOf(inner.kind, inner.visibility, True, inner.customizations)
            ctx, *args = builder_calls.handler_values(ev, builder, module, config)
            return (ctx, *args) if hands_on(ev, target, inner.handler) else (ctx,)
    if 0 <= position < len(function.params) and prop.key is not None:
        annotation = function.params[position].annotation
        declared = typeexpr.type_value(
            ev, target.module, annotation, ev.type_env(target.module, target.index, None)
        )
        found = present(ev.member(declared, prop.key))
        if isinstance(found, FunctionType):
            return params.function_type_params(ev, found)
    return ()


def hands_on(ev: Evaluator, wrapper: Closure, registered: FunctionRef | None) -> bool:
    """Whether what a wrapper registers passes its own args on to the handler that it was given: as they are, or
    spread into an object that adds to them. True too where it hands the handler itself to the builder."""
    if registered is None or registered.module is not wrapper.module:
        return True
    index = ev.world.index(wrapper.module)
    for site in index.calls:
        if len(site.expr.args) > 1 and _is_given(ev, wrapper, site.expr.callee):
            args = bare(site.expr.args[1])
            if isinstance(args, ir.Object) and args.props and args.props[0].kind == "spread":
                args = bare(args.props[0].value)
            if not _is_args(ev, registered, args):
                return False
    return True


def _is_given(ev: Evaluator, wrapper: Closure, callee: ir.Expr) -> bool:
    """`config.handler` or a destructured `handler` among the wrapper's own parameters."""
    callee = bare(callee)
    handler = False
    if isinstance(callee, ir.Member):
        handler, callee = callee.name == "handler", bare(callee.object)
    if not isinstance(callee, ir.Name):
        return False
    definition = ev.world.index(wrapper.module).definitions.get(callee.ref)
    if definition is None or definition.kind != "param" or definition.index != wrapper.index:
        return False
    return handler or definition.path in ((("key", "handler"),), ())


def _is_args(ev: Evaluator, registered: FunctionRef, node: ir.Expr) -> bool:
    if not isinstance(node, ir.Name):
        return False
    definition = ev.world.index(registered.module).definitions.get(node.ref)
    own = definition is not None and definition.kind == "param" and definition.index == registered.index
    return own and definition is not None and definition.position == 1 and definition.path == ()
