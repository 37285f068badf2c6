"""Ids that code takes from whatever table its callers like: `(id: GenericId<string>) => ctx.db.get(id)`."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.program.model import DatabaseCall, Module
from convexlint.program.modules.nodes import bare
from convexlint.program.program import Program
from convexlint.program.queries import query

_IDS = frozenset({"Id", "GenericId"})
_ANY_TABLE = frozenset({"TableNames", "TableNamesInDataModel"})


@query
def may_be_of_any_table(program: Program, call: DatabaseCall) -> bool:
    """Whether the id that a database call is given is a parameter of a helper that takes ids of all tables."""
    node = bare(call.args[0]) if call.args else None
    if not isinstance(node, ir.Name) or node.ref < 0:
        return False
    module = call.place.module
    definition = program.ev.world.index(module).definitions.get(node.ref)
    if definition is None or definition.kind != "param":
        return False
    kind = module.facts.functions[definition.index].params[definition.position].annotation
    for step, key in definition.path:
        if step != "key" or not isinstance(kind, ir.TypeObject):
            return False
        kind = next((field.type for field in kind.fields if field.name == key), None)
    names = _parameters(module, definition.index)
    alternatives = kind.items if isinstance(kind, ir.TypeUnion) else (kind,)
    return any(_is_any(one, names) for one in alternatives)


def _is_any(kind: ir.Type | None, parameters: frozenset[str]) -> bool:
    if not isinstance(kind, ir.TypeName) or kind.name not in _IDS:
        return False
    if not kind.args:
        return kind.name == "GenericId"
    table = kind.args[0]
    if isinstance(table, ir.TypeKeyword):
        return table.name in ("string", "any")
    return isinstance(table, ir.TypeName) and (table.name in _ANY_TABLE or table.name in parameters)


def _parameters(module: Module, function: int) -> frozenset[str]:
    """The type parameters in scope in a function: its own, its class's, those around it."""
    found: set[str] = set()
    while function > 0:
        here = module.facts.functions[function]
        found.update(param.name for param in here.type_params)
        if here.owner_class >= 0:
            found.update(param.name for param in module.facts.classes[here.owner_class].type_params)
        function = here.parent
    return frozenset(found)
