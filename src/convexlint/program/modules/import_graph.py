"""Which modules bring which others into their bundle: imports that are still there when the types are gone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.program.model import Module
from convexlint.program.modules.enclosing import is_caught
from convexlint.program.modules.world import World
from convexlint.structs import Struct

_COMPONENTS = (".svelte", ".vue", ".astro")
_TYPESCRIPT = (".ts", ".tsx", ".mts", ".cts", ".svelte", ".vue", ".astro")


class RuntimeImport(Struct, frozen=True, eq=False):
    """A place that names another module and runs it. `target`: a module of the program, or a package's name
    ("" for a file that is not there). `guarded`: a dynamic import or require whose failure is caught."""

    module: Module
    specifier: ir.Specifier
    target: Module | str
    guarded: bool


class ImportGraph:
    """The runtime imports of the modules of a `World`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._edges: dict[str, tuple[RuntimeImport, ...]] = {}
        self._by_node: frozenset[str] | None = None

    def of(self, module: Module) -> tuple[RuntimeImport, ...]:
        """The runtime imports of one module, in order."""
        found = self._edges.get(module.path)
        if found is None:
            found = self._edges[module.path] = tuple(self._read(module))
        return found

    def is_used_by_node(self, module: Module) -> bool:
        """Whether some "use node" module brings this one into its bundle."""
        if self._by_node is None:
            reached: set[str] = set()
            pending = [m for m in self._world.modules.values() if m.node]
            while pending:
                for edge in self.of(pending.pop()):
                    if isinstance(edge.target, Module) and edge.target.path not in reached:
                        reached.add(edge.target.path)
                        pending.append(edge.target)
            self._by_node = frozenset(reached)
        return module.path in self._by_node

    def _read(self, module: Module) -> Iterator[RuntimeImport]:
        erased = self._erased(module)
        for specifier in module.head.specifiers:
            if specifier.type_only or specifier.start in erased:
                continue
            target = self._world.specifier(module, specifier.text)
            guarded = specifier.kind in ("dynamic", "require") and self._is_guarded(module, specifier)
            yield RuntimeImport(module, specifier, target, guarded)

    def _erased(self, module: Module) -> frozenset[int]:
        """Imports of TypeScript whose names are used as types alone: the bundler drops them."""
        if not module.path.endswith(_TYPESCRIPT):
            return frozenset()
        index = self._world.index(module)
        exported = {e.binding for e in module.facts.exports if e.kind == "local" and not e.type_only}
        erased = []
        for statement in module.facts.imports:
            names = [n for n in statement.names if not n.type_only]
            if names and not any(
                n.binding in exported or index.uses.get(n.binding) or _is_in_template(module, n.local)
                for n in names
            ):
                erased.append(statement.specifier_start)
        return frozenset(erased)

    def _is_guarded(self, module: Module, specifier: ir.Specifier) -> bool:
        index = self._world.index(module)
        for site in index.calls:
            if site.expr.args and site.expr.args[0].start == specifier.start:
                return is_caught(index, site.expr)
        return False


def _is_in_template(module: Module, name: str) -> bool:
    """Whether a component of Svelte, Vue or Astro names it outside of its code."""
    if not module.path.endswith(_COMPONENTS):
        return False
    source = module.source
    word = re.compile(rb"(?<![\w$])" + re.escape(name.encode()) + rb"(?![\w$])")
    if module.path.endswith(".astro"):
        return word.search(source, source.rfind(b"\n---") + 1) is not None
    return any(
        source.rfind(b"<script", 0, match.start()) <= source.rfind(b"</script", 0, match.start())
        for match in word.finditer(source)
    )
