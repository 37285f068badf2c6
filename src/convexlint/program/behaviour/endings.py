"""Where control ends in a function, and whether anything is left to protect elsewhere in it."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.program.behaviour.branches import leaves
from convexlint.program.behaviour.cases import extent_of
from convexlint.program.behaviour.denials import denies, inside
from convexlint.program.behaviour.expressions import EQUALITIES
from convexlint.program.behaviour.mixtures import Mixtures
from convexlint.program.behaviour.trust import CHOSEN, Trust
from convexlint.program.evaluation.values import Global
from convexlint.program.modules.nodes import bare


class Endings(Mixtures):
    """Reads branches and what stands around them."""

    def _is_gate(self, node: ir.If) -> bool:
        """Whether a test of the environment alone refuses everybody in production."""
        outcome = self.judge.in_production(self.module, node.test)
        if outcome is None or not leaves(node.yes if outcome else node.no):
            return False
        self._note("environment", self.place(node.test))
        return True

    def _repeats(self, node: ir.Loop) -> Trust:
        """What decided that control comes into a loop: `while (!me) deny();`."""
        if node.source is None or node.pattern is not None or node.kind == "do":
            return Trust.NONE
        trust = self.truth(node.source)
        self._tests[trust] = node.source
        gone = trust is Trust.FOUND and denies(node.source) and self._refuses(node.body)
        return Trust.VERIFIED if gone else trust if trust >= Trust.ADMITTED else Trust.NONE

    def _refuses(self, branch: tuple[ir.Stmt, ...]) -> bool:
        """Whether a branch ends the function and changes nothing: what it throws takes back what it did."""
        start, end = extent_of(branch)
        changes = self.judge.reach.changes(self.module, self.index)
        kept = isinstance(branch[-1], ir.Throw) if branch else False
        return leaves(branch) and (kept or not any(start <= at < end for at in changes))

    def _touches_else(self, node: ir.If) -> bool:
        """Whether data is touched outside of the first branch of `node`, or not in it."""
        start, end = node.yes[0].start if node.yes else node.end, node.yes[-1].end if node.yes else node.end
        return self._touches_beside(start, end)

    def _touches_beside(self, start: int, end: int) -> bool:
        """Whether data is touched elsewhere than between two offsets, or not there."""
        body = self.module.facts.functions[self.index]
        inside_ = self.judge.reach.touches(self.module, self.index, start, end)
        outside = self.judge.reach.touches(
            self.module, self.index, body.start, start
        ) or self.judge.reach.touches(self.module, self.index, end, body.end)
        return outside or not inside_

    def _is_clients_choice(self, node: ir.If) -> bool:
        """`if (args.mode === "strict") await requireUser(ctx);`. Of several such tests in a row the last may leave
        nothing out."""
        test = inside(node.test)
        if (
            not isinstance(test, ir.Binary)
            or test.op not in EQUALITIES
            or any(isinstance(s, ir.If) for s in node.no)
        ):
            return False
        if isinstance(self.where.parent(node), ir.If):
            return False
        sides = (test.left, test.right)
        return any(self.trust(a) in CHOSEN and self.text_of(b) is not None for a, b in (sides, sides[::-1]))

    def _goes_on(self, node: ir.If, stops: bool) -> bool:
        """Whether data is touched although the client chose the branch of `node` in which nobody stops strangers:
        `if (args.strict) await requireUser(ctx);` and then the work."""
        other = node.no if stops else node.yes
        start = other[0].start if other else node.end
        end = other[-1].end if other else node.end
        if self.judge.reach.touches(self.module, self.index, start, end):
            return True
        end = self.module.facts.functions[self.index].end
        return not leaves(other) and self.judge.reach.touches(self.module, self.index, node.end, end)

    def _has_work_after(self, node: ir.Return) -> bool:
        """Whether something is left to protect where a function ends early: in one that changes something, data is
        touched behind the `return`, or in it."""
        reach = self.judge.reach
        end = self.module.facts.functions[self.index].end
        return not reach.changes(self.module, self.index) or reach.touches(
            self.module, self.index, node.start, end
        )

    def _lambda(self, node: ir.Lambda) -> Trust:
        """A function that is only given out stops nobody here: `return { requireUser: async () => { ... } }`."""
        before = self._throws, self._decides, self._tied_by, self._tied
        trust = super()._lambda(node)
        if self._is_given_out(node):
            self._throws, self._decides, self._tied_by, self._tied = before
        return trust

    def _is_given_out(self, node: ir.Node) -> bool:
        above = self.where.parent(node)
        kept = False  # in an object, and not the result itself, which a wrapper makes
        while isinstance(above, (ir.Prop, ir.Object, ir.Cast, ir.Spread)):
            kept = kept or isinstance(above, ir.Object)
            node, above = above, self.where.parent(above)
        if isinstance(above, (ir.Return, ir.Function)):
            return kept
        return isinstance(above, ir.Declare) and self._is_never_called(above)

    def _is_never_called(self, node: ir.Declare) -> bool:
        """`const check = async () => { ... };`, and nothing here calls it or hands it to what may."""
        if not isinstance(node.pattern, ir.BindName):
            return False
        return not any(map(self._is_called, self.where.uses.get(node.pattern.ref, [])))

    def _is_called(self, node: ir.Node) -> bool:
        above = self.where.parent(node)
        while isinstance(above, (ir.Member, ir.Index, ir.Cast, ir.Await)):
            node, above = above, self.where.parent(above)
        if isinstance(above, (ir.Prop, ir.Object, ir.Spread)):
            return not self._is_given_out(node)
        return not (isinstance(above, ir.Unary) and above.op == "void")

    def _is_all_of(self, *extents: tuple[int, int]) -> bool:
        """Whether what lies between these offsets is all that the function changes; in one that changes nothing,
        whether it touches data there."""
        reach = self.judge.reach
        changes = reach.changes(self.module, self.index)
        if changes:
            return all(any(start <= at < end for start, end in extents) for at in changes)
        return any(reach.touches(self.module, self.index, *extent) for extent in extents)

    def _rejects(self, node: ir.Expr) -> bool:
        """`return Promise.reject(...)` or `return fail()` in place of a `throw`."""
        inner = inside(node)
        if not isinstance(inner, ir.Call):
            return False
        callee = self.judge.ev.expr(self.module, inner.callee)
        if callee == Global("Promise.reject"):
            return True
        return self.judge.only_throws(self.module, inner, self.depth)

    def _only_throws(self, node: ir.Expr) -> bool:
        inner = inside(node)
        if not isinstance(inner, ir.Call) or not self.judge.only_throws(self.module, inner, self.depth):
            return False
        return isinstance(bare(node), ir.Await) or not self.judge.is_async(self.module, inner)
