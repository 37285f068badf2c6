"""What nothing waits for: promises that are tested in place of what they give, exceptions that stop nobody."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.program.behaviour.branches import leaves
from convexlint.program.behaviour.callees import Callees
from convexlint.program.behaviour.proofs import COMPARES
from convexlint.program.behaviour.trust import Trust, Worth
from convexlint.program.evaluation.values import Closure, present
from convexlint.program.evaluation.written import called
from convexlint.program.modules.arrays import PREDICATES
from convexlint.program.places.tested_promises import PROMISE_METHODS, is_condition, is_tested_there


class Awaiting(Callees):
    """Reads what stands around a call."""

    def _handed(self, node: ir.Call | ir.New, position: int) -> Worth:
        """What an argument is worth; nothing where it is a promise that the callee only tests."""
        worth = self.worth(node.args[position])
        if position == 0 and isinstance(node.args[0], ir.Name) and worth.trust is Trust.NONE:
            return Worth(self._named_predicate(node))
        if worth.trust is Trust.NONE or not isinstance(node, ir.Call):
            return worth
        tested = is_tested_there(self.judge.ev, self.module, node, position)
        return Worth() if tested and self._is_promise(node.args[position]) else worth

    def _named_predicate(self, node: ir.Call | ir.New) -> Trust:
        """What a function by name says of rows that it selects: `rows.filter(isPublished)`."""
        if not isinstance(node.callee, ir.Member) or node.callee.name not in PREDICATES:
            return Trust.NONE
        value = present(called(self.judge.ev, self.module, node.args[0]))
        if not isinstance(value, Closure):
            return Trust.NONE
        key = (value.module.path, value.index)
        gives = self.judge.guard(key, (), self.ctx_trust, self.depth + 1).gives
        return gives if gives is Trust.SHOWN else Trust.NONE

    def _tests_promises(self, node: ir.Call | ir.New) -> bool:
        """`[mayRead(ctx)].every(Boolean)`: every promise is true."""
        callee = node.callee
        if not isinstance(callee, ir.Member):
            return False
        tests = callee.name in PREDICATES or callee.name in COMPARES or _is_boolean(node.args)
        return tests and self._are_promises(callee.object)

    def _is_unheard(self, node: ir.Call | ir.New) -> bool:
        """Whether nothing waits for what a callback throws: `ids.forEach(async (id) => ...)`, a `.then(...)` or a
        `.map(async ...)` as a statement."""
        if not isinstance(node.callee, ir.Member):
            return False
        if node.callee.name in PROMISE_METHODS:
            return self._is_dropped(node)
        if (
            node.callee.name not in ("forEach", "map")
            or not node.args
            or not isinstance(node.args[0], ir.Lambda)
        ):
            return False
        waits = node.callee.name == "map" and not self._is_dropped(node)
        return not waits and self.module.facts.functions[node.args[0].index].is_async

    def _is_dropped(self, node: ir.Expr) -> bool:
        return isinstance(self.where.parent(node), ir.Evaluate)

    def _is_async_predicate(self, node: ir.Call | ir.New) -> bool:
        """`rows.filter(async (row) => ...)` keeps every row."""
        if not isinstance(node.callee, ir.Member) or node.callee.name not in PREDICATES or not node.args:
            return False
        test = node.args[0]
        return isinstance(test, ir.Lambda) and self.module.facts.functions[test.index].is_async

    def _awaited(self, node: ir.Node) -> ir.Node:
        """A node with the `await` and casts around it."""
        above = self.where.parent(node)
        while isinstance(above, (ir.Await, ir.Cast)):
            node, above = above, self.where.parent(above)
        return node

    def _caught(self, node: ir.Expr) -> bool:
        """Whether an exception of the call cannot stop the function: not awaited, `.catch(...)`, or thrown away by
        a `try` that holds nothing else."""
        if is_condition(self.judge.ev, self.module, node) and self._is_promise(node):
            return True
        child: ir.Node = node
        parent = self.where.parent(node)
        awaited = False
        while isinstance(parent, (ir.Await, ir.Cast)) or (
            isinstance(parent, ir.Unary) and parent.op == "void"
        ):
            awaited = awaited or isinstance(parent, ir.Await)
            child, parent = parent, self.where.parent(parent)
        if isinstance(parent, ir.Member) and parent.name in ("catch", "then"):
            call = self.where.parent(parent)
            if isinstance(call, ir.Call) and call.callee is parent:
                return parent.name == "catch" or len(call.args) > 1
        if isinstance(parent, ir.Array) and not awaited:  # `Promise.allSettled([requireUser(ctx)])`
            around = self.where.parent(parent)
            callee = around.callee if isinstance(around, ir.Call) else None
            if isinstance(callee, ir.Member) and callee.name == "allSettled":
                return isinstance(self.where.parent(self._awaited(around)), ir.Evaluate)
        if isinstance(parent, ir.Evaluate):
            if not awaited and self.judge.is_async(self.module, node):
                return True
            child, parent = parent, self.where.parent(parent)
            if isinstance(parent, ir.Try) and parent.handler is not None and parent.body[-1:] == (child,):
                return not leaves(parent.handler)
        return False


def _is_boolean(args: tuple[ir.Expr, ...]) -> bool:
    return len(args) == 1 and isinstance(args[0], ir.Name) and args[0].name == "Boolean"
