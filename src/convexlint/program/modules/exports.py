"""Where an exported name leads: through re-exports and barrels, however many ways lead there.

Every question is a search over (module, name): each pair is looked at once, so that barrels which export each other
cost what their text costs. `export *` is not walked: which modules a module reaches by stars is known as a bit mask,
and only those of them that export the name themselves are asked. An answer depends on nothing but the question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal, Protocol, Union

from convexlint.facts import ir
from convexlint.program.modules.cycles import strongly_connected
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.model import Module
    from convexlint.program.modules.index import ModuleIndex


class Target(Struct, frozen=True, gc=False):
    """Where an exported name leads: a binding or the default expression of a module of the program, a whole
    module (`export * as ns`), or a package's export."""

    kind: Literal["binding", "expr", "module", "external"]
    module: Module | None = None
    binding: int = -1
    expr: ir.Expr | None = None
    package: str = ""
    name: str = ""


TypeTarget = Union[tuple["Module", ir.TypeDecl], Target]
Ask = tuple[str, str]
"""A question on the way: the path of a module, and the name that it exports."""


class Modules(Protocol):
    """What is asked of the modules that export to each other; `World` answers."""

    @property
    def modules(self) -> Mapping[str, Module]: ...

    def index(self, module: Module) -> ModuleIndex: ...

    def specifier(self, module: Module, text: str) -> Module | str: ...

    def local_type(self, module: Module, name: str) -> ir.TypeDecl | None: ...


