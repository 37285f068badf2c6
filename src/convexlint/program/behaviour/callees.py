"""What one call says about access, by what its callee is.

Through helpers, classes, wrappers, and functions run by reference; known libraries and configured names are taken at
their word, and a name alone counts only where the callee cannot be read.
"""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.program.behaviour.foreign import Foreign
from convexlint.program.behaviour.judge import Judge
from convexlint.program.behaviour.proofs import (
    COMPARES,
    compared,
    is_digest_of_content,
    passed_on,
)
from convexlint.program.behaviour.rights import called_right
from convexlint.program.behaviour.summaries import DATA
from convexlint.program.behaviour.trust import (
    FINDS,
    NOTHING_SENT,
    WHO,
    Answer,
    Guard,
    Trust,
    Worth,
)
from convexlint.program.evaluation.references import reference_target, run_path
from convexlint.program.evaluation.values import (
    Bound,
    ClassOf,
    Closure,
    CtxOf,
    External,
    ExternalResult,
    Global,
    Part,
    RefPath,
    RegisteredOf,
    Value,
    members,
    present,
)
from convexlint.program.evaluation.written import called
from convexlint.program.model import Module, Place, RegisteredFunction
from convexlint.program.modules.nodes import callee_name
from convexlint.structs import replace

# What a text is held against: `identity.email.endsWith("@example.com")`.
_JUDGES = frozenset({"startsWith", "endsWith", "match", "test"})


