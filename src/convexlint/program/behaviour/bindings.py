"""What names are worth that patterns and assignments bind."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.program.behaviour.comparisons import Comparisons
from convexlint.program.behaviour.rights import says_right
from convexlint.program.behaviour.secret_names import is_published
from convexlint.program.behaviour.trust import WHO, Trust, Worth, is_no_secret, named_trust
from convexlint.program.evaluation.members import CTX_NAMES
from convexlint.program.evaluation.values import CtxOf, Part, Value


class Bindings(Comparisons):
    """Binds names; what a name is worth only rises."""

    def _bind(self, pattern: ir.Pattern, trust: Trust, worth: Worth | None = None) -> None:
        shape = worth if worth is not None and worth.shaped else None
        if isinstance(pattern, ir.BindName):
            if pattern.default is not None:
                self.trust(pattern.default)
            if shape is not None:
                self._shapes[pattern.ref] = shape
            self._raise(pattern.ref, pattern.name, trust)
        elif isinstance(pattern, ir.ObjectPattern):
            for entry in pattern.fields:
                found = shape.get(entry.key) if shape is not None and entry.key is not None else None
                inner = trust if shape is None else shape.rest if found is None else found.trust
                if inner is Trust.CLIENT and entry.key is not None:
                    inner = named_trust(entry.key)
                elif inner in WHO and entry.key is not None and says_right(entry.key):
                    inner = Trust.ROLE
                elif inner is Trust.NONE and entry.key is not None and is_published(entry.key):
                    inner = Trust.SHOWN  # `rows.filter(({ isPublic }) => isPublic)`
                self._bind(entry.pattern, inner, found)
            if pattern.rest is not None:
                self._bind(pattern.rest, trust)
        elif isinstance(pattern, ir.ArrayPattern):
            for item in (*pattern.items, pattern.rest):
                if item is not None:
                    self._bind(item, trust)

    def _bind_ctx(self, pattern: ir.Pattern, value: Value) -> None:
        """`({ user, db }) => ...`: members of the ctx that custom builders added."""
        if isinstance(pattern, ir.ObjectPattern) and isinstance(value, CtxOf):
            for entry in pattern.fields:
                if entry.key is not None and entry.key not in CTX_NAMES:
                    self._bind(entry.pattern, self.ctx_trust)

    def _raise(self, ref: int, name: str, trust: Trust) -> None:
        if ref < 0 or trust is Trust.NONE or self._trusted.get(ref, Trust.NONE) >= trust:
            return
        value = self.judge.ev.binding(self.module, ref)
        if isinstance(value, (CtxOf, Part)):
            return  # the ctx itself stands for nobody, wherever it was taken from
        if trust in (Trust.SECRET, Trust.SESSION) and is_no_secret(value, self.judge.events):
            trust = Trust.CLIENT
        self._trusted[ref] = max(trust, self._trusted.get(ref, Trust.NONE))
        self._stale = self._stale or ref in self._asked

    def _assign(self, target: ir.Expr | ir.Pattern, trust: Trust) -> None:
        if isinstance(target, ir.Name):
            self._raise(target.ref, target.name, trust)
        elif isinstance(target, (ir.BindName, ir.ObjectPattern, ir.ArrayPattern)):
            self._bind(target, trust)
