"""Who refers to a function: asked of the modules that can, without a look at the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from convexlint.program.evaluation.values import RegisteredOf
from convexlint.program.model import Module, Reference, RegisteredFunction
from convexlint.program.places.reference_sites import ReferenceFinder
from convexlint.program.places.sites import Locator, placing
from convexlint.program.program import Program
from convexlint.program.queries import query

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator


class References:
    """The references of all modules, whatever the focus: those of the modules that are looked at are read at the first
    question, others when one of them can have the answer."""

    def __init__(self, ev: Evaluator, places: Locator) -> None:
        self._ev = ev
        self._finder = ReferenceFinder(ev, places)
        self._in: dict[str, list[Reference]] = {}
        self._to: dict[int, list[Reference]] = {}
        self._unread = dict(ev.world.modules)
        self._some_unknown: bool | None = None
        self._near: tuple[Reference, ...] | None = None

    def near(self) -> tuple[Reference, ...]:
        """Those of the modules that are looked at."""
        if self._near is None:
            self._near = tuple(r for module in self._ev.world.looked_at for r in self._of(module))
        return self._near

    def to(self, function: RegisteredFunction) -> tuple[Reference, ...]:
        """The references to a function, by module and place."""
        self.near()
        for module in self._naming(function):
            self._of(module)
        found = self._to.get(id(function), ())
        return tuple(sorted(found, key=lambda reference: reference.place.module.path))

    def may_be_to_any(self) -> bool:
        """Whether some reference to an internal function may be to any: it goes through a module that exports all
        that a file exports which was not read."""
        if self._some_unknown is None:
            world = self._ev.world
            modules = world.modules.values()
            self._some_unknown = any(world.has_open_star(m) for m in modules) and any(
                r.root in ("internal", "string") and r.status == "unknown"
                for module in modules
                for r in self._of(module)
            )
        return self._some_unknown

    def names(self, function: RegisteredFunction) -> frozenset[str]:
        """The names under which modules export the function, its own first of all."""
        if not function.export:
            return frozenset()
        ev, names = self._ev, {function.export}
        for module in ev.world.importers_naming(function.module, frozenset(names)):
            for name, target in ev.world.export_names(module).items():
                value = ev.target_value(target)
                if isinstance(value, RegisteredOf) and value.function is function:
                    names.add(name)
        return frozenset(names)

    def _naming(self, function: RegisteredFunction) -> Iterable[Module]:
        """The modules, not read yet, that can refer to a function: a reference spells the name of the export."""
        if not self._unread:
            return ()
        names = self.names(function)
        unread = tuple(self._unread.values())
        if "default" in names:
            return unread
        words = [name.encode() for name in names]
        return [module for module in unread if any(module.holds(word) for word in words)]

    def _of(self, module: Module) -> list[Reference]:
        found = self._in.get(module.path)
        if found is None:
            found = self._in[module.path] = list(self._finder.all(module))
            del self._unread[module.path]
            for reference in found:
                if reference.target is not None:
                    self._to.setdefault(id(reference.target), []).append(reference)
        return found


@query
def references_of(program: Program) -> References:
    """What reads references, module by module, as they are asked for."""
    return References(program.ev, placing(program))


@query
def references(program: Program) -> tuple[Reference, ...]:
    """The uses of `api.a.b`, `internal.a.b` and of functions' names in strings, by module and place."""
    return references_of(program).near()


@query
def references_to(program: Program, function: RegisteredFunction) -> tuple[Reference, ...]:
    """The references to a function in all modules, whatever the focus, by module and place."""
    return references_of(program).to(function)


@query
def may_be_to_any(program: Program) -> bool:
    """Whether some reference to an internal function was not understood, so that it may be to any."""
    return references_of(program).may_be_to_any()
