"""The registered functions of a program, found module by module as somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.made import made_functions
from convexlint.program.evaluation.values import RegisteredOf
from convexlint.program.model import Module, RegisteredFunction
from convexlint.program.modules.nodes import bare, descendants, is_validator_call, validator_names

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator


class Registry:
    """Which module registers what. `open` it once the schema is read: what a registration hands to its handler would be
    evaluated without tables before, and remembered."""

    def __init__(self, ev: Evaluator) -> None:
        self._ev = ev
        self._of: dict[str, tuple[RegisteredFunction, ...]] = {}
        self._handled: dict[tuple[str, int], list[RegisteredFunction]] = {}
        self._made: dict[str, RegisteredFunction] = {}
        self._lent: set[str] = set()
        self._lenders: dict[str, bool] = {}
        self.open = False

    def of(self, module: Module) -> tuple[RegisteredFunction, ...]:
        """The functions that a module registers: calls that stand outside of functions, whose value is a registered
        function, and those that packages make. By place."""
        found = self._of.get(module.path)
        if found is None:
            self._of[module.path] = ()  # while it is made
            try:
                found = self._of[module.path] = tuple(sorted(self._read(module), key=lambda f: f.call_span))
            except BaseException:
                del self._of[module.path]
                raise
            for function in found:
                if function.handler is not None:
                    key = (function.handler.module.path, function.handler.index)
                    self._handled.setdefault(key, []).append(function)
        return found

    def all(self) -> tuple[RegisteredFunction, ...]:
        """Those of all modules, by module and place."""
        return tuple(f for module in self._ev.world.modules.values() for f in self.of(module))

    def made(self, module: Module, export: str) -> RegisteredFunction | None:
        """The function that a package made, where the module exports one by that name."""
        if not self.open:
            return None
        self.of(module)
        return self._made.get(f"{module.name}:{export}")

    def lend(self, module: Module) -> None:
        """See to it that all registrations are known whose handler may be a function of this module."""
        if not self.open or module.path in self._lent:
            return
        self._lent.add(module.path)
        world = self._ev.world
        try:
            for path in sorted(world.importers(frozenset((module.path,)))):
                importer = world.modules[path]
                if path not in self._of and self._may_lend(importer):
                    self.of(importer)
        except BaseException:
            self._lent.discard(module.path)
            raise

    def handling(self, module: Module, index: int) -> RegisteredFunction | None:
        """The first registration whose handler is this facts function."""
        self.of(module)
        self.lend(module)
        found = self._handled.get((module.path, index))
        return min(found, key=lambda f: (f.module.path, f.call_span)) if found else None

    def _read(self, module: Module) -> Iterator[RegisteredFunction]:
        found: dict[int, RegisteredFunction] = {}
        ev = self._ev
        for site in ev.world.index(module).calls_by_owner.get(0, ()):
            if not isinstance(site.expr, ir.Call):
                continue
            value = ev.expr(module, site.expr)
            if isinstance(value, RegisteredOf) and value.function.module is module:
                function = value.function
                if function.call_span.start == site.expr.start and function.call_span.end == site.expr.end:
                    found[id(function)] = function
        for made in made_functions(ev, module):
            self._made[made.path or ""] = made
            found[id(made)] = made
        yield from found.values()

    def _may_lend(self, module: Module) -> bool:
        """Whether some call outside of functions is given a handler that is not written out there."""
        found = self._lenders.get(module.path)
        if found is None:
            facts = module.facts
            fields = (
                m.init for k in facts.classes if k.function == 0 for m in k.members if m.init is not None
            )
            names = validator_names(facts)
            calls = (
                node
                for node in descendants((*facts.functions[0].body, *fields))
                if isinstance(node, (ir.Call, ir.New)) and not is_validator_call(node, names)
            )
            found = self._lenders[module.path] = any(map(_is_given_one, calls))
        return found


def _is_given_one(call: ir.Call | ir.New) -> bool:
    """Whether an argument may be, or hold, a handler that is not written out in it."""
    for arg in call.args:
        node = bare(arg)
        if isinstance(node, ir.Object):
            if any(p.kind == "spread" or p.key is None or _is_handler(p) for p in node.props):
                return True
        elif not isinstance(node, (ir.Text, ir.Number, ir.Atom, ir.Lambda, ir.Template, ir.Array)):
            return True
    return False


def _is_handler(prop: ir.Prop) -> bool:
    return prop.key == "handler" and not isinstance(bare(prop.value), ir.Lambda)
