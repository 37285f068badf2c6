"""What the expressions of one function are worth, as regards access (`trust`)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any

from convexlint.facts import ir
from convexlint.program.behaviour.always import is_always_there, is_never_empty
from convexlint.program.behaviour.denials import denies, inside, is_bypassed
from convexlint.program.behaviour.fixed import Fixed
from convexlint.program.behaviour.judge import Judge
from convexlint.program.behaviour.rights import says_right
from convexlint.program.behaviour.secret_names import (
    is_kept,
    is_known_setting,
    is_published,
)
from convexlint.program.behaviour.trust import (
    WHO,
    Trust,
    Worth,
    admitted,
    header_trust,
    is_no_secret,
    merged,
    named_trust,
)
from convexlint.program.evaluation.members import CTX_NAMES
from convexlint.program.evaluation.values import (
    Closure,
    CtxOf,
    Lit,
    Part,
    members,
    present,
)
from convexlint.program.model import Module, Place
from convexlint.program.modules.nodes import bare
from convexlint.program.places.tested_promises import PROMISE_METHODS, are_promises, is_promise

if TYPE_CHECKING:
    pass

EQUALITIES = frozenset({"===", "!==", "==", "!="})
_NAMING = frozenset({"id", "_id", "value", "key"})
MAX_SHAPES = 4  # object literals in each other whose members are known one by one
MAX_PARTS = 100  # and values in all of them


class Expressions(Fixed):
    """Reads expressions of facts function `index`, each once a round."""

    def __init__(self, judge: Judge, module: Module, index: int, ctx_trust: Trust) -> None:
        super().__init__(judge, module, index)
        self.ctx_trust = ctx_trust
        self._trusted: dict[int, Trust] = {}
        self._shapes: dict[int, Worth] = {}
        self._asked: set[int] = set()
        self._stale = False  # a variable was read before its trust rose
        self._seen: dict[int, Trust] = {}
        self._throws = False
        self._asks = Trust.NONE
        self._tied_by = Trust.NONE
        self._tied: Place | None = None
        self._tests: dict[Trust, ir.Expr] = {}  # the last test of this trust
        self._capturing: set[int] = set()
        self._around: set[int] = set()  # the functions that this one is written in
        above = module.facts.functions[index].parent
        while above > 0:
            self._around.add(above)
            above = module.facts.functions[above].parent

    @abstractmethod
    def _function(self, index: int) -> Trust:
        """Read the body of a function that is written here."""

    @abstractmethod
    def _assign(self, target: ir.Expr | ir.Pattern, trust: Trust) -> None:
        """What is assigned to a target is worth `trust`."""

    @abstractmethod
    def _put_at(self, node: ir.Assign) -> None:
        """Something may be put into a list or a map."""

    @abstractmethod
    def _call(self, node: ir.Call | ir.New) -> Trust:
        """The trust in what a call gives."""

    @abstractmethod
    def _only_throws(self, node: ir.Expr) -> bool:
        """Whether an expression calls what always throws."""

    @abstractmethod
    def proven(self, how: str, node: ir.Expr) -> None:
        """What the client sent is verified at `node`."""

    # ---------------------------------------------------------------------------------------------- trust

    def trust(self, node: ir.Expr) -> Trust:
        """The trust in an expression; reads it at the first time."""
        known = self._seen.get(id(node))
        if known is None:
            known = self._seen[id(node)] = self._read(node)
            if known > self._asks:
                self._asks = known
        return known

    def worth(self, node: ir.Expr) -> Worth:
        """The trust in an expression, with those of the members of an object literal."""
        while isinstance(node, (ir.Await, ir.Cast)):
            node = node.value
        trust = self.trust(node)
        if isinstance(node, ir.Object):
            return self._object_worth(node, trust)
        if isinstance(node, ir.Name):
            return self._shapes.get(node.ref) or Worth(trust)
        if isinstance(node, ir.Member):
            inner = self.worth(node.object)
            found = inner.get(node.name) if inner.shaped else None
            if found is not None and found.shaped:
                return found
        return Worth(trust)

    def _object_worth(self, node: ir.Object, trust: Trust) -> Worth:
        fields: dict[str, Worth] = {}
        rest = Trust.NONE
        for prop in node.props:
            worth = self.worth(prop.value)
            if prop.key is not None:
                fields.pop(prop.key, None)
                fields[prop.key] = worth
            elif worth.shaped:
                for name, inner in worth.fields:
                    fields.pop(name, None)
                    fields[name] = inner
                rest = max(rest, worth.rest)
            else:
                rest = max(rest, worth.trust)
        made = Worth(trust, tuple(fields.items()), True, rest)
        few = tuple(islice(made.parts(), MAX_PARTS + 1))
        simple = len(few) <= MAX_PARTS and made.depth() <= MAX_SHAPES
        return made if simple else Worth(max(trust, *few))

    def truth(self, node: ir.Expr, alone: bool = True) -> Trust:
        """The trust in an expression that is tested: a promise is always true, and so is a function. `alone`: not held
        against another value."""
        trust = self.trust(node)
        if trust is Trust.NONE:
            return trust
        tested = bare(node)
        if self._is_promise(tested) or self._is_function(tested):
            return Trust.NONE
        if alone and is_always_there(self.judge.ev, self.module, tested):
            return Trust.NONE
        if isinstance(tested, ir.Binary) and tested.op in ("&&", "||", "??"):
            if self._is_promise(bare(tested.right)):
                return self.truth(tested.left)
            left, right = self.trust(tested.left), self.trust(tested.right)
            chosen = tested.left if left < right else tested.right
            if is_bypassed(tested, left, right) and not self.is_required(chosen):
                return Trust.CLIENT
        elif isinstance(tested, ir.Conditional) and all(
            self._is_promise(bare(one)) for one in (tested.yes, tested.no)
        ):
            return self.truth(tested.test)
        if trust in WHO and isinstance(tested, (ir.Name, ir.Member)) and says_right(tested.name):
            return self._asked_for(Trust.ROLE)
        return trust

    def _asked_for(self, trust: Trust) -> Trust:
        self._asks = max(self._asks, trust)
        return trust

    def _tie(self, trust: Trust, node: ir.Node, place: Place | None = None) -> None:
        """Something of this trust decides at `node`."""
        if trust > self._tied_by:
            self._tied_by, self._tied = trust, place or self.place(self._tests.get(trust, node))

    def _is_promise(self, node: ir.Expr) -> bool:
        return is_promise(self.judge.ev, self.module, node)

    def _is_function(self, node: ir.Expr) -> bool:
        return isinstance(node, ir.Name) and all(
            isinstance(v, Closure) for v in members(self.judge.ev.expr(self.module, node))
        )

    def _says_no_number(self, node: ir.Expr) -> bool:
        """Whether a list has as many items whoever calls: promises, or what is written there one by one."""
        return self._are_promises(node) or is_never_empty(self.judge.ev, self.module, node)

    def _are_promises(self, node: ir.Expr) -> bool:
        return are_promises(self.judge.ev, self.module, node)

    def _read(self, node: ir.Expr) -> Trust:
        read = _READERS.get(type(node))
        return Trust.NONE if read is None else read(self, node)

    def _name(self, node: ir.Name) -> Trust:
        self._asked.add(node.ref)
        trust = self._trusted.get(node.ref)
        if trust is None:
            known = self.of_environment(node) or self.judge.constant(self.module, node.ref)
            return known or self._captured(node)
        return trust

    def _captured(self, node: ir.Name) -> Trust:
        """Who calls, where a function around this one asked: `const me = ...; return () => { if (!me) ... };`."""
        held = self.where.constant(node.ref)
        if held is None or node.ref in self._capturing or self.where.owner(held) not in self._around:
            return Trust.NONE
        self._capturing.add(node.ref)
        trust = self.trust(held)
        self._capturing.discard(node.ref)
        return trust if trust >= Trust.FOUND else Trust.NONE

    def _inner(self, node: ir.Await | ir.Cast | ir.Spread) -> Trust:
        return self.trust(node.value)

    def _unary(self, node: ir.Unary) -> Trust:
        return self.truth(node.value) if node.op == "!" else self.trust(node.value)

    def _conditional(self, node: ir.Conditional) -> Trust:
        tested, best = self.truth(node.test), max(self.trust(node.yes), self.trust(node.no))
        other = node.yes if denies(node.test) else node.no  # `note?.isPublic ? note : null`
        chosen = node.no if other is node.yes else node.yes
        kept = self.is_plain(other) or _holds(chosen, other)
        shown = tested in (Trust.SHOWN, Trust.SHARED) and kept
        return max(best, tested if shown else admitted(tested) if tested >= Trust.ADMITTED else best)

    def _lambda(self, node: ir.Lambda) -> Trust:
        return self._function(node.index)

    def _object(self, node: ir.Object) -> Trust:
        return self._made_of(tuple(p.value for p in node.props))

    def _array(self, node: ir.Array) -> Trust:
        return self._made_of(node.items)

    def _made_of(self, parts: tuple[ir.Expr, ...]) -> Trust:
        """What holds several values; what is published is so only as a whole."""
        known = [self.trust(part) for part in parts]
        best = merged(known)
        if best in (Trust.SHOWN, Trust.SHARED):
            plain = (self.is_plain(p) for p, trust in zip(parts, known, strict=True) if trust is Trust.NONE)
            return best if all(plain) else Trust.NONE
        return best

    def _parts(self, node: ir.Template | ir.Opaque) -> Trust:
        return merged(self.trust(p) for p in node.parts)

    def _index(self, node: ir.Index) -> Trust:
        trust, key = self.trust(node.object), self.trust(node.key)
        if trust is Trust.CLIENT:
            named = self.text_of(node.key)
            return Trust.CLIENT if named is None else header_trust(named)
        if trust is Trust.NONE and self._is_environment(node.object):
            named = self.text_of(node.key)
            return Trust.NONE if named is not None and is_known_setting(named) else Trust.KEPT
        if key in (*WHO, Trust.ROLE) and self._written(inside(node.object)) is not None:
            return Trust.ROLE  # `RANK[user.role]`
        return max(trust, min(key, Trust.CLIENT))

    def _assigned(self, node: ir.Assign) -> Trust:
        trust = self.trust(node.value)
        self._assign(node.target, trust)
        self._put_at(node)
        return trust

    def _member(self, node: ir.Member) -> Trust:
        trust = self.trust(node.object)
        if trust is not Trust.NONE:
            shape = self.worth(node.object)
            if shape.shaped:
                found = shape.get(node.name)
                if found is not None and found.trust is not Trust.CLIENT:
                    return found.trust
                trust = shape.rest if found is None else found.trust
                if found is not None:
                    return self._sent(node)
            if node.name not in PROMISE_METHODS and self._is_promise(node.object):
                return Trust.NONE
        if trust is Trust.CLIENT:
            return self._sent(node)
        if node.name == "length" and trust >= Trust.SHOWN and self._says_no_number(node.object):
            return Trust.NONE
        if node.name == "length" and trust < Trust.SHOWN:
            return Trust.CLIENT if trust in (Trust.SESSION, Trust.SECRET, Trust.MAC) else Trust.NONE
        if trust is Trust.SESSION and node.name not in _NAMING:
            return self._sent(node)  # an object that tells of a session
        if trust >= Trust.ADMITTED and isinstance(self.judge.ev.expr(self.module, node), (CtxOf, Part)):
            return Trust.NONE
        if trust >= Trust.ADMITTED and isinstance(node.object, ir.Cast) and node.object.kind == "!":
            self._throws = True  # `identity!.subject` fails for strangers
            self._tie(trust, node)
        return self._kept(node) if trust is Trust.NONE else trust

    def _sent(self, node: ir.Member) -> Trust:
        """The trust in a member of what the client sent."""
        named = named_trust(node.name)
        if named is Trust.CLIENT or is_no_secret(self.judge.ev.expr(self.module, node), self.judge.events):
            return Trust.CLIENT
        return named

    def _kept(self, node: ir.Member) -> Trust:
        """The trust in a member of what nobody sent."""
        if self.ctx_trust is not Trust.NONE and node.name not in CTX_NAMES:
            # A helper may give its ctx a type of the project's own.
            named = isinstance(node.object, ir.Name) and node.object.name == "ctx"
            on_ctx = named or isinstance(self.judge.ev.expr(self.module, node.object), CtxOf)
            if on_ctx:
                return self.ctx_trust
        if self.of_environment(node) is Trust.KEPT:
            return Trust.KEPT
        if is_published(node.name):
            return Trust.SHOWN
        if not is_kept(node.name):
            return Trust.NONE
        value = self.judge.ev.expr(self.module, node)
        return (
            Trust.NONE
            if is_no_secret(value, self.judge.events) or isinstance(present(value), Lit)
            else Trust.KEPT
        )

    @abstractmethod
    def _binary(self, node: ir.Binary) -> Trust:
        """The trust in what a comparison or another operation of two values gives."""


def _holds(node: ir.Expr, other: ir.Expr) -> bool:
    """Whether a list or an object holds all that was in `other`: `note.isPublic ? [...all, note] : all`."""
    bare, held = inside(node), inside(other)
    if not isinstance(bare, (ir.Array, ir.Object)) or not isinstance(held, ir.Name):
        return False
    parts = bare.items if isinstance(bare, ir.Array) else tuple(p.value for p in bare.props if p.key is None)
    spread = (inside(p.value if isinstance(p, ir.Spread) else p) for p in parts)
    return any(isinstance(one, ir.Name) and one.ref == held.ref for one in spread)


# By exact type: this is asked of most expressions of a project.
_READERS: dict[type[ir.Node], Callable[[Any, Any], Trust]] = {
    ir.Name: lambda self, node: self._name(node),
    ir.Member: lambda self, node: self._member(node),
    ir.Call: lambda self, node: self._call(node),
    ir.New: lambda self, node: self._call(node),
    ir.Await: Expressions._inner,
    ir.Cast: Expressions._inner,
    ir.Unary: Expressions._unary,
    ir.Spread: Expressions._inner,
    ir.Binary: lambda self, node: self._binary(node),
    ir.Conditional: lambda self, node: self._conditional(node),
    ir.Lambda: lambda self, node: self._lambda(node),
    ir.Object: Expressions._object,
    ir.Array: Expressions._array,
    ir.Template: Expressions._parts,
    ir.Opaque: Expressions._parts,
    ir.Index: Expressions._index,
    ir.Assign: Expressions._assigned,
}


__all__ = ["EQUALITIES", "Expressions", "denies", "inside"]
