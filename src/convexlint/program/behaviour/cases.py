"""What a `switch` and a `try` decide, and what the branches of a test hold."""

from __future__ import annotations

from abc import abstractmethod

from convexlint.facts import ir
from convexlint.program.behaviour.awaiting import Awaiting
from convexlint.program.behaviour.branches import leaves
from convexlint.program.behaviour.denials import inside
from convexlint.program.behaviour.judge import Judge
from convexlint.program.behaviour.secret_names import says_published
from convexlint.program.behaviour.trust import ASKS, CHOSEN, WHO, Trust
from convexlint.program.model import Module


class Cases(Awaiting):
    """Reads statements that lead to several ends. `rounds`: the bodies of the loops around; None for a `switch`."""

    def __init__(self, judge: Judge, module: Module, index: int, ctx_trust: Trust, depth: int) -> None:
        super().__init__(judge, module, index, ctx_trust, depth)
        self._rounds: list[tuple[int, int] | None] = []
        self._thrown_at = 0  # behind what throws last

    @abstractmethod
    def _body(self, body: tuple[ir.Stmt, ...], known: Trust) -> None:
        """Read statements to which control comes where `known` decided it."""

    @abstractmethod
    def _decides_by(self, tested: Trust, node: ir.Node, *branches: tuple[ir.Node, ...]) -> None:
        """Branches that only a test of the caller leads to."""

    def _try(self, node: ir.Try, known: Trust) -> None:
        before, self._throws, tied = self._throws, False, (self._tied_by, self._tied)
        self._body(node.body, known)
        if self._throws and node.handler is not None and not leaves(node.handler):
            touches, end = self.judge.reach.touches, self.module.facts.functions[self.index].end
            _, last = extent_of(node.body)
            if touches(self.module, self.index, node.end, end) and not touches(
                self.module, self.index, self._thrown_at, last
            ):  # what it throws is thrown away, and the work is done behind it
                self._throws = False
                self._tied_by, self._tied = tied
        self._throws = before or self._throws
        self._body(node.handler or (), Trust.NONE)
        self._body(node.final, known)

    def _switch(self, node: ir.Switch) -> None:
        trust = self.truth(node.subject)
        tested = trust if trust >= Trust.ADMITTED else Trust.NONE
        if trust is Trust.FOUND and any(isinstance(c.test, ir.Atom) and leaves(c.body) for c in node.cases):
            tested = Trust.VERIFIED
        self._tests[tested] = node.subject
        before, stopping, open_ = self._throws, False, False
        self._rounds.append(None)
        live = self.judge.live_case(self.module, node)
        for case in node.cases:
            if case.test is not None:
                said = self.trust(case.test)
                tested = max(tested, said if said >= Trust.ADMITTED else Trust.NONE)
                if tested is Trust.NONE and (said is Trust.KEPT or trust is Trust.KEPT):
                    # `switch (args.key) { case process.env.ADMIN_KEY: ... }`
                    held = ir.Binary(case.test.start, case.test.size, "===", node.subject, case.test)
                    found = self._equality(held, trust, said)
                    tested = found if found >= Trust.ADMITTED else Trust.NONE
                if (
                    tested in WHO
                ):  # `switch (user.role) { case "admin": ... }`, `switch (doc.owner) { case me: ... }`
                    tested = Trust.ROLE if trust in WHO and self.is_fixed(case.test) else Trust.OWN
                    self._tests[tested] = node.subject
            self._throws = False
            gate = case is live and leaves(case.body)
            self._body(case.body, Trust.VERIFIED if gate else max(tested, self._shown_by(node, case)))
            if gate and self._throws:
                self._note("environment", self.place(node.subject))
            stopping = stopping or self._throws
            if case.body and not self._throws:
                start, end = case.body[0].start, case.body[-1].end
                open_ = open_ or self.judge.reach.touches(self.module, self.index, start, end)
        self._rounds.pop()
        self._decides_by(tested, node, *(case.body for case in node.cases))
        # `case "add": await ctx.runMutation(...)`: the client chose the case, and not all of them stop strangers.
        chosen = trust in CHOSEN or trust in ASKS
        self._throws = before or (stopping and not (chosen and open_))

    def _shown_by(self, node: ir.Switch, case: ir.Case) -> Trust:
        """`switch (note.status) { case "published": return note; }`."""
        subject = inside(node.subject)
        said = None if case.test is None else self.text_of(case.test)
        shown = isinstance(subject, ir.Member) and said is not None and says_published(subject.name, said)
        return Trust.SHOWN if shown else Trust.NONE


def what_leads(trust: Trust) -> Trust:
    """What a test of this trust says of a branch that holds all that is done: a session that was looked up is there, or
    nothing is done."""
    return Trust.VERIFIED if trust is Trust.FOUND else trust if trust >= Trust.ADMITTED else Trust.NONE


def extent_of(body: tuple[ir.Node, ...]) -> tuple[int, int]:
    """From where to where statements stand."""
    return (body[0].start, body[-1].end) if body else (0, 0)
