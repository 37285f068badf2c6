"""Uses of a schema's value, while modules load, in a module that the schema itself loads (convex-facts 5.4)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.discovery.project import Role
from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.model import Module, Place
from convexlint.program.places.sites import placing
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.modules.world import World
    from convexlint.program.places.sites import Places

_TYPESCRIPT = (".ts", ".tsx", ".mts", ".cts")


class ImportStep(Struct, frozen=True):
    """A place where `module` imports (or re-exports from) `target`; `span` is the specifier or statement."""

    module: Module
    span: Span
    target: Module


class SchemaUse(Struct, frozen=True, eq=False):
    """`place`: the use of `name`, which comes from `schema`. `way`: the imports from the schema to the module."""

    place: Place
    name: str
    schema: Module
    way: tuple[ImportStep, ...]


@listed
def schema_uses(program: Program) -> Iterator[SchemaUse]:
    """Uses of the schema in modules that the schema itself loads: by schema, then by module and place."""
    ev, places = program.ev, placing(program)
    for schema in ev.world.modules.values():
        if not _is_schema(schema):
            continue
        ways = _ways(ev.world, schema)
        for path in sorted(ways):
            module = ev.world.modules[path]
            if module.reported and path != schema.path:
                yield from _in_module(ev, places, module, schema, ways[path])


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
    ev: Evaluator, places: Places, module: Module, schema: Module, way: tuple[ImportStep, ...]
) -> Iterator[SchemaUse]:
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
                if index.owner(use) == 0 and _is_evaluated(ev, module, use):
                    yield SchemaUse(places.at(module, use.start, use.end, 0), name.local, schema, way)


def _is_evaluated(ev: Evaluator, module: Module, use: ir.Name) -> bool:
    """Whether the name is read when the module loads: not in `typeof`, not in an instance's field."""
    parent = ev.world.index(module).parent(use)
    if isinstance(parent, ir.Unary) and parent.op == "typeof":
        return False
    return not any(
        member.init is not None
        and not member.static
        and member.init.start <= use.start
        and use.end <= member.init.end
        for klass in module.facts.classes
        for member in klass.members
    )
