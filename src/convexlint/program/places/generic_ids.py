"""Ids that code takes from whatever table its callers like: `(id: GenericId<string>) => ctx.db.get(id)`."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.program.model import DatabaseCall, Module
from convexlint.program.modules.arrays import ELEMENT_FIRST
from convexlint.program.modules.nodes import bare
from convexlint.program.program import Program
from convexlint.program.queries import query

_IDS = frozenset({"Id", "GenericId"})
_ROWS = frozenset({"Doc", "DocumentByName"})
_LISTS = frozenset({"Array", "ReadonlyArray", "ReadonlySet", "Set", "Iterable"})
_HOPS = 3
_ANY_TABLE = frozenset({"TableNames", "TableNamesInDataModel"})


@query
def may_be_of_any_table(program: Program, call: DatabaseCall) -> bool:
    """Whether the id that a database call is given comes from a parameter of a helper that takes ids, or documents, of
    all tables: itself, an element of it, the document's `_id`."""
    node = bare(call.args[0]) if call.args else None
    module = call.place.module
    of_row = isinstance(node, ir.Member) and node.name == "_id"
    named = bare(node.object) if isinstance(node, ir.Member) and of_row else node
    if not isinstance(named, ir.Name) or named.ref < 0:
        return False
    kind, function = _declared(program, module, named, 0)
    names = _parameters(module, function)
    alternatives = kind.items if isinstance(kind, ir.TypeUnion) else (kind,)
    return any(_is_any(one, names, _ROWS if of_row else _IDS) for one in alternatives)


def _declared(program: Program, module: Module, node: ir.Name, hops: int) -> tuple[ir.Type | None, int]:
    """The type that a name is declared with, as a parameter or as an element of one, and the facts function it is."""
    index = program.ev.world.index(module)
    definition = index.definitions.get(node.ref)
    if definition is None or hops > _HOPS:
        return None, 0
    if definition.kind == "loop" and not definition.path and isinstance(definition.expr, ir.Name):
        kind, function = _declared(program, module, definition.expr, hops + 1)
        return _element(kind), function
    if definition.kind != "param":
        return None, 0
    kind = module.facts.functions[definition.index].params[definition.position].annotation
    literal = index.lambdas.get(definition.index)
    around = None if literal is None else index.parent(literal)
    callee = around.callee if isinstance(around, ir.Call) else None
    if kind is None and isinstance(callee, ir.Member) and isinstance(callee.object, ir.Name):
        is_element = callee.name in ELEMENT_FIRST and definition.position == 0 and not definition.path
        if is_element:
            kind, function = _declared(program, module, callee.object, hops + 1)
            return _element(kind), function
    for step, key in definition.path:
        if step != "key" or not isinstance(kind, ir.TypeObject):
            return None, 0
        kind = next((field.type for field in kind.fields if field.name == key), None)
    return kind, definition.index


def _element(kind: ir.Type | None) -> ir.Type | None:
    """Of a list or a set as a type: what it holds."""
    if isinstance(kind, ir.TypeArray):
        return kind.element
    is_list = isinstance(kind, ir.TypeName) and kind.name in _LISTS and len(kind.args) == 1
    return kind.args[0] if is_list and isinstance(kind, ir.TypeName) else None


def _is_any(kind: ir.Type | None, parameters: frozenset[str], kinds: frozenset[str]) -> bool:
    if not isinstance(kind, ir.TypeName) or kind.name not in kinds:
        return False
    if not kind.args:
        return kind.name == "GenericId"
    table = kind.args[-1]  # `DocumentByName<Model, T>`
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
