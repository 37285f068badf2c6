"""Which read decides how many elements a list has: its rows, what is made of each of them, what a helper gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.values import Closure, present
from convexlint.program.model import Module, QueryStep
from convexlint.program.modules.nodes import unwrapped
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.modules.index import Definition

MAX_HOPS = 12
"""Variables, methods and functions between a list and the read."""
MAX_STEPS = 200
"""Expressions that one question looks at; what lies beyond is not known."""
_LOADERS = frozenset({"collect", "take", "paginate"})
_SAME = frozenset({"sort", "toSorted", "reverse", "toReversed", "concat", "entries", "values", "keys"})
_FEWER = frozenset({"filter", "slice", "splice"})
_PER_ROW = frozenset({"map", "flatMap"})
_SPREADING = frozenset({"Array.from", "Promise.all"})


class Counted(Struct, frozen=True, eq=False):
    """`step`: the consumer. `thinned`: code has picked some of its rows on the way. `mapped`: the list holds what was
    made of each row."""

    step: QueryStep
    thinned: bool = False
    mapped: bool = False


class Counting:
    """Looks for the read behind lists."""

    def __init__(self, ev: Evaluator, step: Callable[[Module, ir.Call], QueryStep | None]) -> None:
        """`step`: which method of a query a call of a module is."""
        self._ev = ev
        self._step = step
        self._left = 0

    def of(self, module: Module, node: ir.Expr) -> Counted | None:
        """The read behind `node`; None where there is none, or more than one, or it is not known."""
        self._left = MAX_STEPS
        return self._of(module, node, MAX_HOPS)

    def _of(self, module: Module, node: ir.Expr, hops: int) -> Counted | None:
        node = unwrapped(node)
        self._left -= 1
        if hops <= 0 or self._left < 0:
            return None
        if isinstance(node, ir.Call):
            return self._called(module, node, hops - 1)
        if isinstance(node, ir.Member) and node.name == "page":
            return self._of(module, node.object, hops - 1)
        if isinstance(node, ir.Array) and len(node.items) == 1 and isinstance(node.items[0], ir.Spread):
            return self._of(module, node.items[0].value, hops - 1)
        if isinstance(node, ir.Index) and isinstance(node.key, ir.Number):
            return self._one_of_all(module, node.object, int(node.key.value), hops - 1)
        if isinstance(node, ir.Name) and node.ref >= 0:
            return self._named(module, node.ref, hops - 1)
        return None

    def _called(self, module: Module, node: ir.Call, hops: int) -> Counted | None:
        step = self._step(module, node)
        if step is not None:
            return Counted(step) if step.method in _LOADERS else None
        callee = node.callee
        if isinstance(callee, ir.Member):
            if callee.name in _SAME or callee.name in _FEWER or callee.name in _PER_ROW:
                found = self._of(module, callee.object, hops)
                if found is None:
                    return None
                thinned = found.thinned or callee.name in _FEWER
                return Counted(found.step, thinned, found.mapped or callee.name in _PER_ROW)
            written = f"{callee.object.name}.{callee.name}" if isinstance(callee.object, ir.Name) else ""
            if written in _SPREADING and len(node.args) == 1 and not isinstance(node.args[0], ir.Array):
                return self._of(module, node.args[0], hops)
        if not isinstance(callee, (ir.Name, ir.Member)):
            return None
        target = present(self._ev.expr(module, callee))
        return self._returned(target, hops) if isinstance(target, Closure) else None

    def _returned(self, target: Closure, hops: int) -> Counted | None:
        """What a function of the project gives, where only one of its results is a list of rows."""
        results = self._ev.world.index(target.module).returns.get(target.index, ())
        found = None
        for result in results:
            if _is_empty(result):
                continue
            one = self._of(target.module, result, hops)
            if one is None or found is not None:
                return None
            found = one
        return found

    def _named(self, module: Module, ref: int, hops: int) -> Counted | None:
        definition = self._ev.world.index(module).definitions.get(ref)
        if definition is None or module.facts.bindings[ref].assigned:
            return None
        if definition.kind == "param" and not definition.path:
            return self._then(module, definition, hops) or self._given(module, definition, hops)
        if definition.kind != "var" or definition.expr is None:
            return None
        if definition.path in ((), (("key", "page"),)):
            return self._of(module, definition.expr, hops)
        if len(definition.path) == 1 and definition.path[0][0] == "item":
            return self._one_of_all(module, definition.expr, definition.path[0][1], hops)
        return None

    def _one_of_all(self, module: Module, node: ir.Expr, position: int, hops: int) -> Counted | None:
        """`const [a, b] = await Promise.all([...])`, `all[1]`."""
        node = unwrapped(node)
        if isinstance(node, ir.Name) and node.ref >= 0:
            held = self._ev.world.index(module).constant(node.ref)
            node = node if held is None else unwrapped(held)
        callee = node.callee if isinstance(node, ir.Call) else None
        together = isinstance(callee, ir.Member) and callee.name == "all" and isinstance(node, ir.Call)
        items = node.args[0] if together and isinstance(node, ir.Call) and len(node.args) == 1 else None
        if not isinstance(items, ir.Array) or not 0 <= position < len(items.items):
            return None
        if any(isinstance(item, ir.Spread) for item in items.items):
            return None
        return self._of(module, items.items[position], hops)

    def _then(self, module: Module, definition: Definition, hops: int) -> Counted | None:
        """`.collect().then((rows) => ...)`."""
        index = self._ev.world.index(module)
        literal = index.lambdas.get(definition.index)
        call = index.parent(literal) if literal is not None else None
        callee = call.callee if isinstance(call, ir.Call) else None
        if not isinstance(callee, ir.Member) or callee.name != "then" or definition.position != 0:
            return None
        return self._of(module, callee.object, hops)

    def _given(self, module: Module, definition: Definition, hops: int) -> Counted | None:
        """What the callers of a function give it, where all that are known give rows; a whole range goes first."""
        if definition.index in self._ev.world.index(module).lambdas and self._is_handed(module, definition):
            return None
        calls = self._ev.callers.of(module, definition.index)
        if not calls or self._ev.callers.escapes(module, definition.index):
            return None
        found: list[Counted] = []
        for other, call in calls:
            args = call.args[: definition.position + 1]
            if len(args) <= definition.position or any(isinstance(arg, ir.Spread) for arg in args):
                return None
            one = self._of(other, args[definition.position], hops)
            if one is None:
                return None
            found.append(one)
        return min(found, key=lambda one: (one.step.method != "collect", one.thinned))

    def _is_handed(self, module: Module, definition: Definition) -> bool:
        """Whether a function is written where it is handed to another one, which calls it as it likes."""
        index = self._ev.world.index(module)
        return isinstance(index.parent(index.lambdas[definition.index]), (ir.Call, ir.New))


def _is_empty(node: ir.Expr) -> bool:
    node = unwrapped(node)
    return isinstance(node, ir.Atom) or (isinstance(node, ir.Array) and not node.items)
