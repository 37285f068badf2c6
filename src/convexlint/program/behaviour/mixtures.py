"""Values of several parts: what each name takes of them, and whether a result holds data that everybody gets beside
what depends on the caller."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.program.behaviour.denials import inside
from convexlint.program.behaviour.strangers import Strangers
from convexlint.program.behaviour.trust import Trust
from convexlint.program.evaluation.values import Global
from convexlint.program.modules.nodes import descendants

_ALL = Global("Promise.all")


class Mixtures(Strangers):
    """Reads lists and objects part by part."""

    def _parts_of(self, node: ir.Expr) -> tuple[ir.Expr, ...]:
        """What stands in a list or an object that is written there, or in `Promise.all([...])`."""
        bare = inside(node)
        if isinstance(bare, ir.Call) and bare.args and not isinstance(bare.callee, ir.Atom):
            given = inside(bare.args[0])
            if isinstance(given, ir.Array) and self.judge.ev.expr(self.module, bare.callee) == _ALL:
                return given.items
        if isinstance(bare, ir.Object):
            return tuple(prop.value for prop in bare.props)
        return bare.items if isinstance(bare, ir.Array) else ()

    def _items_of(self, node: ir.Expr) -> tuple[ir.Expr, ...]:
        """The items of a list as written, where each is one."""
        parts = () if isinstance(inside(node), ir.Object) else self._parts_of(node)
        return () if any(isinstance(part, ir.Spread) for part in parts) else parts

    def _is_mixed(self, value: ir.Expr) -> bool:
        """`{ viewer, notes }`, where the notes are the same whoever calls."""
        return any(map(self._is_for_all, self._parts_of(value)))

    def _is_for_all(self, node: ir.Expr) -> bool:
        """Whether an expression holds data that nothing of the caller led to."""
        if self.trust(node) not in (Trust.NONE, Trust.CLIENT):
            return False
        if self._reads(node):
            return True
        return any(isinstance(n, ir.Name) and self._holds_data(n) for n in self._values_in(node))

    def _values_in(self, node: ir.Expr) -> tuple[ir.Node, ...]:
        """What an expression is made of; how many there are of something is no data."""
        counts = isinstance(node, ir.Member) and node.name == "length"
        return () if counts else tuple(descendants(node))

    def _holds_data(self, node: ir.Name) -> bool:
        """Whether a variable of this function holds what it read."""
        definition = self.where.definitions.get(node.ref)
        if definition is None or definition.kind != "var" or definition.expr is None:
            return False
        return self.where.owner(definition.expr) == self.index and self._reads(definition.expr)

    def _reads(self, node: ir.Expr) -> bool:
        return self.judge.reach.touches(self.module, self.index, node.start, node.end)
