"""Writes that make a document's array longer: `ctx.db.patch(id, { tags: [...doc.tags, tag] })`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.model import Module, Place
from convexlint.program.modules.nodes import bare
from convexlint.program.places.elsewhere import Bare
from convexlint.program.places.sites import SiteFinder, all_sites, placing
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_DATA = {"patch": 1, "replace": 1}  # position without the table's name
_SHORTENING = ("slice", "splice")


class ArrayAppend(Struct, frozen=True, eq=False):
    """`place.span`: the field's name in the write."""

    place: Place
    table: str
    field: str


@listed
def array_appends(program: Program, fields: frozenset[str]) -> Iterator[ArrayAppend]:
    """Arrays in such fields of documents that a write makes longer, in the order of the calls of all modules. With a
    focus, the places do not tell what they are inside of."""
    ev = program.ev
    if program.focus is None:
        places, calls = placing(program), all_sites(program).database_calls
    else:
        places = Bare(ev.registry)
        named = re.compile(b"|".join(re.escape(field.encode()) for field in sorted(fields)))
        modules = [module for module in program.modules if module.holds(named)]
        calls = SiteFinder(ev, places, modules, frozenset(_DATA)).database_calls
    for call in calls:
        table = call.table if call.explicit else call.id_table
        if call.method not in _DATA or table is None:
            continue
        position = _DATA[call.method] + (1 if call.explicit else 0)
        data = _definition(ev, call.place.module, call.args[position]) if position < len(call.args) else None
        if not isinstance(data, ir.Object):
            continue
        for prop in data.props:
            if prop.key in fields and prop.key is not None and _grows(ev, call.place.module, prop.value):
                place = places.at(call.place.module, prop.key_start, prop.key_end, call.place.owner)
                yield ArrayAppend(place, table, prop.key)


def _definition(ev: Evaluator, module: Module, node: ir.Expr) -> ir.Expr:
    """The expression behind casts and a local variable."""
    node = bare(node)
    if isinstance(node, ir.Name) and node.ref >= 0:
        found = ev.world.index(module).definitions.get(node.ref)
        if found is not None and found.kind == "var" and not found.path and found.expr is not None:
            return found.expr
    return node


def _grows(ev: Evaluator, module: Module, node: ir.Expr) -> bool:
    node = bare(node)
    if isinstance(node, ir.Name) and node.ref >= 0:
        init = _definition(ev, module, node)
        pushes = ev.world.index(module).pushes.get(node.ref, ())
        if any(name in ("push", "unshift") for name, _ in pushes):
            return not (isinstance(init, ir.Array) and not init.items)  # not one that is made anew
        return init is not node and not isinstance(init, ir.Name) and _grows(ev, module, init)
    if isinstance(node, ir.Array):
        spreads = [item.value for item in node.items if isinstance(item, ir.Spread)]
        return bool(spreads) and len(node.items) > 1 and not any(_is_cut(part) for part in spreads)
    if isinstance(node, ir.Call) and isinstance(node.callee, ir.Member):
        return node.callee.name == "concat" and not _is_cut(node.callee.object)
    return False


def _is_cut(node: ir.Expr) -> bool:
    """`list.slice(-20)`: what is kept of the old array has a bound."""
    return (
        isinstance(node, ir.Call) and isinstance(node.callee, ir.Member) and node.callee.name in _SHORTENING
    )
