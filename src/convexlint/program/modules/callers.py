"""Who calls which function of the project by name: the static half of the call graph.

Only names and members of namespace imports are followed; no values are needed, so parameters can be inferred
from callers without going round in circles.
"""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.program.model import Module
from convexlint.program.modules.world import Target, World

Key = tuple[str, int]


class Callers:
    """Call sites of functions that are named by a declaration, a const, or an import of one."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._calls: dict[Key, list[tuple[Module, ir.Call]]] | None = None
        self._escapes: set[Key] = set()

    def of(self, module: Module, index: int) -> list[tuple[Module, ir.Call]]:
        """The calls of facts function `index` of `module`, in order of modules and positions."""
        if self._calls is None:
            self._calls = self._collect()
        return self._calls.get((module.path, index), [])

    def escapes(self, module: Module, index: int) -> bool:
        """Whether the function is also used otherwise than by calling it, so that some callers are not
        known."""
        if self._calls is None:
            self._calls = self._collect()
        return (module.path, index) in self._escapes

    def _collect(self) -> dict[Key, list[tuple[Module, ir.Call]]]:
        found: dict[Key, list[tuple[Module, ir.Call]]] = {}
        world = self._world
        for module in world.modules.values():
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
                    self._use(module, use, target, found)
        return found

    def _use(
        self, module: Module, use: ir.Name, target: Target, found: dict[Key, list[tuple[Module, ir.Call]]]
    ) -> None:
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
            found.setdefault(key, []).append((module, parent))
        elif not (isinstance(parent, ir.New) and parent.callee is node):
            self._escapes.add(key)
        else:
            found.setdefault(key, []).append(
                (
                    module,
                    ir.Call(
                        parent.start, parent.end, parent.callee, parent.args, parent.args_start, False, ()
                    ),
                )
            )

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
