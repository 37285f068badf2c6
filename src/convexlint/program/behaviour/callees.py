"""What one call says about access, by what its callee is.

Through helpers, classes, wrappers, and functions run by reference; known libraries and configured names are taken at
their word, and a name alone counts only where the callee cannot be read.
"""

from __future__ import annotations

import re

from convexlint.facts import ir
from convexlint.program.behaviour.branches import leaves
from convexlint.program.behaviour.judge import Judge
from convexlint.program.behaviour.lookups import Lookups
from convexlint.program.behaviour.proofs import (
    COMPARES,
    PASSWORDS,
    REQUEST_VERIFIER,
    VERIFY_NAME,
    answered,
    answers_no,
    compared,
    compares_text,
    is_digest_of_content,
    looks_up,
    passed_on,
)
from convexlint.program.behaviour.rights import called_right
from convexlint.program.behaviour.summaries import DATA, asks_identity
from convexlint.program.behaviour.trust import (
    CHOSEN,
    FINDS,
    NOTHING_SENT,
    WHO,
    Answer,
    Guard,
    Trust,
    Worth,
)
from convexlint.program.evaluation import known
from convexlint.program.evaluation.references import reference_target, run_path
from convexlint.program.evaluation.values import (
    Bound,
    ClassOf,
    Closure,
    CtxOf,
    External,
    ExternalResult,
    FunctionType,
    Global,
    Part,
    RefPath,
    RegisteredOf,
    Unknown,
    Value,
    members,
    present,
)
from convexlint.program.model import Module, Place, RegisteredFunction
from convexlint.program.modules.nodes import callee_name
from convexlint.structs import replace

# Names that count where the callee cannot be read: the official rule's pattern, and questions about the caller.
_CHECK_NAME = re.compile(r"^(require|assert|check|ensure|can|verify|validate|invariant)([A-Z_]|$)|^has[A-Z_]")
_AUTH_WORD = re.compile(
    r"auth|identity|session|permission|admin|access|user|owner|role|member", re.IGNORECASE
)
_ASKS_NAME = re.compile(
    r"^(get|load|fetch|read)?_?(current|auth|viewer|signedIn|loggedIn)|[iI]dentity|"
    r"^is_?(Auth|Admin|Member|Owner|Signed|Logged|Allowed)"
)
# What a text is held against: `identity.email.endsWith("@example.com")`.
_JUDGES = frozenset({"startsWith", "endsWith", "match", "test"})
_REQUEST = re.compile(r"^_?(req|request)$")


