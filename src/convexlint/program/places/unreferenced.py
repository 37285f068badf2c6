"""Internal functions that nothing in the project names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.registration import bare
from convexlint.program.evaluation.values import RefPath, RegisteredOf, members, present
from convexlint.program.model import Module, Reference, RegisteredFunction

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator


def unreferenced(
    ev: Evaluator, functions: tuple[RegisteredFunction, ...], references: tuple[Reference, ...]
) -> Iterator[RegisteredFunction]:
    """Exported internal functions without a reference, a direct use, or a string that spells their path. Silent
    about a module as soon as it is passed on whole (`internal.jobs` given to something)."""
    used = {id(r.target) for r in references if r.target is not None}
    roots = _passed_on(ev)
    for function in functions:
        if function.visibility != "internal" or function.path is None or function.syntax == "made":
            continue
        if id(function) in used or _is_named_directly(ev, function) or _is_spelled(ev, function.path):
            continue
        parts = (*function.module.name.split("/"), function.export)
        if not any(parts[: len(root)] == root for root in roots):
            yield function


def _passed_on(ev: Evaluator) -> set[tuple[str, ...]]:
    """Prefixes of `internal` that are used otherwise than to name a function."""
    found: set[tuple[str, ...]] = set()
    for module in ev.world.modules.values():
        index = ev.world.index(module)
        for uses in index.uses.values():
            for use in uses:
                if type(ev.expr(module, use)) is RefPath:
                    prefix = _prefix(ev, module, use)
                    if prefix is not None:
                        found.add(prefix)
    return found


def _prefix(ev: Evaluator, module: Module, use: ir.Name) -> tuple[str, ...] | None:
    index = ev.world.index(module)
    node: ir.Expr = use
    parent = index.parent(node)
    while isinstance(parent, (ir.Member, ir.Cast)):
        node, parent = parent, index.parent(parent)
    if isinstance(parent, ir.Declare):
        return None  # its own uses are looked at
    value = ev.expr(module, bare(node))
    if not isinstance(value, RefPath) or value.root != "internal":
        return None
    return value.parts


def _is_named_directly(ev: Evaluator, function: RegisteredFunction) -> bool:
    """Whether some code imports or uses the value itself."""
    for module in ev.world.modules.values():
        index = ev.world.index(module)
        for binding, uses in index.uses.items():
            if not uses:
                continue
            name = module.facts.bindings[binding].name
            if name == function.export or module is not function.module:
                definition = index.definitions.get(binding)
                if definition is None or definition.kind not in ("import", "var"):
                    continue
                if definition.kind == "var" and name != function.export:
                    continue
                for value in members(present(ev.binding(module, binding))):
                    if isinstance(value, RegisteredOf) and value.function is function:
                        return True
    return False


def _is_spelled(ev: Evaluator, path: str) -> bool:
    return any(path.encode() in module.source for module in ev.world.modules.values())
