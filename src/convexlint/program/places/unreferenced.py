"""Internal functions that nothing in the project names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.registration import bare
from convexlint.program.evaluation.values import RefPath, RegisteredOf, members, present
from convexlint.program.model import Module, Reference, RegisteredFunction

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_PATH = re.compile(rb"([^\s\"'`:(){}\[\],;]+):(\w+)")


def unreferenced(
    ev: Evaluator, functions: tuple[RegisteredFunction, ...], references: tuple[Reference, ...]
) -> Iterator[RegisteredFunction]:
    """Exported internal functions without a reference, a direct use, or a string that spells their path. Silent
    about a module as soon as it is passed on whole (`internal.jobs` given to something)."""
    used = {id(r.target) for r in references if r.target is not None}
    roots = _passed_on(ev)
    named = _named_directly(ev)
    spelled = cache(lambda: _spelled(ev))
    for function in functions:
        if function.visibility != "internal" or function.path is None or function.syntax == "made":
            continue
        if id(function) in used or id(function) in named or _is_spelled(spelled(), function.path):
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


def _named_directly(ev: Evaluator) -> set[int]:
    """The functions whose value itself some code imports or uses, by identity."""
    found: set[int] = set()
    for module in ev.world.modules.values():
        index = ev.world.index(module)
        for binding, uses in index.uses.items():
            definition = index.definitions.get(binding) if uses else None
            if definition is None or definition.kind not in ("import", "var"):
                continue
            name = module.facts.bindings[binding].name
            for value in members(present(ev.binding(module, binding))):
                if isinstance(value, RegisteredOf):
                    function = value.function
                    same = name == function.export
                    if same or (definition.kind == "import" and module is not function.module):
                        found.add(id(function))
    return found


def _spelled(ev: Evaluator) -> dict[bytes, list[bytes]]:
    """What stands before the colon of each `a/b:name` in the text of the program, by the name."""
    found: dict[bytes, list[bytes]] = {}
    for module in ev.world.modules.values():
        for before, name in _PATH.findall(module.source):
            found.setdefault(name, []).append(before)
    return found


def _is_spelled(spelled: dict[bytes, list[bytes]], path: str) -> bool:
    """Whether a text of the program holds the path of a function."""
    module, _, name = path.encode().rpartition(b":")
    return any(before.endswith(module) for before in spelled.get(name, ()))