class Callees(Foreign):
    """Reads calls. `depth`: nested functions from the registered one to here."""

    def __init__(self, judge: Judge, module: Module, index: int, ctx_trust: Trust, depth: int) -> None:
        super().__init__(judge, module, index, ctx_trust)
        self.depth = depth

    def _answer(self, node: ir.Call | ir.New, receiver: Trust, given: tuple[Worth, ...]) -> Answer:
        """What one call says about access."""
        if isinstance(node.callee, ir.Atom):
            return Answer()
        place = self.judge.place(self.module, node, self.where.owner(node))
        name = callee_name(node.callee)[0]
        if name in self.judge.configured:
            right = called_right(name, len(node.args))
            return Answer(
                Trust.CALLER, True, how="configured", place=place, proves="secret", tie=right, asks=Trust.OWN
            )
        best = Answer()
        proves, asks = "", Trust.NONE
        for arg in node.args:
            # Checks handed to a helper that calls them, by name or in a list; those written there are read.
            if isinstance(arg, (ir.Name, ir.Array)):
                for key in self.judge.effects.handed_over(self.module, arg):
                    guard = self.judge.guard(key, (), self.ctx_trust, self.depth + 1)
                    if guard.throws or not best.throws:
                        best = replace(_answer_of(guard), trust=Trust.NONE, place=guard.place)
        for value in members(present(called(self.judge.ev, self.module, node.callee))):
            answer = self._value(node, value, name, receiver, given, place)
            proves = proves or answer.proves
            asks = max(asks, answer.asks)
            if (answer.throws, answer.decides, answer.trust) > (best.throws, best.decides, best.trust):
                best = answer
        if best.proves == proves and best.asks >= asks:
            return best
        return replace(best, proves=proves, asks=max(asks, best.asks))

    def _value(
        self,
        node: ir.Call | ir.New,
        value: Value,
        name: str,
        receiver: Trust,
        given: tuple[Worth, ...],
        place: Place,
    ) -> Answer:
        if isinstance(value, Bound) and name not in COMPARES:
            if _acts(value) and self._is_told_by_service(given):
                self.proven("asked", node)
            if isinstance(value.receiver, Part) and value.receiver.name == "auth":
                return Answer(Trust.CALLER, how="ctx.auth", place=self._unless_discarded(node, place))
            if isinstance(value.receiver, CtxOf):
                if value.name in ("runQuery", "runMutation", "runAction") and node.args:
                    return self._run(node, given, place)
                return Answer()
            trust = self._looked_up(node, value, receiver, given)
            return Answer(Trust.ROLE if trust in WHO and name in _JUDGES else trust)
        best = max((w.trust for w in given), default=Trust.NONE)
        if (
            not isinstance(value, Closure)
            and isinstance(node.callee, ir.Member)
            and name in COMPARES
            and given
        ):
            found = compared(
                receiver, given[0].trust, self.is_literal(node.callee.object), self.is_literal(node.args[0])
            )
            if found is not Trust.NONE:
                return Answer(found, how="secret", place=place, proves="secret")
            if max(receiver, best) in WHO:
                fixed = self.is_fixed(node.callee.object) or self.is_fixed(node.args[0])
                return Answer(Trust.ROLE if fixed else Trust.OWN)
        if isinstance(value, Closure):
            if self.judge.effects.is_callback(self.module, node.callee, value):
                passed = self._unread(node, max(receiver, best), given)
                if passed < Trust.FOUND and isinstance(
                    present(self.judge.ev.expr(self.module, node.callee)), Closure
                ):
                    # One function alone is ever handed over.
                    only = self.judge.guard(
                        (value.module.path, value.index), given, self.ctx_trust, self.depth + 1
                    )
                    passed = max(passed, _answer_of(only).trust)
                asks = passed is Trust.NONE and self.is_callback_about_ctx(node)
                return Answer(Trust.ASKED if asks else passed)
            key = (value.module.path, value.index)
            answer = self._called(node, self.judge.guard(key, given, self.ctx_trust, self.depth + 1), place)
            if (
                answer.trust is Trust.SECRET
                and best is Trust.CLIENT
                and is_digest_of_content(name, node.args)
            ):
                answer = replace(answer, trust=best)
            # A method of what depends on the caller: `result.isOk()`, `new Policy(user).allows(doc)`.
            return replace(answer, trust=max(answer.trust, receiver))
        if isinstance(value, ClassOf):
            for member in value.module.facts.classes[value.index].members:
                if member.kind == "constructor" and member.function >= 0:
                    key = (value.module.path, member.function)
                    guard = self.judge.guard(key, given, self.ctx_trust, self.depth + 1)
                    answer = self._called(node, guard, place)
                    return replace(answer, trust=max(answer.trust, best))
            return Answer(best)
        if isinstance(value, RegisteredOf):
            sent = given[1] if len(given) > 1 else NOTHING_SENT
            return self._called(node, self.judge.registered(value.function, self.depth + 1, sent), place)
        passed = passed_on(name, receiver, given, node.args)
        if passed in WHO and name in _JUDGES:
            return Answer(Trust.ROLE)
        if isinstance(value, Global):
            return self._global(node, value, passed, given, place)
        answer = self._foreign(node, value, name, passed, given, place)
        if not answer.proves and self._verifies_by_name(node, name, (receiver, *(w.trust for w in given))):
            return replace(answer, proves="secret")
        return answer

    def _called(self, node: ir.Call | ir.New, guard: Guard, place: Place) -> Answer:
        """What a call of a function with this guard means to the caller. One that decides over all that the
        caller does, decides for it."""
        says = not guard.welcomes and (guard.decides or guard.gives >= Trust.ADMITTED)
        decides = says and self._does_all(node)
        known = guard.throws or guard.decides or guard.gives >= Trust.FOUND
        found = (guard.place or place) if known else None
        return replace(_answer_of(guard), decides=decides, how=guard.how or "helper", place=found)

    def _does_all(self, node: ir.Call | ir.New) -> bool:
        """Whether the function around `node` does nothing to data but by this call."""
        owner = self.where.owner(node)
        if owner != self.index:
            return False  # in a callback: what it decides is what the callee makes of its answer
        summary = self.judge.effects.summary((self.module.path, owner))
        if any(d.kind in DATA and d.node is not node for d in summary.deeds):
            return False
        return all(e.node is node for e in summary.edges) and not self._runs_handler(owner)

    def _runs_handler(self, owner: int) -> bool:
        """Whether a function calls one that was handed to the function around it: `(fn) => async (ctx) => fn(ctx)`."""
        sites = self.where.calls_by_owner.get(owner, ())
        return any(s.expr.args and self._is_handed(s.expr.callee, owner) for s in sites)

    def _run(self, node: ir.Call | ir.New, given: tuple[Worth, ...], place: Place) -> Answer:
        """`ctx.runQuery(ref, args)`: the identity goes along, the callee gets what is sent, and what it throws or gives
        comes back."""
        sent = given[1] if len(given) > 1 else NOTHING_SENT
        reference = present(self.judge.ev.expr(self.module, node.args[0]))
        passed = sent.trust if sent.trust >= Trust.ADMITTED else Trust.NONE
        path = run_path(reference)
        if path is not None:
            status, value = reference_target(self.judge.ev, path)
            if status == "function" and isinstance(value, RegisteredOf):
                guard = self.judge.registered(value.function, self.depth + 1, sent)
                checked = is_checked(value.function, guard)
                span = (self.module.path, node.callee.start)
                self.judge.runs[span] = checked and self.judge.runs.get(span, True)
                answer = self._called(node, guard, place)
                if passed > answer.trust and answer.trust < Trust.ADMITTED:
                    return replace(answer, trust=passed)
                return answer
        if passed in WHO and any(w < Trust.ADMITTED for w in sent.parts()):
            passed = Trust.OWN  # a component is asked about the caller and something else
        if passed is Trust.NONE and isinstance(reference, (RefPath, ExternalResult, External)):
            chosen = sent.chosen()
            if (
                chosen in FINDS
                and isinstance(reference, RefPath)
                and reference.root not in ("api", "internal")
            ):
                how = "secret" if chosen is Trust.SECRET else "session"
                return Answer(Trust.FOUND, how=how, place=place, proves=how)
        return Answer(passed)


def _acts(value: Bound) -> bool:
    """Whether a method runs or schedules a function, or stores a file."""
    if isinstance(value.receiver, CtxOf):
        return value.name in ("runMutation", "runAction")
    return isinstance(value.receiver, Part) and value.receiver.name in ("scheduler", "storage")


def _answer_of(guard: Guard) -> Answer:
    """What a call of a function with this guard says by itself."""
    gives = Trust.NONE if guard.welcomes else guard.gives
    return Answer(
        gives,
        guard.stops,
        how=guard.how,
        proves=guard.proves,
        tie=guard.tie,
        tied=guard.tied,
        asks=guard.asks,
        linked=guard.linked,
    )


def is_checked(function: RegisteredFunction, guard: Guard) -> bool:
    """Whether a registered function with this guard stops strangers, or gives only what a check selected: in a query
    also what a session of the client's own leads to."""
    selected = Trust.FOUND if function.kind == "query" else Trust.ADMITTED
    return guard.throws or guard.decides or (guard.gives >= selected and not guard.loose and not guard.mixed)
