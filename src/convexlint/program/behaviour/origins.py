"""Where a value comes from: which argument of the client's it is, or a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convexlint.facts import ir
from convexlint.program.evaluation.registration import bare
from convexlint.program.model import Module, RegisteredFunction
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.program.validators import ObjectValidator, Validator
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

MAX_HOPS = 6  # helpers between the function that takes the argument and the place that is asked for


class Origin(Struct, frozen=True, eq=False):
    """The part `path` of the arguments of `function`: ("update",) for `args.update`, () for all of them.

    `rest`: some keys were taken out of it first (`const { id, ...update } = args`)."""

    function: RegisteredFunction
    path: tuple[str, ...]
    rest: bool = False

    @property
    def text(self) -> str:
        return ".".join(("args", *self.path))


class Origins:
    """Follows names, members, destructuring and calls of helpers back to the arguments of registered functions."""

    def __init__(self, ev: Evaluator, functions: tuple[RegisteredFunction, ...]) -> None:
        self.ev = ev
        self._handlers: dict[tuple[str, int], RegisteredFunction] = {}
        for function in functions:
            if function.handler is not None:
                key = (function.handler.module.path, function.handler.index)
                self._handlers.setdefault(key, function)

    def of(self, module: Module, node: ir.Expr, hops: int = 0) -> tuple[Origin, ...]:
        """All arguments that `node` may be; empty where it is something else, or not known."""
        node = bare(node)
        if isinstance(node, ir.Member):
            return tuple(_inner(o, node.name) for o in self.of(module, node.object, hops))
        if isinstance(node, ir.Name) and node.ref >= 0:
            return self._binding(module, node.ref, hops)
        if isinstance(node, ir.Object) and len(node.props) == 1 and node.props[0].kind == "spread":
            return self.of(module, node.props[0].value, hops)
        return ()

    def _binding(self, module: Module, binding: int, hops: int) -> tuple[Origin, ...]:
        definition = self.ev.world.index(module).definitions.get(binding)
        if definition is None or module.facts.bindings[binding].assigned or hops > MAX_HOPS:
            return ()
        if definition.kind == "var" and definition.expr is not None:
            found = self.of(module, definition.expr, hops + 1)
        elif definition.kind == "param":
            found = self._param(module, definition.index, definition.position, hops)
        else:
            return ()
        return tuple(o for o in (_along(origin, definition.path) for origin in found) if o is not None)

    def _param(self, module: Module, index: int, position: int, hops: int) -> tuple[Origin, ...]:
        function = self._handlers.get((module.path, index))
        if function is not None:
            return (Origin(function, ()),) if position == 1 else ()
        found: list[Origin] = []
        for caller, call in self.ev.callers.of(module, index):
            if position < len(call.args) and not any(isinstance(a, ir.Spread) for a in call.args):
                found += self.of(caller, call.args[position], hops + 1)
        return tuple(found)


def _inner(origin: Origin, name: str) -> Origin:
    return Origin(origin.function, (*origin.path, name))


def _along(origin: Origin, path: tuple[tuple[str, Any], ...]) -> Origin | None:
    for step, what in path:
        if step == "key" and isinstance(what, str):
            origin = _inner(origin, what)
        elif step == "rest":
            origin = Origin(origin.function, origin.path, True)
        elif step != "default":
            return None
    return origin


def validator_at(origin: Origin) -> Validator | None:
    """The validator of the argument, None where there is none or it is not known."""
    validator: Validator | None = origin.function.args.validator
    for name in origin.path:
        if not isinstance(validator, ObjectValidator):
            return None
        field = validator.fields.get(name)
        validator = field.validator if field is not None else None
    return validator


@query
def origins(program: Program) -> Origins:
    """What follows values back to the arguments of registered functions."""
    return Origins(program.ev, program.functions)
