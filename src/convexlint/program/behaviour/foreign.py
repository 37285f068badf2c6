"""What one call says about access whose callee the project does not write: built-ins, packages, callbacks, and what
cannot be read, by its name."""

from __future__ import annotations

import re

from convexlint.facts import ir
from convexlint.program.behaviour.branches import leaves
from convexlint.program.behaviour.judge import Judge
from convexlint.program.behaviour.lookups import Lookups
from convexlint.program.behaviour.proofs import (
    PASSWORDS,
    REQUEST_VERIFIER,
    RETRIEVES,
    VERIFY_NAME,
    answered,
    answers_no,
    compared,
    compares_text,
    looks_up,
    names_one,
)
from convexlint.program.behaviour.rights import called_right
from convexlint.program.behaviour.summaries import asks_identity
from convexlint.program.behaviour.trust import (
    ASKS,
    CHOSEN,
    FINDS,
    WHO,
    Answer,
    Trust,
    Worth,
    is_no_secret,
    named_trust,
)
from convexlint.program.evaluation import known
from convexlint.program.evaluation.values import (
    CtxOf,
    External,
    ExternalResult,
    Fields,
    FunctionType,
    Global,
    Unknown,
    Value,
    present,
)
from convexlint.program.model import Module, Place
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
_REQUEST = re.compile(r"^_?(req|request)$")


class Foreign(Lookups):
    """Reads calls of what stands elsewhere."""

    def __init__(self, judge: Judge, module: Module, index: int, ctx_trust: Trust) -> None:
        super().__init__(judge, module, index, ctx_trust)
        self.looks_up = False  # something is looked up at another service, with a secret of the backend's

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
            answer = self._external(node, value, name, passed, place)
            asks = isinstance(value, ExternalResult) and name in RETRIEVES and names_one(node.args)
            return replace(answer, trust=Trust.TOLD) if asks and answer.trust is Trust.CLIENT else answer
        if name == "getUserIdentity":  # of a ctx with a type of the project's own
            return Answer(Trust.CALLER, how="ctx.auth", place=self._unless_discarded(node, place))
        if isinstance(value, (Unknown, FunctionType)):
            asks = passed is Trust.NONE and self.is_callback_about_ctx(node)
            passed = self._unread(node, passed, given)
            answer = self._by_name(node, name, passed, place, _ASKS_NAME.search(name) is not None)
            asks = asks and answer.trust is Trust.NONE and not answer.throws
            return replace(answer, trust=Trust.ASKED) if asks else answer
        return Answer(passed)

    def is_callback_about_ctx(self, node: ir.Call | ir.New) -> bool:
        """Whether a call asks what was handed to a function around: `config.mayUpload(ctx)`."""
        root = node.callee
        while isinstance(root, ir.Member):
            root = root.object
        return self._is_handed(root) and any(map(self._is_ctx, node.args)) and not self._is_ctx(root)

    def _is_told_by_service(self, given: tuple[Worth, ...]) -> bool:
        """Whether what is handed on comes from another service that was asked for the thing that the request names, and
        not from the request: who sends a wrong one can only let the backend read there once more."""
        parts = [part for worth in given for part in worth.parts()]
        return Trust.TOLD in parts and not any(part in CHOSEN or part is Trust.MAC for part in parts)

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
            if trust is Trust.ASKED and looks_up(written) and names_one(node.args[:1]):
                trust = Trust.TOLD
            kept = passed if passed >= Trust.ADMITTED or passed in ASKS else Trust.NONE
            return Answer(max(trust, kept))
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
        if sent is Trust.CLIENT:
            sent = max(map(self._named_within, node.args))
        if sent not in FINDS:
            return passed
        how = "session" if sent is Trust.SESSION else "secret"
        self._note(how, self.judge.place(self.module, node, self.where.owner(node)))
        self.proven(how, node)
        return Trust.FOUND

    def _named_within(self, node: ir.Expr) -> Trust:
        """The best that the names of its members say of an object that the client sent: `find(ctx, args)`."""
        if self.trust(node) is not Trust.CLIENT:
            return Trust.NONE
        value = present(self.judge.ev.expr(self.module, node))
        entries = value.entries if isinstance(value, Fields) else ()
        known = (named_trust(name) for name, held, _ in entries if not is_no_secret(held, self.judge.events))
        return max(known, default=Trust.CLIENT)

    def _verifies_by_name(self, node: ir.Call | ir.New, name: str, known: tuple[Trust, ...]) -> bool:
        """Whether a callee that cannot be read verifies what it gets, by its name or because it gets the request."""
        if any(isinstance(a, ir.Name) and _REQUEST.match(a.name) for a in node.args):
            return not (
                self._is_handed(node.callee) and self._is_ctx(node.args[0])
            )  # the handler in a wrapper
        sent = any(trust in CHOSEN or trust is Trust.MAC for trust in known)
        return sent and bool(node.args) and REQUEST_VERIFIER.search(name) is not None

    def _is_handed(self, callee: ir.Expr, owner: int = -1) -> bool:
        """Whether a callee is a parameter, and not one of function `owner`."""
        found = self.where.definitions.get(callee.ref) if isinstance(callee, ir.Name) else None
        return found is not None and found.kind == "param" and found.index != owner

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


def _is_text(node: ir.Expr) -> bool:
    return isinstance(node, (ir.Text, ir.Number, ir.Atom))
