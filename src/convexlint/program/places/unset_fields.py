"""Whether documents without an optional field can come into being: what the project's writes say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.values import UNDEFINED, UNKNOWN, DocOf, Lit, Value, members
from convexlint.program.model import DatabaseCall, Module
from convexlint.program.modules.nodes import bare
from convexlint.program.places.elsewhere import calls_on
from convexlint.program.program import Program
from convexlint.program.queries import query

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

Literal = str | float | bool


@query
def may_lack(program: Program, table: str, field: str, among: tuple[tuple[str, Literal], ...] = ()) -> bool:
    """Whether rows of a table may lack an optional (top-level) field, for all that its writes tell.

    False where every insert and replace sets it and no patch takes it away; so it is where what they write is not
    known. True where one leaves it out, or where the project writes no row of the table. `among`: only rows count whose
    fields hold these values."""
    _, calls = calls_on(program, frozenset({table}), "insert", "replace", "patch")
    writes = _Writes(program.ev, table)
    wrote = False
    for call in calls:
        target = call.table if call.explicit else call.id_table
        if target != table or not call.args or call.system:
            continue
        if call.method == "patch":
            if writes.unsets(call, field) and not writes.are_others(call, among):
                return True
            continue
        wrote = True
        if writes.are_others(call, among):
            continue
        if writes.has(call.place.module, call.args[-1], field) is False:
            return True
    return not wrote


class _Writes:
    def __init__(self, ev: Evaluator, table: str) -> None:
        self._ev = ev
        self._table = table

    def has(self, module: Module, node: ir.Expr, field: str) -> bool | None:
        """Whether an object surely has the field; False where it may lack it, None where that is not known. A copy of
        another row of the table has it where that row has it, which says nothing."""
        index = self._ev.world.index(module)
        node = bare(node)
        value = self._ev.expr(module, node)
        if value == DocOf(self._table):
            return None
        definition = index.definitions.get(node.ref) if isinstance(node, ir.Name) else None
        if (
            isinstance(node, ir.Name)
            and definition is not None
            and definition.kind == "var"
            and definition.expr
        ):
            if module.facts.bindings[node.ref].assigned or node.ref in index.writes:
                return None
            if not definition.path:
                return self.has(module, definition.expr, field)
            if definition.path[-1][0] == "rest" and self._is_row(module, definition.expr):
                return None
        if not isinstance(node, ir.Object):
            return _is_set(self._ev.member(value, field))
        found: bool | None = False
        for prop in node.props:
            if prop.kind == "spread":
                brought = self.has(module, prop.value, field)
                found = found if brought is False else brought
            elif prop.key == field:
                found = _is_set(self._ev.expr(module, prop.value))
            elif prop.key is None:
                found = None
        return found

    def _is_row(self, module: Module, node: ir.Expr) -> bool:
        return DocOf(self._table) in members(self._ev.expr(module, node))

    def are_others(self, call: DatabaseCall, among: tuple[tuple[str, Literal], ...]) -> bool:
        """Whether the row that is written is none of those that count."""
        data = bare(call.args[-1])
        if not isinstance(data, ir.Object):
            return False
        written = {prop.key: prop.value for prop in data.props if prop.key is not None}
        for name, wanted in among:
            if name in written:
                value = self._ev.expr(call.place.module, written[name])
                if isinstance(value, Lit) and value.value != wanted:
                    return True
        return False

    def unsets(self, call: DatabaseCall, field: str) -> bool:
        """Whether a patch names the field with a value that may be undefined."""
        data = bare(call.args[-1])
        if not isinstance(data, ir.Object):
            return False
        values = [prop.value for prop in data.props if prop.key == field]
        return any(UNDEFINED in members(self._ev.expr(call.place.module, value)) for value in values)


def _is_set(value: Value) -> bool | None:
    if value is UNKNOWN:
        return None
    return UNDEFINED not in members(value)
