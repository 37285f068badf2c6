"""Lists and maps that a function fills row by row: they hold what is published, where all that goes into them does."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.program.behaviour.denials import inside
from convexlint.program.behaviour.endings import Endings
from convexlint.program.behaviour.judge import Judge
from convexlint.program.behaviour.trust import Trust
from convexlint.program.model import Module

_FILLS = frozenset({"push", "unshift", "add", "set"})
_SHOWN = (Trust.SHOWN, Trust.SHARED)


class Fills(Endings):
    """Follows what is put into lists and maps. `_here`: what decided that control comes to this statement."""

    def __init__(self, judge: Judge, module: Module, index: int, ctx_trust: Trust, depth: int) -> None:
        super().__init__(judge, module, index, ctx_trust, depth)
        self._here = Trust.NONE
        self._filled: dict[int, set[Trust]] = {}

    def _begins_empty(self, node: ir.Declare) -> None:
        """`const out = [];`, `new Map()`, `{}`."""
        made = None if node.init is None else inside(node.init)
        empty = (
            (isinstance(made, ir.Array) and not made.items)
            or (isinstance(made, ir.Object) and not made.props)
            or (isinstance(made, ir.New) and not made.args)
        )
        if empty and isinstance(node.pattern, ir.BindName) and node.pattern.ref >= 0:
            self._filled.setdefault(node.pattern.ref, set())

    def _name(self, node: ir.Name) -> Trust:
        trust = super()._name(node)
        held = self._filled.get(node.ref)
        if trust is not Trust.NONE or not held or not all(one in _SHOWN for one in held):
            return trust
        return min(held)

    def _puts(self, node: ir.Call | ir.New) -> None:
        """`out.push(row)`, `seen.set(row.slug, row)`."""
        callee = node.callee
        if isinstance(callee, ir.Member) and callee.name in _FILLS and isinstance(callee.object, ir.Name):
            self._fill(callee.object, *node.args)

    def _put_at(self, node: ir.Assign) -> None:
        """`bySlug[row.slug] = row`."""
        if isinstance(node.target, (ir.Index, ir.Member)) and isinstance(node.target.object, ir.Name):
            self._fill(node.target.object, node.value)

    def _fill(self, target: ir.Name, *given: ir.Expr) -> None:
        held = self._filled.get(target.ref)
        if held is None:
            return
        self._shapes.pop(target.ref, None)  # it is no empty object any more
        for one in given:
            trust = self.trust(one)
            if trust in _SHOWN:
                held.add(trust)
            elif not self._adds_nothing(one, target):
                held.add(self._here if self._here in _SHOWN else Trust.NONE)

    def _adds_nothing(self, node: ir.Expr, target: ir.Name) -> bool:
        """Whether an expression is made of literals and of what is there already: `(count.get(key) ?? 0) + 1`."""
        bare = inside(node)
        if isinstance(bare, ir.Binary):
            return self._adds_nothing(bare.left, target) and self._adds_nothing(bare.right, target)
        root: ir.Expr = bare
        while isinstance(root, (ir.Member, ir.Index, ir.Call)):
            root = root.callee if isinstance(root, ir.Call) else root.object
        return self.is_plain(bare) or (isinstance(root, ir.Name) and root.ref == target.ref)
