"""How the caller's identity flows through one function: whether it decides anything there.

A value is worth what is known about it (`Trust`): data of the client, a secret that the client sent, or something
that depends on who calls. The function is read in order of its statements, together with the functions written
inside it. Knowing who calls decides when it is tested before an exit, when documents found by it are returned or
changed, or when the function throws for strangers. Written into a log or a document, it decides nothing.
"""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.program.behaviour.branches import leaves
from convexlint.program.behaviour.cases import extent_of, what_leads
from convexlint.program.behaviour.expressions import denies, inside
from convexlint.program.behaviour.fills import Fills
from convexlint.program.behaviour.judge import Judge
from convexlint.program.behaviour.trust import (
    ASKS,
    CHOSEN,
    Guard,
    Trust,
    Worth,
    admitted,
)
from convexlint.program.model import Module, Place

ROUNDS = 3  # a variable may be assigned further down in a loop


class Flow(Fills):
    """One reading of a facts function. `given`: what its arguments are worth, by position; `ctx_trust`: the trust of
    members that custom builders add to the ctx."""

    def __init__(
        self, judge: Judge, module: Module, index: int, given: tuple[Worth, ...], ctx_trust: Trust, depth: int
    ) -> None:
        super().__init__(judge, module, index, ctx_trust, depth)
        self._results: list[Trust] = []
        self._decides = self._linked = self._plain = self._mixed = False
        self._led: set[int] = set()  # calls that get or give what depends on the caller
        self._own_rows: set[int] = set()  # where rows are changed that a session or a code led to
        self._proofs: dict[int, str] = {}
        self._how = ""
        self._place: Place | None = None
        function = module.facts.functions[index]
        for position, param in enumerate(function.params):
            worth = given[position] if position < len(given) else Worth()
            self._bind(param.pattern, worth.trust, worth)
            if position == 0 and ctx_trust is not Trust.NONE:
                self._bind_ctx(param.pattern, judge.ev.param_value(module, index, 0, None))

    def read(self) -> Guard:
        """The verdict."""
        gives = Trust.NONE
        for _ in range(ROUNDS):
            self._seen, self._asked, self._stale = {}, set(), False
            self._filled = {}
            gives = max(gives, self._function(self.index))
            if not self._stale:
                break
        if gives in (Trust.SHOWN, Trust.SHARED) and self._plain:
            gives = Trust.NONE  # something else is given away as well
        if self._own_rows and self.judge.reach.changes(self.module, self.index) <= self._own_rows:
            self._decides = True  # all that it changes is what the secret is the right to
            self._tie(Trust.VERIFIED, self.module.facts.functions[self.index])
        changes = self.judge.reach.changes(self.module, self.index) if gives >= Trust.FOUND else set()
        body = self.module.facts.functions[self.index].body
        always = any(isinstance(s, ir.Throw) for s in body)
        proofs = tuple(sorted(self._proofs.items()))
        return Guard(
            self._throws,
            self._decides,
            gives,
            always,
            self._how,
            self._place,
            proofs,
            self._linked,
            self._tied_by,
            self._tied,
            self._asks,
            bool(changes) and not changes & self._led,
            self._lets,
            self._welcomes and self._answers,
            self._greets and self._answers,
            self._mixed,
        )

    # ------------------------------------------------------------------------------------------- statements

    def _function(self, index: int) -> Trust:
        """Read the body of the function, or of one written in it; the trust of what it returns."""
        function = self.module.facts.functions[index]
        for param in function.params if index != self.index else ():
            self._bind(param.pattern, Trust.NONE)
        self._results.append(Trust.NONE)
        if function.expression is not None:
            self._chosen(inside(function.expression))
            if len(self._results) == 1:
                self._answered(function.expression)
            self._result(self.trust(function.expression), Trust.NONE, function.expression)
        self._body(function.body, Trust.NONE)
        return self._results.pop()

    def _result(self, trust: Trust, known: Trust, value: ir.Expr | None) -> None:
        best = max(trust, known)
        if best < Trust.SHOWN and len(self._results) == 1 and value is not None and not self.is_plain(value):
            self._plain = True
        if len(self._results) == 1 and value is not None and known < Trust.ADMITTED:
            self._mixed = self._mixed or (trust >= Trust.FOUND and self._is_mixed(value))
        if trust is Trust.FOUND and known >= Trust.ADMITTED:
            trust = Trust.VERIFIED  # a session that is there
        self._results[-1] = max(self._results[-1], trust, admitted(known))

    def _body(self, body: tuple[ir.Stmt, ...], known: Trust) -> None:
        """`known`: CALLER where the caller decided that control comes here, SHOWN or SHARED where what is published, or
        the code of a link, did."""
        nobody, here = self._nobody, self._here
        for statement in body:
            self._here = known
            alone = self._left_alone(statement)
            self._statement(statement, known)
            self._nobody = self._nobody or alone
            if isinstance(statement, ir.If) and leaves(statement.yes):
                self.required(statement.test)
            if isinstance(statement, ir.If) and (leaves(statement.yes) or leaves(statement.no)):
                known = max(known, self._decided(statement, leaves(statement.yes)))
        self._nobody, self._here = nobody, here

    def _decided(self, node: ir.If, refuses: bool) -> Trust:
        """What decided that control goes on after a branch that leaves, CALLER, SHARED, SHOWN, or NONE. `refuses`:
        whether the branch that holds leaves."""
        trust = self.truth(node.test)
        if trust >= Trust.ADMITTED:
            self._tests[trust] = node.test
            return trust
        gone = trust is Trust.FOUND and refuses and denies(node.test) and self._refuses(node.yes)
        if gone or self._is_gate(node):
            return Trust.VERIFIED
        if trust not in (Trust.SHARED, Trust.SHOWN) or denies(node.test) is not refuses:
            return Trust.NONE
        self._linked = self._linked or trust is Trust.SHARED
        return trust

    def _statement(self, node: ir.Stmt, known: Trust) -> None:
        if isinstance(node, ir.Declare):
            self._declare(node)
        elif isinstance(node, ir.Evaluate):
            self._evaluate(node, known)
        elif isinstance(node, ir.Throw):
            self.trust(node.value)
            self._stops(known, node)
        elif isinstance(node, ir.Return):
            self._return(node, known)
        elif isinstance(node, ir.Jump):
            round_ = self._rounds[-1] if self._rounds else None
            if known >= Trust.ADMITTED and round_ is not None and self._is_all_of(round_):
                self._decides = True
                self._tie(known, node)
        elif isinstance(node, ir.If):
            self._if(node, known)
        elif isinstance(node, ir.Loop):
            self._body(node.init, Trust.NONE)
            source = self.trust(node.source) if node.source is not None else Trust.NONE
            known = max(known, self._repeats(node))
            if node.pattern is not None:
                self._bind(node.pattern, source)
            if node.update is not None:
                self.trust(node.update)
            self._rounds.append(extent_of(node.body))
            self._body(node.body, known)
            self._rounds.pop()
            if node.pattern is not None and node.source is not None:
                self._decides_by(what_leads(source), node.source, node.body)
        elif isinstance(node, ir.Try):
            self._try(node, known)
        elif isinstance(node, ir.Switch):
            self._switch(node)
        elif isinstance(node, ir.Block):
            self._body(node.body, known)

    def _declare(self, node: ir.Declare) -> None:
        if node.init is None:
            self._bind(node.pattern, Trust.NONE)
            return
        self._begins_empty(node)
        items = self._items_of(node.init) if isinstance(node.pattern, ir.ArrayPattern) else ()
        worth = self.worth(node.init)
        if isinstance(node.pattern, ir.ArrayPattern) and items and node.pattern.rest is None:
            for pattern, item in zip(node.pattern.items, items, strict=False):
                if pattern is not None:
                    self._bind(pattern, self.trust(item), self.worth(item))
            return
        if not isinstance(node.pattern, ir.BindName) and self._is_promise(node.init):
            worth = Worth()  # taken apart, a promise has none of it
        self._bind(node.pattern, worth.trust, worth)
        if self.ctx_trust is not Trust.NONE:
            self._bind_ctx(node.pattern, self.judge.ev.expr(self.module, node.init))

    def _return(self, node: ir.Return, known: Trust) -> None:
        trust = self.trust(node.value) if node.value is not None else Trust.NONE
        if known >= Trust.ADMITTED and node.value is not None and self._rejects(node.value):
            self._stops(known, node)
            return
        if len(self._results) == 1:
            self._answered(node.value)
        if node.value is not None:
            self._chosen(inside(node.value))
        self._result(trust, known, node.value)
        if known >= Trust.ADMITTED and self._has_work_after(node):
            self._decides = True
            self._tie(known, node)

    def _if(self, node: ir.If, known: Trust) -> None:
        trust = self.truth(node.test)
        tested = trust if trust >= Trust.ADMITTED else Trust.NONE
        self._tests[tested] = node.test
        absent, present = (node.yes, node.no) if denies(node.test) else (node.no, node.yes)
        refused = Trust.VERIFIED if trust is Trust.FOUND and self._refuses(absent) else tested
        gate = self.judge.in_production(self.module, node.test)
        if trust in ASKS and self.refuses_unknown(node):
            self.proven("asked", node.test)
        gate_yes, gate_no = gate is True and leaves(node.yes), gate is False and leaves(node.no)
        if gate is False and not node.no and not self._touches_else(node):
            self._note("environment", self.place(node.test))
            self._decides = True
        alone, without = self._nobody, self._without_anybody(node, trust, known, False)
        self._nobody = self._without_anybody(node, trust, known, True)
        before, self._throws = self._throws, False
        tied = self._tied_by, self._tied
        known_yes = Trust.VERIFIED if gate_yes else refused if absent is node.yes else tested
        self._body(node.yes, self._behind(node, known_yes, trust, True))
        stops, self._throws = self._throws, False
        known_no = Trust.VERIFIED if gate_no else refused if absent is node.no else tested
        self._nobody = without
        self._body(node.no, self._behind(node, known_no, trust, False))
        self._nobody = alone
        self._decides_by(what_leads(trust), node.test, present)
        self._decides_by(tested, node.test, node.yes, node.no)
        self._decides_by(tested, node.test, absent)
        chosen = trust in CHOSEN or self._is_clients_choice(node)
        if stops is not self._throws and chosen and self._goes_on(node, stops):
            stops = self._throws = False
            self._tied_by, self._tied = tied
        self._throws = before or stops or self._throws
        if max(known, tested) >= Trust.ADMITTED:
            self._assigned_under(node.yes, admitted(max(known, tested)))
            self._assigned_under(node.no, admitted(max(known, tested)))

    def _behind(self, node: ir.If, known: Trust, trust: Trust, holds: bool) -> Trust:
        """What decided that control comes to a branch: the one where the test `holds`, or the other."""
        if known is not Trust.NONE:
            return known
        positive = denies(node.test) is not holds
        return trust if positive and trust in (Trust.SHOWN, Trust.SHARED) else Trust.NONE

    def _evaluate(self, node: ir.Evaluate, known: Trust) -> None:
        self.trust(node.value)
        inner = inside(node.value)
        if self._only_throws(node.value):
            self._stops(known, node)
        self._chosen(inner)

    def _chosen(self, node: ir.Expr) -> None:
        """`user && (await remove())`, `user ? await remove() : null` as a whole statement."""
        if isinstance(node, ir.Binary) and isinstance(inside(node.right), ir.Call):
            test, branches = node.left, [node.right]
            present = node.right if (node.op == "&&") is not denies(test) else None
        elif isinstance(node, ir.Conditional):
            test, branches = node.test, [node.yes, node.no]
            present = node.no if denies(test) else node.yes
        else:
            return
        trust = self.truth(test)
        for branch in branches:
            if trust is not Trust.FOUND or branch is present:
                self._decides_by(what_leads(trust), test, (branch,))
            if (trust is not Trust.FOUND or branch is not present) and self._only_throws(branch):
                self._stops(what_leads(trust), test)  # `me || deny()`
        # What production never comes to is closed.
        gate = self.judge.in_production(self.module, test)
        skips = gate is False or (gate is True and (isinstance(node, ir.Conditional) or node.op == "||"))
        closed = branches[-1] if gate else branches[0]
        if skips and not self._touches_beside(closed.start, closed.end):
            self._note("environment", self.place(test))
            self._decides = True

    def _stops(self, known: Trust, node: ir.Node) -> None:
        """An exception where `known` leads."""
        if known >= Trust.ADMITTED:
            self._throws = True
            self._thrown_at = node.end
            self._tie(known, node)

    def _decides_by(self, tested: Trust, node: ir.Node, *branches: tuple[ir.Node, ...]) -> None:
        """Branches that only a test of the caller leads to decide where nothing else is left to protect."""
        known = self._decides and self._tied_by >= tested
        if tested >= Trust.ADMITTED and not known and self._is_all_of(*map(extent_of, branches)):
            self._decides = True
            self._tie(tested, node)

    def _assigned_under(self, body: tuple[ir.Stmt, ...], known: Trust) -> None:
        """What is assigned where only the caller leads depends on the caller."""
        for statement in body:
            if isinstance(statement, ir.Evaluate) and isinstance(statement.value, ir.Assign):
                self._assign(statement.value.target, known)
            elif isinstance(statement, ir.If):
                self._assigned_under(statement.yes, known)
                self._assigned_under(statement.no, known)
            elif isinstance(statement, (ir.Block, ir.Loop)):
                self._assigned_under(statement.body, known)

    # ------------------------------------------------------------------------------------------------ calls

    def _call(self, node: ir.Call | ir.New) -> Trust:
        receiver = Trust.NONE
        if isinstance(node.callee, (ir.Member, ir.Index)):
            receiver = self.trust(node.callee.object)
            if isinstance(node.callee, ir.Member):
                ctx_trust = self.trust(node.callee)
                receiver = max(receiver, ctx_trust if ctx_trust >= Trust.SHOWN else Trust.NONE)
        elif not isinstance(node.callee, (ir.Atom, ir.Name)):
            receiver = self.trust(node.callee)
        if receiver is not Trust.NONE and self._tests_promises(node):
            receiver = Trust.NONE
        if receiver is not Trust.NONE:
            for arg in node.args:
                if isinstance(arg, ir.Lambda):
                    for param in self.module.facts.functions[arg.index].params:
                        self._bind(param.pattern, receiver)
        before = self._throws, self._decides
        given = tuple(self._handed(node, position) for position in range(len(node.args)))
        if self._is_unheard(node):
            self._throws, self._decides = before
        if self._is_async_predicate(node):
            given = (Worth(), *given[1:])
        named = self._of_header(node, receiver)
        if named is not None:
            return named
        self._puts(node)
        answer = self._answer(node, receiver, given)
        self._linked = self._linked or answer.linked
        if answer.place is not None:
            self._note(answer.how, answer.place)
        if answer.proves:
            self.proven(answer.proves, node)
        stops = answer.throws and not self._caught(node)
        if stops:
            self._throws, self._thrown_at = True, node.end
        told = max((part for worth in given for part in worth.parts()), default=Trust.NONE)
        if stops or answer.decides or max(told, receiver, answer.trust) >= Trust.FOUND:
            self._led.add(node.start)
        self._decides = self._decides or answer.decides
        if stops or answer.decides:
            # That it stops strangers is sure; what it asks of them may not be known.
            self._tie(max(answer.tie, Trust.CALLER), node, answer.tied)
        self._asks = max(self._asks, answer.asks)
        return answer.trust
