"""Instances of the project's classes: fields, methods, and what the constructor stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation import typeexpr, written
from convexlint.program.evaluation.values import NOTHING, UNKNOWN, ClassOf, Closure, Instance, Value, one_of

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator


def type_env(instance: Instance) -> dict[str, Value]:
    """The class's type parameters by name."""
    params = instance.module.facts.classes[instance.index].type_params
    return {p.name: v for p, v in zip(params, instance.types, strict=False)}


def superclass(ev: Evaluator, instance: Instance) -> Instance | None:
    klass = instance.module.facts.classes[instance.index]
    if klass.superclass is None:
        return None
    base = ev.expr(instance.module, klass.superclass)
    if not isinstance(base, ClassOf):
        return None
    env = type_env(instance)
    return Instance(
        base.module,
        base.index,
        tuple(typeexpr.type_value(ev, instance.module, t, env) for t in klass.super_args),
    )


def instance_member(ev: Evaluator, instance: Instance, name: str, depth: int = 0) -> Value:
    """`this.name` / `object.name`: a method, a declared field, a parameter property, or what some method of
    the class assigns to `this.name`."""
    module = instance.module
    klass = module.facts.classes[instance.index]
    for member in klass.members:
        if member.name == name and not member.static and member.kind != "constructor":
            if member.kind == "method":
                return Closure(module, member.function, instance)
            if member.kind == "getter":
                return ev.call_closure(Closure(module, member.function, instance))
            if member.kind == "field":
                if member.annotation is not None:
                    value = typeexpr.type_value(ev, module, member.annotation, type_env(instance))
                    if value is not UNKNOWN:
                        return written.behind(ev, module, value, member.init)
                if member.init is not None:
                    start = ev.expr(module, member.init)
                    return one_of([*(v for v in (start,) if v not in NOTHING), *_stored(ev, instance, name)])
    for member in klass.members:
        if member.kind == "constructor" and member.function >= 0:
            function = module.facts.functions[member.function]
            for position, param in enumerate(function.params):
                pattern = param.pattern
                if param.property and isinstance(pattern, ir.BindName) and pattern.name == name:
                    return ev.param_value(module, member.function, position, None)
    stored = _stored(ev, instance, name)
    if stored:
        return one_of(stored)
    base = superclass(ev, instance) if depth < 8 else None
    return UNKNOWN if base is None else instance_member(ev, base, name, depth + 1)


def _stored(ev: Evaluator, instance: Instance, name: str) -> list[Value]:
    """What the methods of the class assign to `this.name`."""
    module = instance.module
    stored = ev.world.index(module).this_fields.get((instance.index, name), ())
    return [ev.expr(module, expr) for expr in stored]
