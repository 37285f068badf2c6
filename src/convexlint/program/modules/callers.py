"""Who calls which function of the project by name: the static half of the call graph.

Only names and members of namespace imports are followed; no values are needed, so parameters can be inferred
from callers without going round in circles.
"""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.program.model import Module
from convexlint.program.modules.world import Target, World

Key = tuple[str, int]


class Callers:
    """Call sites of functions that are named by a declaration, a const, or an import of one."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._calls: dict[Key, dict[str, list[tuple[Module, ir.Call]]]] = {}
        self._escapes: set[Key] = set()
        self._read: set[str] = set()
        self._exports: dict[str, dict[int, frozenset[str]]] = {}
        self._known: dict[Key, list[tuple[Module, ir.Call]]] = {}

    def of(self, module: Module, index: int) -> list[tuple[Module, ir.Call]]:
        """The calls of facts function `index` of `module`, in order of modules and positions."""
        key = (module.path, index)
        found = self._known.get(key)
        if found is None:
            for other in self._naming(module, index):
                if other.path not in self._read:
                    self._read.add(other.path)
                    self._collect(other)
            calls = self._calls.get(key, {})
            found = self._known[key] = [call for path in sorted(calls) for call in calls[path]]
        return found

    def escapes(self, module: Module, index: int) -> bool:
        """Whether the function is also used otherwise than by calling it, so that some callers are not
        known."""
        self.of(module, index)
        return (module.path, index) in self._escapes

    def _naming(self, module: Module, index: int) -> Iterator[Module]:
        """The modules in which the function may be named."""
        names = self._exported(module).get(index, frozenset())
        if names or not module.facts.exports:
            yield from self._world.importers_naming(module, names)
        else:
            yield module

    def _exported(self, module: Module) -> dict[int, frozenset[str]]:
        """The names under which a module exports its functions."""
        found = self._exports.get(module.path)
        if found is None:
            found = {}
            for export in module.facts.exports:
                if export.kind in ("local", "default"):
                    target = self._world.export(module, export.name)
                    key = None if target is None else self._function(target)
                    if key is not None and key[0] == module.path:
                        found[key[1]] = found.get(key[1], frozenset()) | {export.name}
            self._exports[module.path] = found
        return found

    def _collect(self, module: Module) -> None:
        world = self._world
        index = world.index(module)
        for binding, uses in index.uses.items():
            definition = index.definitions.get(binding)
            if definition is None or definition.kind not in ("function", "var", "import", "class"):
                continue
            if definition.kind == "var" and not isinstance(definition.expr, ir.Lambda):
                continue
            target = world.follow(module, binding)
            if target is None:
                continue
            for use in uses:
                self._use(module, use, target)

    def _use(self, module: Module, use: ir.Name, target: Target) -> None:
        index = self._world.index(module)
        node: ir.Expr = use
        parent = index.parent(node)
        if target.kind == "module" and isinstance(parent, ir.Member) and target.module is not None:
            inner = self._world.export(target.module, parent.name)
            if inner is None:
                return
            target, node = inner, parent
            parent = index.parent(node)
        key = self._function(target)
        if key is None:
            return
        if isinstance(parent, ir.Call) and parent.callee is node:
            self._add(key, module, parent)
        elif not (isinstance(parent, ir.New) and parent.callee is node):
            self._escapes.add(key)
        else:
            args = (parent.args, parent.args_size, False, ())
            self._add(key, module, ir.Call(parent.start, parent.size, parent.callee, *args))

    def _add(self, key: Key, module: Module, call: ir.Call) -> None:
        self._calls.setdefault(key, {}).setdefault(module.path, []).append((module, call))

    def _function(self, target: Target) -> Key | None:
        module = target.module
        if module is None:
            return None
        if target.kind == "expr":
            return (module.path, target.expr.index) if isinstance(target.expr, ir.Lambda) else None
        if target.kind != "binding":
            return None
        definition = self._world.index(module).definitions.get(target.binding)
        if definition is None:
            return None
        if definition.kind == "function":
            return module.path, definition.index
        if definition.kind == "var" and isinstance(definition.expr, ir.Lambda) and not definition.path:
            return module.path, definition.expr.index
        if definition.kind == "class":
            for member in module.facts.classes[definition.index].members:
                if member.kind == "constructor":
                    return module.path, member.function
        return None
