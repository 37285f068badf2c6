"""Where a value comes from: which argument of the client's it is, or a part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

from convexlint.facts import ir
from convexlint.program.evaluation.values import Closure, members
from convexlint.program.model import Module, RegisteredFunction
from convexlint.program.modules.nodes import bare
from convexlint.program.program import Program, all_functions
from convexlint.program.queries import query
from convexlint.program.validators import ObjectValidator, Validator
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_Path = tuple[tuple[str, Any], ...]
"""As in `Definition.path`."""

MAX_HOPS = 6  # helpers between the function that takes the argument and the place that is asked for


class Origin(Struct, frozen=True, eq=False):
    """The part `path` of the arguments of `function`: ("update",) for `args.update`, () for all of them.

    `rest`: some keys, those of `taken`, were taken out of it first (`const { id, ...update } = args`)."""

    function: RegisteredFunction
    path: tuple[str, ...]
    rest: bool = False
    taken: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return ".".join(("args", *self.path))


class Origins:
    """Follows names, members, destructuring, objects and calls back to the arguments of registered functions."""

    def __init__(
        self,
        ev: Evaluator,
        modules: Sequence[Module],
        functions: Sequence[RegisteredFunction],
        *,
        within: Mapping[str, AbstractSet[int]] | None = None,
    ) -> None:
        """`within`: of modules that are not looked at, values are followed in these functions alone, by module, and
        all registered ones among them are in `functions`. None: in all of them, which must be read to know them."""
        self.ev = ev
        self._within = within
        self._modules = modules
        self._found: dict[tuple[str, int], list[tuple[Module, ir.Call]]] = {}
        self._methods: dict[str, dict[tuple[str, int], list[tuple[Module, ir.Call]]]] = {}
        self._handlers: dict[tuple[str, int], RegisteredFunction] = {}
        for function in functions:
            if function.handler is not None:
                key = (function.handler.module.path, function.handler.index)
                self._handlers.setdefault(key, function)

    def of(self, module: Module, node: ir.Expr, hops: int = 0) -> tuple[Origin, ...]:
        """All arguments that `node` may be; empty where it is something else, or not known."""
        return self._of(module, node, (), hops)

    def part(self, module: Module, node: ir.Expr, name: str) -> tuple[Origin, ...]:
        """All arguments that the member `name` of `node` may be."""
        return self._of(module, node, (("key", name),), 0)

    def _of(self, module: Module, node: ir.Expr, path: _Path, hops: int) -> tuple[Origin, ...]:
        """The same for the part `path` of `node`."""
        node = bare(node)
        if isinstance(node, ir.Member):
            return self._of(module, node.object, (("key", node.name), *path), hops)
        if isinstance(node, ir.Name) and node.ref >= 0:
            return self._binding(module, node.ref, path, hops)
        if isinstance(node, ir.Object):
            return self._in_object(module, node, path, hops)
        return ()

    def _in_object(self, module: Module, node: ir.Object, path: _Path, hops: int) -> tuple[Origin, ...]:
        if not path or path[0][0] != "key":
            alone = len(node.props) == 1 and node.props[0].kind == "spread"
            return self._of(module, node.props[0].value, path, hops) if alone else ()
        for prop in reversed(node.props):  # what is written later counts
            if prop.kind == "spread":
                found = self._of(module, prop.value, path, hops)
                if found:
                    return found
            elif prop.key == path[0][1]:
                return self._of(module, prop.value, path[1:], hops)
            elif prop.key is None:
                return ()
        return ()

    def _binding(self, module: Module, binding: int, path: _Path, hops: int) -> tuple[Origin, ...]:
        definition = self.ev.world.index(module).definitions.get(binding)
        if definition is None or module.facts.bindings[binding].assigned or hops > MAX_HOPS:
            return ()
        path = (*definition.path, *path)
        if definition.kind == "var" and definition.expr is not None:
            return self._of(module, definition.expr, path, hops + 1)
        if definition.kind == "param":
            return self._param(module, definition.index, definition.position, path, hops)
        return ()

    def _param(self, module: Module, index: int, position: int, path: _Path, hops: int) -> tuple[Origin, ...]:
        function = self._handled(module, index)
        if function is not None:
            origin = _along(Origin(function, ()), path) if position == 1 else None
            return (origin,) if origin is not None else ()
        found: list[Origin] = []
        if self._within is not None and not self._is_within(module, index):
            return ()
        for caller, call in self._calls(module, index):
            if position < len(call.args) and not any(isinstance(a, ir.Spread) for a in call.args):
                found += self._of(caller, call.args[position], path, hops + 1)
        return tuple(found)

    def _handled(self, module: Module, index: int) -> RegisteredFunction | None:
        """The registered function whose handler it is."""
        found = self._handlers.get((module.path, index))
        if found is None and self._within is None and not self.ev.world.looks_at(module):
            for function in self.ev.registry.of(module):
                handler = function.handler
                if handler is not None and handler.module is module and handler.index == index:
                    return function
        return found

    def _is_within(self, module: Module, index: int) -> bool:
        assert self._within is not None
        return index in self._within.get(module.path, ()) or self.ev.world.looks_at(module)

    def _calls(self, module: Module, index: int) -> list[tuple[Module, ir.Call]]:
        """The calls of a function: by its own name, or as the method of an object or of an instance."""
        found = self._found.get((module.path, index))
        if found is None:
            found = list(self.ev.callers.of(module, index))
            name = module.facts.functions[index].name
            if not found and name and self._is_member(module, index):
                found = self._methods_called(name).get((module.path, index), [])
            self._found[module.path, index] = found
        return found

    def _is_member(self, module: Module, index: int) -> bool:
        if module.facts.functions[index].kind == "method":
            return True
        place = self.ev.world.index(module)
        node = place.lambdas.get(index)
        return node is not None and isinstance(place.parent(node), (ir.Prop, ir.Class))

    def _methods_called(self, name: str) -> dict[tuple[str, int], list[tuple[Module, ir.Call]]]:
        """The calls of methods of this name, by module and index of each function that may be called."""
        found = self._methods.get(name)
        if found is None:
            found = self._methods[name] = {}
            for module in self._modules:
                if not module.holds(name.encode()):
                    continue
                for site in self.ev.world.index(module).code_calls:
                    callee = site.expr.callee
                    if (
                        isinstance(callee, ir.Member)
                        and callee.name == name
                        and isinstance(site.expr, ir.Call)
                    ):
                        held = members(self.ev.expr(module, callee))
                        for one in dict.fromkeys(
                            (v.module.path, v.index) for v in held if isinstance(v, Closure)
                        ):
                            found.setdefault(one, []).append((module, site.expr))
        return found


def _along(origin: Origin, path: _Path) -> Origin | None:
    for step, what in path:
        if step == "key" and isinstance(what, str):
            origin = Origin(origin.function, (*origin.path, what))
        elif step == "rest":
            origin = Origin(origin.function, origin.path, True, (*origin.taken, *what))
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
    return Origins(program.ev, program.modules, program.functions)


@query
def all_origins(program: Program) -> Origins:
    """`origins` of the functions of all modules, whatever the focus."""
    return Origins(program.ev, program.modules, all_functions(program))
