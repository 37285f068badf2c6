"""What comparisons are worth: who is asked for by them, and which of them a client can get around."""

from __future__ import annotations

from convexlint.facts import ir
from convexlint.program.behaviour.expressions import EQUALITIES, Expressions, denies, inside
from convexlint.program.behaviour.fixed import is_absent
from convexlint.program.behaviour.proofs import POSITIONAL, compared, is_bit_comparison
from convexlint.program.behaviour.secret_names import is_known_field, says_published, tells_expiry
from convexlint.program.behaviour.trust import ASKS, CHOSEN, WHO, Trust, is_no_secret, merged
from convexlint.program.modules.nodes import descendants

_ORDERS = frozenset({"<", ">", "<=", ">="})
_COMPARISONS = EQUALITIES | _ORDERS | {"in", "instanceof"}
_TESTS = _COMPARISONS | {"&&", "||", "??"}


class Comparisons(Expressions):
    """Reads binary expressions."""

    def _binary(self, node: ir.Binary) -> Trust:
        left, right = self.trust(node.left), self.trust(node.right)
        if node.op in _TESTS:
            compares = node.op in _COMPARISONS
            left, right = (
                self.truth(node.left, not compares or is_absent(node.right)),
                self.truth(node.right, is_absent(node.left)) if compares else right,
            )
        if node.op in EQUALITIES or is_bit_comparison(node.op):
            return self._equality(node, left, right)
        best = max(left, right)
        if node.op in _ORDERS and best is Trust.SHARED and any(map(self._expires, (node.left, node.right))):
            self.proven("secret", node)
            return Trust.VERIFIED  # a code that runs out is somebody's right
        if node.op in _COMPARISONS:
            if node.op == "in" and best in WHO:
                return Trust.ROLE if self.is_fixed(node.left) else Trust.OWN
            return best if best >= Trust.FOUND else Trust.NONE
        if node.op in ("&&", "||") and self._evaded(node):
            return Trust.CLIENT
        if node.op in ("&&", "||") and best > Trust.FOUND and self._lets_nobody_in(node):
            return Trust.NONE
        if best in (Trust.SHOWN, Trust.SHARED) and self._opens_more(node, left, right):
            return Trust.NONE
        if node.op in ("??", "||") and left >= Trust.FOUND and self._only_throws(node.right):
            best = max(best, Trust.VERIFIED) if left is Trust.FOUND else best
            self._throws = True
            self._tie(best, node)
        return merged((left, right)) if node.op == "+" else best

    def _equality(self, node: ir.Binary, left: Trust, right: Trust) -> Trust:
        best = max(left, right)
        if best >= Trust.FOUND and self._falls_back(node):
            return Trust.NONE
        if best in WHO:
            return self._held_against(node, node.left if left is best else node.right)
        if best >= Trust.FOUND:
            return best
        verified = compared(
            _stored(left), _stored(right), self._is_known(node.left), self._is_known(node.right)
        )
        if verified is not Trust.NONE and Trust.CLIENT in (left, right):
            sent = _whole(node.left if left is Trust.CLIENT else node.right)
            if is_no_secret(self.judge.ev.expr(self.module, sent), self.judge.events):
                verified = Trust.NONE
        if verified is not Trust.NONE:
            self.proven("secret", node)
            return verified
        if node.op not in EQUALITIES:
            return merged((left, right))
        if best in (*ASKS, Trust.SHOWN, Trust.SHARED):
            return best
        if best in CHOSEN and (is_absent(node.left) or is_absent(node.right)):
            return Trust.CLIENT
        for mine, other in ((node.left, node.right), (node.right, node.left)):
            bare, said = inside(mine), self.text_of(other)
            if isinstance(bare, ir.Member) and said is not None and says_published(bare.name, said):
                return Trust.SHOWN
        return Trust.NONE

    def _falls_back(self, node: ir.Binary) -> bool:
        """`note.owner !== (me?.subject ?? note.owner)`: nobody's name is the owner's."""
        for mine, other in ((node.left, node.right), (node.right, node.left)):
            bare = inside(mine)
            if not isinstance(bare, ir.Binary) or bare.op not in ("??", "||"):
                continue
            if self._as_written(inside(bare.right)) == self._as_written(inside(other)):
                return True
        return False

    def _is_known(self, node: ir.Expr) -> bool:
        """Whether what somebody sends proves nothing by being equal to it."""
        bare = inside(node)
        return self.is_literal(node) or (isinstance(bare, ir.Member) and is_known_field(bare.name))

    def _held_against(self, node: ir.Binary, mine: ir.Expr) -> Trust:
        """What it means that `mine`, who calls, is compared: with nothing, with a literal or a setting, with a row."""
        other = inside(node.right if mine is node.left else node.left)
        here = inside(mine)
        counts = isinstance(here, ir.Member) and here.name == "length"
        empty = isinstance(other, ir.Text) and not other.value
        empty = empty or (isinstance(other, ir.Number) and isinstance(here, ir.Name))  # `diff === 0`
        if (
            counts
            or empty
            or isinstance(here, ir.Unary)
            or (isinstance(other, ir.Atom) and other.kind != "this")
        ):
            return self.trust(mine)
        return Trust.ROLE if self.is_fixed(other) else Trust.OWN

    def _expires(self, node: ir.Expr) -> bool:
        bare = inside(node)
        return isinstance(bare, ir.Member) and tells_expiry(bare.name) and self.trust(bare) is Trust.SHARED

    def _opens_more(self, node: ir.Binary, left: Trust, right: Trust) -> bool:
        """`!album.isPublic && !args.preview`, `album.isPublic || args.preview`: the flag does not decide alone."""
        if node.op not in ("&&", "||") or min(left, right) >= Trust.SHOWN:
            return False
        flag, other = (node.left, node.right) if left > right else (node.right, node.left)
        return denies(flag) is (node.op == "&&") and not self.is_literal(other)

    def _lets_nobody_in(self, node: ir.Binary) -> bool:
        """`me === null || me.id === doc.owner` admits, and `me && me.id !== doc.owner` refuses: who is not signed in
        passes both."""
        held = inside(node.left)
        absent = denies(held)
        if isinstance(held, ir.Unary) and held.op == "!":
            held = inside(held.value)
        elif isinstance(held, ir.Binary) and held.op in EQUALITIES:
            if not is_absent(held.right):
                return False
            held = inside(held.left)
        other = inside(node.right)
        if not isinstance(other, ir.Binary) or other.op not in EQUALITIES:
            return False
        if absent is not (node.op == "||") or denies(other) is absent:
            return False
        sides = (other.left, other.right)
        if isinstance(held, ir.Name) and self.trust(held) in WHO:
            return any(
                isinstance(n, ir.Name) and n.ref == held.ref for side in sides for n in descendants(side)
            )
        # `args.key && args.key !== process.env.KEY`: who sends no key passes, unless it was asked for before.
        text = self._as_written(held)
        left_out = self.trust(held) in CHOSEN and text not in self._required
        return left_out and any(self._as_written(inside(side)) == text for side in sides)

    def _evaded(self, node: ir.Binary) -> bool:
        """`doc.owner !== args.userId && !(await isAdmin(ctx))`: a caller that sends the right id is never checked."""
        spoofed = EQUALITIES & ({"!==", "!="} if node.op == "&&" else {"===", "=="})
        for mine, other in ((node.left, node.right), (node.right, node.left)):
            test = inside(mine)
            if (
                self.trust(other) < Trust.ADMITTED
                or not isinstance(test, ir.Binary)
                or test.op not in spoofed
            ):
                continue
            sides = sorted((self.trust(test.left), self.trust(test.right)))
            literal = isinstance(inside(test.left), (ir.Text, ir.Atom)) or isinstance(
                inside(test.right), (ir.Text, ir.Atom)
            )
            if sides == [Trust.NONE, Trust.CLIENT] and not literal:
                return True
        return False


def _whole(node: ir.Expr) -> ir.Expr:
    """The text that one sign is taken of: `given.charCodeAt(i)`, `(given[i] ?? 0)`."""
    bare = inside(node)
    if isinstance(bare, ir.Binary) and bare.op in ("??", "||"):
        return _whole(bare.left)
    if isinstance(bare, ir.Index):
        return bare.object
    called = bare.callee if isinstance(bare, ir.Call) else None
    return called.object if isinstance(called, ir.Member) and called.name in POSITIONAL else node


def _stored(trust: Trust) -> Trust:
    """The trust in a comparison of what was found by an address or a code: it is stored like anything else."""
    return Trust.NONE if trust in (Trust.SHOWN, Trust.SHARED) else trust
