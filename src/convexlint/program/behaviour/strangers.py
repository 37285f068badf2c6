"""What comes to those who are not signed in: a helper that says yes to them, or lets them pass in silence, is no check,
whatever it says of others."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.program.behaviour.always import is_always_there
from convexlint.program.behaviour.branches import leaves
from convexlint.program.behaviour.cases import Cases
from convexlint.program.behaviour.denials import denies, inside
from convexlint.program.behaviour.judge import Judge
from convexlint.program.behaviour.trust import WHO, Trust
from convexlint.program.evaluation.values import Closure, present
from convexlint.program.evaluation.written import called
from convexlint.program.model import Module
from convexlint.program.modules.nodes import bare, callee_name

_BRANCHES = (ir.If, ir.Conditional, ir.Loop, ir.Switch, ir.Case, ir.Try)
_LOGICAL = frozenset({"&&", "||", "??"})


class Strangers(Cases):
    """Follows where control comes with nobody signed in. `lets`: such a caller comes to a return before anybody is
    stopped. `welcomes`: and gets `true`; `greets`: or anything else that holds in a test."""

    def __init__(self, judge: Judge, module: Module, index: int, ctx_trust: Trust, depth: int) -> None:
        super().__init__(judge, module, index, ctx_trust, depth)
        self._nobody = self._lets = self._welcomes = self._greets = False
        self._answers = False  # others may get something else than `false`

    def truth(self, node: ir.Expr, alone: bool = True) -> Trust:
        trust = super().truth(node, alone)
        return Trust.NONE if alone and trust in WHO and self._holds_for_nobody(node) else trust

    def _conditional(self, node: ir.Conditional) -> Trust:
        trust = super()._conditional(node)
        if trust >= Trust.ADMITTED and self.truth(node.test) in WHO:
            absent, present_ = (node.yes, node.no) if denies(node.test) else (node.no, node.yes)
            if _says(absent, "true") and not _says(present_, "false"):
                return Trust.NONE  # `me ? me.id === note.owner : true`
        return trust

    def _member(self, node: ir.Member) -> Trust:
        trust = super()._member(node)
        if trust in WHO and not self._throws and not node.optional and self._fails_for_nobody(node):
            self._throws = True  # "Cannot read properties of null"
            self._tie(trust, node)
        return trust

    def _fails_for_nobody(self, node: ir.Member) -> bool:
        """Whether a member is read, in any case, of what is null with nobody signed in: `const me = (await
        ctx.auth.getUserIdentity())!;`, or the same in JavaScript without `!`."""
        held = self.where.constant(node.object.ref) if isinstance(node.object, ir.Name) else None
        if held is None or self._as_written(node.object) in self._required:
            return False
        asked = inside(held)
        if not isinstance(asked, ir.Call) or isinstance(asked.callee, ir.Atom) or asked.optional:
            return False
        asserted = isinstance(held, ir.Cast) and held.kind == "!"
        if asserted and is_always_there(self.judge.ev, self.module, asked):
            return False
        if not asserted and callee_name(asked.callee)[0] != "getUserIdentity":
            value = present(called(self.judge.ev, self.module, asked.callee))
            if not isinstance(value, Closure):
                return False
            key = (value.module.path, value.index)
            guard = self.judge.guard(key, (), self.ctx_trust, self.depth + 1)
            if not guard.lets or guard.greets or guard.welcomes:
                return False
        return isinstance(bare(held), ir.Await) and self._is_always_done(node)

    def _is_always_done(self, node: ir.Node) -> bool:
        """Whether control surely comes to a node, unless something before it ends the function."""
        above = self.where.parent(node)
        while above is not None and not isinstance(above, ir.Function):
            if isinstance(above, _BRANCHES) or (isinstance(above, ir.Binary) and above.op in _LOGICAL):
                return False
            node, above = above, self.where.parent(above)
        owner = self.where.owner(node)
        if owner == self.index:
            return True
        made = self.where.lambdas.get(owner)
        call = None if made is None else self.where.parent(made)
        callee = call.callee if isinstance(call, ir.Call) else None
        ranges = isinstance(callee, ir.Member) and callee.name in ("withIndex", "filter", "withSearchIndex")
        return call is not None and ranges and self._is_always_done(call)

    def _without_anybody(self, node: ir.If, trust: Trust, known: Trust, holds: bool) -> bool:
        """Whether nobody may be signed in where the test comes out so: nobody was stopped before, and production comes
        there."""
        if self.judge.in_production(self.module, node.test) is (not holds):
            return False
        missed = trust in WHO and known < Trust.ADMITTED and not self._throws
        return self._nobody or (missed and denies(node.test) is holds)

    def _left_alone(self, node: ir.Stmt) -> bool:
        """Whether a statement leaves with all who are signed in: `if (me) return me.role;`."""
        if not isinstance(node, ir.If) or self._throws or denies(node.test) or not leaves(node.yes):
            return False
        return not node.no and self.truth(node.test) in WHO

    def _answered(self, value: ir.Expr | None) -> None:
        """A `return` of the function, and not of one written in it."""
        if not self._nobody:
            self._answers = self._answers or value is None or not _says(value, "false")
            return
        self._lets = True
        if value is not None:
            self._welcomes = self._welcomes or _says(value, "true")
            self._greets = self._greets or is_always_there(self.judge.ev, self.module, value)

    def _holds_for_nobody(self, node: ir.Expr) -> bool:
        """Whether what is tested comes from a helper that gives something to those who are not signed in as well."""
        held = inside(node)
        if isinstance(held, ir.Name):
            held = inside(self.where.constant(held.ref) or held)
        if not isinstance(held, ir.Call) or isinstance(held.callee, ir.Atom):
            return False
        value = present(called(self.judge.ev, self.module, held.callee))
        if not isinstance(value, Closure):
            return False
        key = (value.module.path, value.index)
        return self.judge.guard(key, (), self.ctx_trust, self.depth + 1).greets


def _says(node: ir.Expr, kind: str) -> bool:
    said = inside(node)
    return isinstance(said, ir.Atom) and said.kind == kind
