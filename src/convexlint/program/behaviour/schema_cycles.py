"""Uses of a schema's value, while modules load, in a module that the schema itself loads (convex-facts 5.4)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.discovery.project import Role
from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.effects import effects
from convexlint.program.behaviour.summaries import MAX_BASES, Edge, Key
from convexlint.program.evaluation.values import ClassOf, present
from convexlint.program.model import Module, Place
from convexlint.program.modules.arrays import ELEMENT_FIRST
from convexlint.program.modules.index import ModuleIndex
from convexlint.program.modules.nodes import bare
from convexlint.program.places.sites import placing
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.modules.world import World

_Called = tuple[Place, str]
"""A call, and the name by which it calls."""

_TYPESCRIPT = (".ts", ".tsx", ".mts", ".cts")


class ImportStep(Struct, frozen=True):
    """A place where `module` imports (or re-exports from) `target`; `span` is the specifier or statement."""

    module: Module
    span: Span
    target: Module


class SchemaUse(Struct, frozen=True, eq=False):
    """`place`: the use of `name`, which comes from `schema`. `way`: the imports from the schema to the module.
    `called`: what runs the function (or makes the instance) in which the use stands, while modules load, and what it is
    called; None where it stands in no function."""

    place: Place
    name: str
    schema: Module
    way: tuple[ImportStep, ...]
    called: tuple[Place, str] | None


@listed
def schema_uses(program: Program) -> Iterator[SchemaUse]:
    """Uses of the schema in modules that the schema itself loads: by schema, then by module and place."""
    ev = program.ev
    for schema in ev.world.modules.values():
        if not _is_schema(schema):
            continue
        ways = _ways(ev.world, schema)
        loading = _Loading(program, [ev.world.modules[path] for path in sorted(ways) if path != schema.path])
        for path in sorted(ways):
            module = ev.world.modules[path]
            if module.reported and path != schema.path:
                yield from _in_module(program, module, schema, ways[path], loading)


class _Loading:
    """What runs while modules load: the functions that they call by name, and the classes that they make instances of,
    each with the first call."""

    def __init__(self, program: Program, modules: list[Module]) -> None:
        self._effects = effects(program)
        self._modules = modules
        self._found: tuple[dict[Key, _Called], dict[Key, _Called]] | None = None

    def itself(self, module: Module, use: ir.Name) -> _Called:
        return self._effects.places.at(module, use.start, use.end, 0), ""

    def runs(self, module: Module, function: int) -> _Called | None:
        return self._all()[0].get((module.path, function))

    def makes(self, module: Module, klass: int) -> _Called | None:
        return self._all()[1].get((module.path, klass))

    def _all(self) -> tuple[dict[Key, _Called], dict[Key, _Called]]:
        if self._found is None:
            run: dict[Key, _Called] = {}
            made: dict[Key, _Called] = {}
            self._found = run, made
            size = -1
            while size < len(run) + len(made):  # an instance that is made runs what its fields call
                size = len(run) + len(made)
                queue: list[Key] = [(module.path, 0) for module in self._modules]
                for key in (*queue, *run):
                    self._classes(key, made)
                    for edge in self._effects.summary(key).edges:
                        if edge.target not in run and self._is_sure(key, edge, made):
                            run[edge.target] = self._called(key, edge.node)
        return self._found

    def _is_sure(self, key: Key, edge: Edge, made: dict[Key, _Called]) -> bool:
        """Whether the function runs whenever `key` does."""
        if edge.kept or edge.conditions or not isinstance(edge.node, (ir.Call, ir.New)):
            return False
        if edge.hop is None and not (isinstance(edge.node, ir.Call) and _calls_at_once(edge.node)):
            return False
        field = _instance_field(self._effects.ev.world.modules[key[0]], edge.node)
        return field is None or (key[0], field) in made

    def _called(self, key: Key, node: ir.Expr) -> _Called:
        module = self._effects.ev.world.modules[key[0]]
        callee = node.callee if isinstance(node, (ir.Call, ir.New)) else node
        place = self._effects.places.at(module, callee.start, callee.end, key[1])
        return place, callee.name if isinstance(callee, (ir.Name, ir.Member)) else "this function"

    def _classes(self, key: Key, made: dict[Key, _Called]) -> None:
        ev = self._effects.ev
        module = ev.world.modules[key[0]]
        for site in ev.world.index(module).calls_by_owner.get(key[1], ()):
            if not isinstance(site.expr, ir.New):
                continue
            held = present(ev.expr(module, site.expr.callee))
            for _ in range(MAX_BASES):
                if not isinstance(held, ClassOf):
                    break
                made.setdefault((held.module.path, held.index), self._called(key, site.expr))
                base = held.module.facts.classes[held.index].superclass
                if base is None:
                    break
                held = present(ev.expr(held.module, base))


def _calls_at_once(call: ir.Call) -> bool:
    """`(() => ...)()`, and array methods with a callback."""
    callee = bare(call.callee)
    return isinstance(callee, ir.Lambda) or (isinstance(callee, ir.Member) and callee.name in ELEMENT_FIRST)


def _is_schema(module: Module) -> bool:
    return module.role is Role.SCHEMA or posixpath.basename(module.path).startswith("schema.")


def _ways(world: World, start: Module) -> dict[str, tuple[ImportStep, ...]]:
    """For each module that loads when `start` does, a shortest way of imports to it."""
    ways: dict[str, tuple[ImportStep, ...]] = {start.path: ()}
    wave = [start]
    while wave:
        module = wave.pop(0)
        for step in _loads(world, module):
            if step.target.path not in ways:
                ways[step.target.path] = (*ways[module.path], step)
                wave.append(step.target)
    return ways


def _loads(world: World, module: Module) -> Iterator[ImportStep]:
    """The modules that loading `module` loads: what the compiler erases (types) loads nothing."""
    for statement in module.facts.imports:
        if not _is_erased(world, module, statement):
            target = world.specifier(module, statement.specifier)
            if isinstance(target, Module):
                yield ImportStep(module, Span(statement.specifier_start, statement.specifier_end), target)
    for export in module.facts.exports:
        if export.specifier and not export.type_only and export.kind in ("from", "star", "namespace"):
            target = world.specifier(module, export.specifier)
            if isinstance(target, Module):
                yield ImportStep(module, Span(export.start, export.end), target)


def _is_erased(world: World, module: Module, statement: ir.Import) -> bool:
    """Only types are imported: said so, or, in TypeScript, no imported name is used as a value."""
    if statement.type_only:
        return True
    if not statement.names:
        return False
    index = world.index(module)
    exported = {export.binding for export in module.facts.exports if export.kind == "local"}
    typescript = module.path.endswith(_TYPESCRIPT)
    return all(
        name.type_only or (typescript and not index.uses.get(name.binding) and name.binding not in exported)
        for name in statement.names
    )


def _in_module(
    program: Program, module: Module, schema: Module, way: tuple[ImportStep, ...], loading: _Loading
) -> Iterator[SchemaUse]:
    ev, places = program.ev, placing(program)
    index = ev.world.index(module)
    for statement in module.facts.imports:
        direct = ev.world.specifier(module, statement.specifier) is schema
        for name in statement.names:
            if name.type_only or statement.type_only:
                continue
            if not direct:
                target = ev.world.follow(module, name.binding)
                if target is None or target.module is not schema:
                    continue
            for use in index.uses.get(name.binding, ()):
                called = _evaluated(index, module, use, loading)
                if called is not None:
                    place = places.at(module, use.start, use.end, index.owner(use))
                    yield SchemaUse(place, name.local, schema, way, called if called[1] else None)


def _evaluated(index: ModuleIndex, module: Module, use: ir.Name, loading: _Loading) -> _Called | None:
    """What reads the name when modules load, "" where that is the module itself. None where nothing is known to: in
    `typeof`, in a function that nobody calls."""
    parent = index.parent(use)
    if isinstance(parent, ir.Unary) and parent.op == "typeof":
        return None
    owner = index.owner(use)
    field = _instance_field(module, use)
    if owner == 0 and field is None:
        return loading.itself(module, use)
    if _may_be_left_out(index, use):
        return None
    if field is not None and module.facts.classes[field].function == owner:
        return loading.makes(module, field)
    return loading.runs(module, owner)


def _instance_field(module: Module, node: ir.Expr) -> int | None:
    """The class in the initial value of one of whose fields (no static one) an expression stands."""
    for number, klass in enumerate(module.facts.classes):
        for member in klass.members:
            init = None if member.static else member.init
            if init is not None and init.start <= node.start and node.end <= init.end:
                return number
    return None


def _may_be_left_out(index: ModuleIndex, use: ir.Name) -> bool:
    """Whether the function can end, or go on, without reading a member of the name."""
    node: ir.Node = use
    parent = index.parent(use)
    if isinstance(parent, ir.Member) and (id(parent) in index.optional or parent.optional):
        return True
    while parent is not None and not isinstance(parent, (ir.Function, ir.Class)):
        if isinstance(parent, (ir.If, ir.Conditional, ir.Loop, ir.Try, ir.Switch)):
            return True
        if isinstance(parent, ir.Binary) and parent.op in ("&&", "||", "??") and parent.left is not node:
            return True
        node, parent = parent, index.parent(parent)
    return False
