"""Functions that nothing in the project names, nor any client."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from convexlint.discovery.around import is_application
from convexlint.discovery.mentions import NO, UNKNOWN, YES
from convexlint.facts import ir
from convexlint.program.evaluation.values import RefPath, RegisteredOf, members, present
from convexlint.program.model import Module, RegisteredFunction
from convexlint.program.modules.nodes import bare
from convexlint.program.places.passing_on import PassesOn, module_names
from convexlint.program.places.reference_sites import is_reference_root
from convexlint.program.places.references import references_of
from convexlint.program.program import Program
from convexlint.program.queries import listed, query

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_ROOTS, _API = {"internal": "internal", "public": "api"}, "_generated/api"
OPEN_USE = "computed function name"
_LONGEST = 300  # bytes that the path of a module may have
_NAME = re.compile(rb":(\w+)")
_IN_FRONT = re.compile(rb"[^\s\"'`:(){}\[\],;]+\Z")


@listed
def unreferenced(program: Program) -> Iterator[RegisteredFunction]:
    """Exported functions without a reference, a direct use, or a string that spells their path; public ones where
    clients are found, and none of them, whatever its language, names them. Silent about a module as soon as it is given
    away whole (`internal.jobs` given to something), and about what a client may mean that was not read."""
    ev, references = program.ev, references_of(program)
    roots = cache(lambda root: _passed_on(program, root))
    spelled = cache(lambda module: _spelled(_may_spell(program, module)))
    for function in program.functions:
        root = _ROOTS.get(function.visibility)
        if root is None or function.path is None or function.syntax == "made":
            continue
        if root == "api" and (not _has_clients(program) or program.named_outside(function.path) != NO):
            continue
        if references.to(function):
            continue
        # All modules are read once for all functions; of few functions, only those that matter to them.
        if _is_spelled(spelled(None if program.focus is None else function.module), function.path):
            continue
        parts = (*function.module.name.split("/"), function.export)
        if any(parts[: len(prefix)] == prefix for prefix in roots(root)):
            continue
        if not _is_named_directly(ev, function, references.names(function)):
            yield function


def note_open_uses(program: Program) -> None:
    """Note where clients may mean functions that nothing names: of these nobody says that they are unused."""
    open_ones = [
        f.path
        for f in program.functions
        if f.is_public and f.path is not None and program.named_outside(f.path) == UNKNOWN
    ]
    if not open_ones or not _has_clients(program):
        return
    modules, names = {""}, set()
    for path in open_ones:
        module, _, name = path.partition(":")
        parts = module.split("/")
        modules.update("/".join(parts[:end]) for end in range(1, len(parts) + 1))
        names.add(name)
    program.ev.unfollowed.update((OPEN_USE, path, start) for path, start in program.opening(modules, names))


@query
def _has_clients(program: Program) -> bool:
    """Whether some public function is named by an application; those of a component are called by the app."""
    if program.project.component:
        return False
    if not any(map(is_application, program.naming(""))):
        return False
    # Module by module: the first one that an application names is enough.
    registered = (f for module in program.modules for f in program.ev.registry.of(module))
    public = (f.path for f in registered if f.is_public and f.path is not None)
    return any(
        any(map(is_application, program.naming(path)))
        for path in public
        if program.named_outside(path) == YES
    )


def _passed_on(program: Program, root: str) -> set[tuple[str, ...]]:
    """Prefixes of `internal`, or of `api`, that are used otherwise than to name a function."""
    found: set[tuple[str, ...]] = set()
    ev, world = program.ev, program.ev.world
    passes = PassesOn((root.encode(),), module_names(program))
    giving = frozenset(m.path for m in program.modules if m.holds(passes) and _may_pass_on(m, root, passes))
    for path in sorted(world.importers(giving)):
        module = world.modules[path]
        index = world.index(module)
        for uses in index.uses.values():
            for use in uses:
                if is_reference_root(ev.expr(module, use)):
                    prefix = _prefix(ev, module, use, root)
                    if prefix is not None:
                        found.add(prefix)
    return found


def _may_pass_on(module: Module, root: str, passes: PassesOn) -> bool:
    """Whether a module holds a root that names no function, or exports it."""
    imports = module.facts.imports
    if any(n.imported == "*" and s.specifier.endswith(_API) for s in imports for n in s.names):
        return True
    if not module.holds(root.encode()):
        return False
    imported = {n.binding for s in imports for n in s.names if n.imported == root}
    if any(e.imported == root or e.name == root or e.binding in imported for e in module.facts.exports):
        return True
    return passes.mention(module.source) is not None


def _prefix(ev: Evaluator, module: Module, use: ir.Name, root: str) -> tuple[str, ...] | None:
    index = ev.world.index(module)
    node: ir.Expr = use
    parent = index.parent(node)
    while isinstance(parent, (ir.Member, ir.Cast)):
        node, parent = parent, index.parent(parent)
    if isinstance(parent, ir.Declare):
        return None  # its own uses are looked at
    value = ev.expr(module, bare(node))
    if isinstance(value, RefPath):
        return value.parts if value.root == root else None
    return () if is_reference_root(value) else None


def _is_named_directly(ev: Evaluator, function: RegisteredFunction, names: frozenset[str]) -> bool:
    """Whether some code imports or uses the function's value itself."""
    for module in ev.world.importers_naming(function.module, names):
        index = ev.world.index(module)
        for binding, uses in index.uses.items():
            definition = index.definitions.get(binding) if uses else None
            if definition is None or definition.kind not in ("import", "var"):
                continue
            imported = definition.kind == "import" and module is not function.module
            if imported or module.facts.bindings[binding].name == function.export:
                values = members(present(ev.binding(module, binding)))
                if any(isinstance(v, RegisteredOf) and v.function is function for v in values):
                    return True
    return False


def _may_spell(program: Program, named: Module | None) -> Iterator[Module]:
    """The modules whose text may hold the path of a function of `named`."""
    word = b"" if named is None else named.name.encode() + b":"
    return (module for module in program.modules if named is None or module.holds(word))


def _spelled(modules: Iterable[Module]) -> dict[bytes, list[bytes]]:
    """What stands before the colon of each `a/b:name` in the text of modules, by the name."""
    found: dict[bytes, list[bytes]] = {}
    for module in modules:
        source = module.source
        for match in _NAME.finditer(source):
            before = _IN_FRONT.search(source, max(0, match.start() - _LONGEST), match.start())
            if before is not None:
                found.setdefault(match[1], []).append(before[0])
    return found


def _is_spelled(spelled: dict[bytes, list[bytes]], path: str) -> bool:
    """Whether a text of the program holds the path of a function."""
    module, _, name = path.encode().rpartition(b":")
    return any(before.endswith(module) for before in spelled.get(name, ()))
