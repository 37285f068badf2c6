"""The paths under which a deploy knows its functions: each export of a pushed module whose value is registered, also
where another module registers it."""

from __future__ import annotations

from convexlint.discovery.project import Role
from convexlint.facts import ir
from convexlint.program.evaluation.values import ClassOf, Closure, Lit, ObjectLiteral, RegisteredOf, present
from convexlint.program.model import Module, RegisteredFunction
from convexlint.program.modules.exports import Target
from convexlint.program.modules.nodes import bare
from convexlint.program.program import Program, all_functions
from convexlint.program.queries import query

_NO_FUNCTION = (Closure, ClassOf, ObjectLiteral, Lit)


@query
def function_paths(program: Program) -> dict[str, RegisteredFunction]:
    """Path -> the function that answers there, whatever the focus."""
    found = {f.path: f for f in all_functions(program) if f.path is not None}
    ev = program.ev
    for module in ev.world.modules.values():
        if module.role is not Role.MODULE or not _hands_on(module):
            continue
        for name, target in ev.world.export_names(module).items():
            path = f"{module.name}:{name}"
            if path not in found and _comes_from_elsewhere(program, module, target):
                value = present(ev.target_value(target))
                if isinstance(value, RegisteredOf):
                    found[path] = value.function
    return found


def may_be_function(program: Program, path: str) -> bool:
    """Whether something that could not be followed may answer at a path where `function_paths` has nothing."""
    home, _, name = path.partition(":")
    world = program.ev.world
    module = world.by_name(home)
    if module is None:
        return f"{program.project.functions_dir}/{home}" in {p.rsplit(".", 1)[0] for p in program.unreadable}
    if module.head.problem is not None or module.head.truncated or world.has_open_star(module):
        return True
    target = world.export_names(module).get(name)
    return target is not None and not isinstance(present(program.ev.target_value(target)), _NO_FUNCTION)


def _hands_on(module: Module) -> bool:
    """Whether it may export what another module made."""
    facts = module.facts
    imported = {name.binding for statement in facts.imports for name in statement.names}
    return any(
        e.kind in ("from", "star", "namespace") or (e.kind in ("local", "default") and bool(imported))
        for e in facts.exports
    )


def _comes_from_elsewhere(program: Program, module: Module, target: Target) -> bool:
    """Whether an export is that of another module, or a constant that holds what has a name already."""
    if target.module is not module:
        return target.module is not None
    expr = target.expr
    if target.kind == "binding":
        expr = program.ev.world.index(module).constant(target.binding)
    return expr is not None and isinstance(bare(expr), (ir.Name, ir.Member))