class Callees(Lookups):
    """Reads calls. `depth`: nested functions from the registered one to here."""

    def __init__(self, judge: Judge, module: Module, index: int, ctx_trust: Trust, depth: int) -> None:
        super().__init__(judge, module, index, ctx_trust)
        self.depth = depth
        self.looks_up = False  # something is looked up at another service, with a secret of the backend's

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
        for value in members(present(self.judge.ev.expr(self.module, node.callee))):
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
                return Answer(self._unread(node, max(receiver, best), given))
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

    def _foreign(
        self,
        node: ir.Call | ir.New,
        value: Value,
        name: str,
        passed: Trust,
        given: tuple[Worth, ...],
        place: Place,
    ) -> Answer:
        """What a callee says that the project does not write."""
        if VERIFY_NAME.search(name) and len(given) >= 2:
            verified = compared(
                given[0].trust, given[1].trust, _is_text(node.args[0]), _is_text(node.args[1])
            )
            if verified is not Trust.NONE:
                return Answer(verified, how="secret", place=place, proves="secret")
        if isinstance(value, (External, ExternalResult)):
            return self._external(node, value, name, passed, place)
        if name == "getUserIdentity":  # of a ctx with a type of the project's own
            return Answer(Trust.CALLER, how="ctx.auth", place=self._unless_discarded(node, place))
        if isinstance(value, (Unknown, FunctionType)):
            passed = self._unread(node, passed, given)
            return self._by_name(node, name, passed, place, _ASKS_NAME.search(name) is not None)
        return Answer(passed)

    def _global(
        self,
        node: ir.Call | ir.New,
        value: Global,
        passed: Trust,
        given: tuple[Worth, ...],
        place: Place,
    ) -> Answer:
        if value.name == "Object.is" and len(node.args) == 2 and not isinstance(node.args[0], ir.Spread):
            left, right = node.args
            held = ir.Binary(node.start, node.size, "===", left, right)
            return Answer(self._equality(held, given[0].trust, given[1].trust), place=place)
        if VERIFY_NAME.search(value.name) and len(given) >= 2:
            verified = compared(
                given[0].trust, given[1].trust, _is_text(node.args[0]), _is_text(node.args[1])
            )
            if verified is not Trust.NONE:
                return Answer(verified, how="secret", place=place, proves="secret")
        if value.name in ("crypto.getRandomValues", "crypto.subtle.generateKey"):
            return Answer(Trust.CLIENT)  # kept by nobody: a signature made with it proves nothing by itself
        if value.name == "fetch":
            written = self.module.source[node.start : node.end].decode("utf-8", "replace")
            trust = answered(written, given)
            if trust is Trust.FOUND:
                return Answer(trust, how="asked", place=place, proves="secret")
            self.looks_up = self.looks_up or (trust is Trust.ASKED and looks_up(written))
            return Answer(max(trust, passed if passed >= Trust.ADMITTED else Trust.NONE))
        if value.name == "crypto.subtle.verify" and any(w.chosen() is not Trust.NONE for w in given):
            return Answer(Trust.VERIFIED, how="secret", place=place, proves="secret")
        if value.name == "Boolean" and node.args:
            return Answer(self.truth(node.args[0]))
        return Answer(passed)

    def refuses_unknown(self, node: ir.If) -> bool:
        """Whether a branch on what another service answers turns a request down: by its status, or, where the service
        was asked for what the request names, because that is not in the state that is due."""
        if answers_no(node.yes):
            return True
        return self.looks_up and leaves(node.yes) and compares_text(node.test)

    def _unread(self, node: ir.Call | ir.New, passed: Trust, given: tuple[Worth, ...]) -> Trust:
        """The trust in what a callee gives that cannot be read. One that gets the ctx and a secret or a session of the
        client's is taken to look that up."""
        if passed >= Trust.FOUND or not any(self._is_ctx(a) for a in node.args):
            return passed
        sent = max((worth.chosen() for worth in given), default=Trust.NONE)
        if sent not in FINDS:
            return passed
        how = "session" if sent is Trust.SESSION else "secret"
        self._note(how, self.judge.place(self.module, node, self.where.owner(node)))
        self.proven(how, node)
        return Trust.FOUND

    def _verifies_by_name(self, node: ir.Call | ir.New, name: str, known: tuple[Trust, ...]) -> bool:
        """Whether a callee that cannot be read verifies what it gets, by its name or because it gets the request."""
        if any(isinstance(a, ir.Name) and _REQUEST.match(a.name) for a in node.args):
            return not (
                self._is_handed(node.callee) and self._is_ctx(node.args[0])
            )  # the handler in a wrapper
        sent = any(trust in CHOSEN or trust is Trust.MAC for trust in known)
        return sent and bool(node.args) and REQUEST_VERIFIER.search(name) is not None

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

    def _is_handed(self, callee: ir.Expr, owner: int = -1) -> bool:
        """Whether a callee is a parameter, and not one of function `owner`."""
        found = self.where.definitions.get(callee.ref) if isinstance(callee, ir.Name) else None
        return found is not None and found.kind == "param" and found.index != owner

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

    def _external(
        self,
        node: ir.Call | ir.New,
        value: External | ExternalResult,
        name: str,
        passed: Trust,
        place: Place,
    ) -> Answer:
        source = value if isinstance(value, External) else value.source
        last = value.path[-1] if value.path else ""
        if asks_identity(last):
            throws = last in known.package_of(source.package).requires_identity
            return Answer(Trust.CALLER, throws, how="auth library", place=place)
        of_password = passed in CHOSEN and PASSWORDS.search(source.package) is not None
        if (of_password or passed in (Trust.SECRET, Trust.MAC)) and VERIFY_NAME.search(name):
            return Answer(Trust.VERIFIED, how="secret", place=place, proves="secret")
        if name in ("wrapDB", "wrapDatabaseReader", "wrapDatabaseWriter") and passed >= Trust.ADMITTED:
            # Rules for rows that know the caller.
            return Answer(Trust.CALLER, True, how="builder", place=place, tie=Trust.OWN, asks=Trust.OWN)
        if source.package.startswith(("convex", "_generated")):
            return Answer(passed)
        if source.package.startswith("@convex-dev/") and not _AUTH_WORD.search(source.package):
            return Answer(passed)
        said = last if last not in ("", "default") else name
        return self._by_name(node, said, passed, place, False)

    def _by_name(self, node: ir.Call | ir.New, name: str, passed: Trust, place: Place, asks: bool) -> Answer:
        """A callee that cannot be read: its name must do, where it is told of the caller."""
        right = called_right(name, len(node.args))
        if asks:
            return Answer(right, how="name", place=place)
        if passed in (Trust.SECRET, Trust.MAC) and VERIFY_NAME.search(name):
            return Answer(Trust.VERIFIED, how="secret", place=place, proves="secret")
        by_ctx = any(self._is_ctx(a) for a in node.args)
        if _CHECK_NAME.search(name):
            ctx_trust = passed >= Trust.FOUND or by_ctx
            if ctx_trust or (_AUTH_WORD.search(name) and isinstance(node.callee, ir.Name)):
                return Answer(Trust.CALLER, True, how="name", place=place, tie=right, asks=right)
        if passed in WHO and (len(node.args) > 1 or right > Trust.CALLER):
            return Answer(Trust.ROLE)
        # What is handed the ctx may ask for anything.
        return Answer(passed, asks=Trust.OWN if by_ctx else Trust.NONE)

    def _is_ctx(self, node: ir.Expr) -> bool:
        return isinstance(present(self.judge.ev.expr(self.module, node)), CtxOf)

    def _unless_discarded(self, node: ir.Call | ir.New, place: Place) -> Place | None:
        """An identity that is thrown away is not where the check stands."""
        parent = self.where.parent(node)
        while isinstance(parent, (ir.Await, ir.Cast)):
            parent = self.where.parent(parent)
        return None if isinstance(parent, ir.Evaluate) else place


def _answer_of(guard: Guard) -> Answer:
    """What a call of a function with this guard says by itself."""
    gives = Trust.NONE if guard.welcomes else guard.gives
    return Answer(gives, guard.stops, False, guard.how, None, guard.proves, guard.tie, guard.tied, guard.asks)


def is_checked(function: RegisteredFunction, guard: Guard) -> bool:
    """Whether a registered function with this guard stops strangers, or gives only what a check selected: in a query
    also what a session of the client's own leads to."""
    selected = Trust.FOUND if function.kind == "query" else Trust.ADMITTED
    return guard.throws or guard.decides or (guard.gives >= selected and not guard.loose)


def _is_text(node: ir.Expr) -> bool:
    return isinstance(node, (ir.Text, ir.Number, ir.Atom))