class Exports:
    """The exports of all modules of a world."""

    def __init__(self, world: Modules) -> None:
        self._world = world
        self._own: dict[str, dict[str, ir.Export]] = {}
        self._order: dict[str, tuple[str, ...]] = {}
        self._reach: dict[str, int] | None = None
        self._numbers: tuple[str, ...] = ()
        self._naming: dict[str, int] = {}
        self._naming_types: dict[str, int] = {}
        self._without = 0  # modules without any export: perhaps CommonJS
        self._values: dict[Ask, Target | None] = {}
        self._types: dict[Ask, TypeTarget | None] = {}
        self._names: dict[str, dict[str, Target]] = {}

    def own(self, module: Module) -> dict[str, ir.Export]:
        """What the module exports by name, as values; the last of a name counts."""
        found = self._own.get(module.path)
        if found is None:
            found = {e.name: e for e in module.facts.exports if e.kind not in ("star", "type") and e.name}
            self._own[module.path] = found
        return found

    def names(self, module: Module) -> dict[str, Target]:
        """Every value export, through `export *` (which never carries the default export)."""
        found = self._names.get(module.path)
        if found is None:
            found = {}
            for path in self._inner_first(module):
                inner = self._world.modules[path]
                for name in self.own(inner):
                    if name not in found and (name != "default" or inner is module):
                        target = self.value(module, name)
                        if target is not None:
                            found[name] = target
            self._names[module.path] = found
        return found

    def value(self, module: Module, name: str) -> Target | None:
        """Where the value `name` of the module leads; None if there is none."""
        key = (module.path, name)
        if key not in self._values:
            found = _search(key, self._value_step)
            assert found is None or isinstance(found, Target)
            self._values[key] = found
        return self._values[key]

    def type(self, module: Module, name: str) -> TypeTarget | None:
        """Where the type `name` of the module is declared: a declaration, or a Target for classes and packages."""
        key = (module.path, name)
        if key not in self._types:
            found = _search(key, self._type_step)
            assert found is None or isinstance(found, (tuple, Target))
            self._types[key] = found
        return self._types[key]

    def binding(self, module: Module, binding: int) -> Target | None:
        """Where a binding of the module is defined; an imported one is followed."""
        step = self._local(module, binding)
        if isinstance(step, Target):
            return step
        return None if not step else self.value(self._world.modules[step[0][0]], step[0][1])

    # Each step gives the answer, or the questions that may have it, best first.

    def _value_step(self, ask: Ask) -> Target | list[Ask]:
        path, name = ask
        module = self._world.modules[path]
        export = self.own(module).get(name)
        if export is not None:
            if export.kind == "default":
                return Target("expr", module, expr=self._world.index(module).default_export)
            if export.kind == "local":
                return self._local(module, export.binding)
            inner = self._world.specifier(module, export.specifier)
            if isinstance(inner, str):
                return Target(
                    "external", package=inner, name="*" if export.kind == "namespace" else export.imported
                )
            return Target("module", inner) if export.kind == "namespace" else [(inner.path, export.imported)]
        if name == "default":
            return []
        if not module.facts.exports:
            found = self._common_js(module, name)
            return [] if found is None else found
        return self._through_stars(module, name, self._naming)

    def _type_step(self, ask: Ask) -> TypeTarget | list[Ask]:
        path, name = ask
        module = self._world.modules[path]
        exports = [e for e in module.facts.exports if e.name == name]
        declared = self._world.local_type(module, name)
        if declared is not None and any(e.kind in ("type", "local") for e in exports):
            return module, declared
        for export in exports:
            if export.kind == "from":
                inner = self._world.specifier(module, export.specifier)
                if isinstance(inner, str):
                    return Target("external", package=inner, name=export.imported)
                return [(inner.path, export.imported)]
            if export.kind == "local" and export.binding >= 0:
                return self._local(module, export.binding)
        return self._through_stars(module, name, self._naming_types)

    def _local(self, module: Module, binding: int) -> Target | list[Ask]:
        definition = self._world.index(module).definitions.get(binding)
        if definition is not None and definition.kind == "import":
            assert definition.statement is not None and definition.imported is not None
            inner = self._world.specifier(module, definition.statement.specifier)
            imported = definition.imported.imported
            if isinstance(inner, str):
                return Target("external", package=inner, name=imported)
            return Target("module", inner) if imported == "*" else [(inner.path, imported)]
        return Target("binding", module, binding)

    def _common_js(self, module: Module, name: str) -> Target | None:
        """`exports.name = value`, `module.exports = { name: value }`."""
        index = self._world.index(module)
        value = index.assigned_exports.get(name)
        if value is None and isinstance(index.module_exports, ir.Object):
            props = index.module_exports.props
            value = next((p.value for p in props if p.key == name and p.kind != "getter"), None)
        return None if value is None else Target("expr", module, expr=value)

    def _through_stars(self, module: Module, name: str, naming: dict[str, int]) -> list[Ask]:
        """The modules behind the stars of one that name the export themselves, in the order of their stars."""
        if not any(e.kind == "star" for e in module.facts.exports):
            return []
        if self._reach is None:
            self._reach = self._reached()
        asked = self._reach[module.path] & (naming.get(name, 0) | self._without)
        if asked == 0:
            return []
        if asked & (asked - 1) == 0:  # a single one
            return [(self._numbers[asked.bit_length() - 1], name)]
        numbers = {path: number for number, path in enumerate(self._numbers)}
        paths = self._outer_first(module)
        return [(path, name) for path in paths if path != module.path and asked >> numbers[path] & 1]

    def _reached(self) -> dict[str, int]:
        """For each module, those that its stars reach, as bits; notes who names what on the way."""
        self._numbers = tuple(self._world.modules)
        for number, path in enumerate(self._numbers):
            module = self._world.modules[path]
            exports = module.facts.exports
            if not exports:
                self._without |= 1 << number
            for name in self.own(module):
                if name != "default":
                    self._naming[name] = self._naming.get(name, 0) | 1 << number
            for export in exports:
                if export.kind != "star" and export.name:
                    self._naming_types[export.name] = self._naming_types.get(export.name, 0) | 1 << number
        reach: dict[str, int] = {}
        bits = {path: 1 << number for number, path in enumerate(self._numbers)}
        for group in strongly_connected(self._numbers, self._stars):  # those that are reached come first
            found = 0
            members = set(group)
            for path in group:
                for inner in self._stars(path):
                    found |= bits[inner] | (0 if inner in members else reach[inner])
            for path in group:
                reach[path] = found
        return reach

    def _stars(self, path: str) -> tuple[str, ...]:
        """The modules that a module exports all of, as written."""
        found = self._order.get(path)
        if found is None:
            module = self._world.modules[path]
            inner = (
                self._world.specifier(module, e.specifier) for e in module.facts.exports if e.kind == "star"
            )
            found = self._order[path] = tuple(one.path for one in inner if not isinstance(one, str))
        return found

    def _outer_first(self, module: Module) -> Iterator[str]:
        seen: set[str] = set()
        pending = [module.path]
        while pending:
            path = pending.pop()
            if path not in seen:
                seen.add(path)
                yield path
                pending.extend(reversed(self._stars(path)))

    def _inner_first(self, module: Module) -> list[str]:
        found: list[str] = []
        seen = {module.path}
        pending = [(module.path, iter(self._stars(module.path)))]
        while pending:
            path, rest = pending[-1]
            inner = next((one for one in rest if one not in seen), None)
            if inner is None:
                found.append(path)
                pending.pop()
            else:
                seen.add(inner)
                pending.append((inner, iter(self._stars(inner))))
        return found


def _search(start: Ask, step: Callable[[Ask], object]) -> object:
    """The first answer on the ways from a question, or None; no question is asked twice."""
    seen: set[Ask] = set()
    pending = [start]
    while pending:
        ask = pending.pop()
        if ask in seen:
            continue
        seen.add(ask)
        found = step(ask)
        if not isinstance(found, list):
            return found
        pending.extend(reversed(found))
    return None
