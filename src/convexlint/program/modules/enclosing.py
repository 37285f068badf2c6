"""Where code stands: which loops run it again, and whether two places can both run in one call of a function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from convexlint.facts import ir
from convexlint.program.modules.arrays import EACH
from convexlint.program.modules.nodes import callee_name
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.modules.index import ModuleIndex

_ONCE = frozenset({"of", "in", "await"})  # loops whose source is evaluated once, before the first round


def catches(index: ModuleIndex, parent: ir.Node, child: ir.Node) -> bool:
    """Whether `parent` handles what `child`, which stands directly in it, throws or is rejected with: a `try` that
    has a `catch`, `.catch(...)`, `.then(.., ..)`, `Promise.allSettled(...)`."""
    if isinstance(parent, ir.Try):
        return parent.handler is not None and any(statement is child for statement in parent.body)
    if isinstance(parent, ir.Call):
        return callee_name(parent.callee)[0] == "allSettled"
    if isinstance(parent, ir.Member) and parent.name == "then":
        call = index.parent(parent)
        return isinstance(call, ir.Call) and len(call.args) > 1
    return isinstance(parent, ir.Member) and parent.name == "catch"


def is_caught(index: ModuleIndex, node: ir.Node) -> bool:
    """Whether the function around `node` handles its failure."""
    child, parent = node, index.parent(node)
    while parent is not None and not isinstance(parent, ir.Function):
        if catches(index, parent, child):
            return True
        child, parent = parent, index.parent(parent)
    return False


class Repetition(Struct, frozen=True, eq=False):
    """A loop, or a callback that an array method calls for each element.

    `node`: the `Loop`, or the array method's `Call`. `source`: what is walked through, None when that is not one
    expression (`while`).
    """

    node: ir.Loop | ir.Call
    source: ir.Expr | None


class Enclosing:
    """The surroundings of the nodes of one module."""

    def __init__(self, index: ModuleIndex) -> None:
        self.index = index
        self._numbers = {id(f): n for n, f in enumerate(index.facts.functions)}
        self._looping = {owner for _, owner in index.loops}
        self._repeating: dict[int, bool] = {}

    def ancestors(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """(child, parent) pairs from `node` up to the function that holds it."""
        parent = self.index.parent(node)
        while parent is not None:
            yield node, parent
            if isinstance(parent, (ir.Function, ir.Class)):
                return
            node, parent = parent, self.index.parent(parent)

    def may_repeat(self, owner: int) -> bool:
        """Whether `repetitions` may find something for a node of a facts function: asked first, since most have no
        loop."""
        found = self._repeating.get(owner)
        if found is None:
            literal = self.index.lambdas.get(owner)
            call = self.index.parent(literal) if literal is not None else None
            found = owner in self._looping or (
                literal is not None
                and isinstance(call, (ir.Call, ir.New))
                and (_is_each(call, literal) or self.may_repeat(self.index.owner(literal)))
            )
            self._repeating[owner] = found
        return found

    def repetitions(self, node: Any) -> Iterator[Repetition]:
        """What runs `node` again and again, innermost first, up to the function that is called by its name."""
        while True:
            holder = None
            for child, parent in self.ancestors(node):
                if isinstance(parent, ir.Loop) and _is_repeated(parent, child):
                    yield Repetition(parent, walked(parent))
                holder = parent
            if not isinstance(holder, ir.Function):
                return
            literal = self.index.lambdas.get(self._numbers.get(id(holder), -1))
            call = self.index.parent(literal) if literal is not None else None
            if literal is None or not isinstance(call, (ir.Call, ir.New)):
                return
            if _is_each(call, literal):
                assert isinstance(call, ir.Call)
                assert isinstance(call.callee, ir.Member)
                yield Repetition(call, call.callee.object)
            node = literal

    def runs_again(self, node: Any) -> bool:
        """Whether a loop around `node` in its function comes back to it: nothing leaves the loop behind it."""
        below: list[Any] = [node]
        for child, parent in self.ancestors(node):
            if isinstance(parent, ir.Loop) and _is_repeated(parent, child):
                return not _leaves([*below, parent], ("break",))
            below.append(parent)
        return False

    def both_run(self, first: Any, second: Any) -> bool:
        """Whether one call of the function can run `first` and then `second`, which stands behind it."""
        path = [first]
        for _, parent in self.ancestors(first):
            path.append(parent)
        known = {id(node): number for number, node in enumerate(path)}
        other = second
        if id(second) in known:
            return True
        for child, parent in self.ancestors(second):
            other = child
            if id(parent) in known:
                break
        else:
            return False
        position = known[id(parent)]
        if position == 0:
            return True
        mine = path[position - 1]
        if isinstance(parent, ir.Try) and any(s is other for s in parent.final):
            return True  # whatever way the rest is left
        if _exclusive(parent, mine, other):
            return False
        return not _leaves(path[:position], ())


def _is_each(call: ir.Call | ir.New, literal: ir.Lambda) -> bool:
    """Whether an array method is given the function, to call it for each element."""
    callee = call.callee
    each = isinstance(callee, ir.Member) and callee.name in EACH
    return each and isinstance(call, ir.Call) and bool(call.args) and call.args[0] is literal


def _is_repeated(loop: ir.Loop, child: Any) -> bool:
    """Whether a part of a loop runs in every round."""
    return not (loop.kind in _ONCE and child is loop.source) and not any(child is s for s in loop.init)


def walked(loop: ir.Loop) -> ir.Expr | None:
    """What a loop walks through; of `for (...; i < rows.length; ...)` that is `rows`."""
    if loop.kind in ("of", "await"):
        return loop.source
    test = loop.source
    if loop.kind != "for" or not isinstance(test, ir.Binary) or test.op not in ("<", "!=="):
        return None
    return test.right.object if isinstance(test.right, ir.Member) and test.right.name == "length" else None


def _exclusive(parent: Any, one: Any, two: Any) -> bool:
    """Whether two children of a node are branches of which only one runs."""
    if isinstance(parent, ir.If):
        return _side(parent, one) != _side(parent, two) and parent.test is not one and parent.test is not two
    if isinstance(parent, ir.Conditional):
        return one is not parent.test and two is not parent.test
    if isinstance(parent, ir.Switch):
        return isinstance(one, ir.Case) and isinstance(two, ir.Case) and not _falls(parent, one, two)
    if isinstance(parent, ir.Try):
        handler = parent.handler or ()
        return any(s is two for s in handler) and any(s is one for s in parent.body)
    return False


def _falls(switch: ir.Switch, one: ir.Case, two: ir.Case) -> bool:
    """Whether control falls through from one case to a later one."""
    numbers = [n for n, case in enumerate(switch.cases) if case is one or case is two]
    between = switch.cases[numbers[0] : numbers[-1]]
    return switch.cases[numbers[0]] is one and not any(_ends(case.body) for case in between)


def _ends(body: tuple[ir.Stmt, ...]) -> bool:
    """Whether control never comes to the end of these statements, as their last ones tell."""
    last = body[-1] if body else None
    if isinstance(last, ir.Block):
        return _ends(last.body)
    if isinstance(last, ir.If):
        return bool(last.no) and _ends(last.yes) and _ends(last.no)
    return isinstance(last, (ir.Return, ir.Throw, ir.Jump))


def _side(parent: ir.If, child: Any) -> str:
    return "yes" if any(s is child for s in parent.yes) else "no"


def _leaves(path: list[Any], jumps: tuple[str, ...]) -> bool:
    """Whether the code on the way from the first node of `path` up to its last returns, throws or jumps there."""
    for number, node in enumerate(path):
        if isinstance(node, (ir.Return, ir.Throw)):
            return True
        if number + 1 == len(path):
            return False
        last = _block(path[number + 1], node)[-1:]
        if last and isinstance(last[0], (ir.Return, ir.Throw)):
            return True
        if last and isinstance(last[0], ir.Jump) and last[0].kind in jumps:
            return True
    return False


def _block(holder: Any, child: Any) -> tuple[ir.Stmt, ...]:
    """The statement list of `holder` that `child` is one of."""
    lists: tuple[tuple[ir.Stmt, ...], ...] = ()
    if isinstance(holder, ir.If):
        lists = (holder.yes, holder.no)
    elif isinstance(holder, (ir.Loop, ir.Block, ir.Case)):
        lists = (holder.body,)
    elif isinstance(holder, ir.Try):
        lists = (holder.body, holder.handler or (), holder.final)
    return next((block for block in lists if any(s is child for s in block)), ())
