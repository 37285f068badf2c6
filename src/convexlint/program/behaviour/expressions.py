"""What the expressions of one function are worth, as regards access (`levels`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any

from convexlint.facts import ir
from convexlint.program.behaviour.levels import (
    Level,
    Worth,
    header_level,
    is_no_secret,
    merged,
    named_level,
)
from convexlint.program.behaviour.proofs import compared, is_bit_comparison
from convexlint.program.behaviour.secret_names import (
    is_kept,
    is_known_setting,
    is_published,
    says_published,
    tells_expiry,
)
from convexlint.program.evaluation.members import CTX_NAMES
from convexlint.program.evaluation.values import CtxOf, External, Global, Lit, Part, members, present
from convexlint.program.model import Module, Place
from convexlint.program.places.tested_promises import PROMISE_METHODS, is_promise

if TYPE_CHECKING:
    from convexlint.program.behaviour.access import Access

EQUALITIES = frozenset({"===", "!==", "==", "!="})
_ORDERS = frozenset({"<", ">", "<=", ">="})
_COMPARISONS = EQUALITIES | _ORDERS | {"in", "instanceof"}
_TESTS = _COMPARISONS | {"&&", "||", "??"}
SHORTEST_SECRET = 8
_NAMING = frozenset({"id", "_id", "value", "key"})
MAX_SHAPES = 4  # object literals in each other whose members are known one by one
MAX_PARTS = 100  # and values in all of them
_LITERALS = (ir.Text, ir.Atom, ir.Number)


class Expressions(ABC):
    """Reads expressions of facts function `index`, each once a round."""

    def __init__(self, access: Access, module: Module, index: int, told: Level) -> None:
        self.access = access
        self.module = module
        self.index = index
        self.told = told
        self.where = access.ev.world.index(module)
        self._levels: dict[int, Level] = {}
        self._shapes: dict[int, Worth] = {}
        self._asked: set[int] = set()
        self._stale = False  # a variable was read before its level rose
        self._seen: dict[int, Level] = {}
        self._throws = False

    @abstractmethod
    def _function(self, index: int) -> Level:
        """Read the body of a function that is written here."""

    @abstractmethod
    def _assign(self, target: ir.Expr | ir.Pattern, level: Level) -> None:
        """What is assigned to a target is worth `level`."""

    @abstractmethod
    def _call(self, node: ir.Call | ir.New) -> Level:
        """The level of what a call gives."""

    @abstractmethod
    def _only_throws(self, node: ir.Expr) -> bool:
        """Whether an expression calls what always throws."""

    @abstractmethod
    def proven(self, how: str, node: ir.Expr) -> None:
        """What the client sent is verified at `node`."""

    # --------------------------------------------------------------------------------------------- levels

    def level(self, node: ir.Expr) -> Level:
        """The level of an expression; reads it at the first time."""
        known = self._seen.get(id(node))
        if known is None:
            known = self._seen[id(node)] = self._level(node)
        return known

    def worth(self, node: ir.Expr) -> Worth:
        """The level of an expression, with those of the members of an object literal."""
        while isinstance(node, (ir.Await, ir.Cast)):
            node = node.value
        level = self.level(node)
        if isinstance(node, ir.Object):
            return self._object_worth(node, level)
        if isinstance(node, ir.Name):
            return self._shapes.get(node.ref) or Worth(level)
        if isinstance(node, ir.Member):
            inner = self.worth(node.object)
            found = inner.get(node.name) if inner.shaped else None
            if found is not None and found.shaped:
                return found
        return Worth(level)

    def _object_worth(self, node: ir.Object, level: Level) -> Worth:
        fields: dict[str, Worth] = {}
        rest = Level.NONE
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
                rest = max(rest, worth.level)
        made = Worth(level, tuple(fields.items()), True, rest)
        few = tuple(islice(made.parts(), MAX_PARTS + 1))
        simple = len(few) <= MAX_PARTS and made.depth() <= MAX_SHAPES
        return made if simple else Worth(max(level, *few))

    def truth(self, node: ir.Expr) -> Level:
        """The level of an expression that is tested: a promise is always true."""
        level = self.level(node)
        return Level.NONE if level is not Level.NONE and self._is_promise(node) else level

    def _is_promise(self, node: ir.Expr) -> bool:
        return is_promise(self.access.ev, self.module, node)

    def _level(self, node: ir.Expr) -> Level:
        read = _READERS.get(type(node))
        return Level.NONE if read is None else read(self, node)

    def _name(self, node: ir.Name) -> Level:
        self._asked.add(node.ref)
        level = self._levels.get(node.ref)
        if level is None:
            return self.env_level(node) or self.access.const_level(self.module, node.ref)
        return level

    def _inner(self, node: ir.Await | ir.Cast | ir.Spread) -> Level:
        return self.level(node.value)

    def _unary(self, node: ir.Unary) -> Level:
        return self.truth(node.value) if node.op == "!" else self.level(node.value)

    def _conditional(self, node: ir.Conditional) -> Level:
        tested = self.truth(node.test)
        branches = max(self.level(node.yes), self.level(node.no))
        return Level.CALLER if tested is Level.CALLER else branches

    def _lambda(self, node: ir.Lambda) -> Level:
        return self._function(node.index)

    def _object(self, node: ir.Object) -> Level:
        return self._made_of(tuple(p.value for p in node.props))

    def _array(self, node: ir.Array) -> Level:
        return self._made_of(node.items)

    def _made_of(self, parts: tuple[ir.Expr, ...]) -> Level:
        """The level of what holds several values; what is published is so only as a whole."""
        levels = [self.level(part) for part in parts]
        best = merged(levels)
        if best in (Level.SHOWN, Level.SHARED):
            plain = (self.is_plain(p) for p, level in zip(parts, levels, strict=True) if level is Level.NONE)
            return best if all(plain) else Level.NONE
        return best

    def is_plain(self, node: ir.Expr) -> bool:
        """Whether an expression holds no data: a literal, or a list or an object of these."""
        bare = inside(node)
        if isinstance(bare, ir.Array):
            return all(map(self.is_plain, bare.items))
        if isinstance(bare, ir.Object):
            return all(self.is_plain(p.value) for p in bare.props)
        if isinstance(bare, ir.Binary):
            return self.is_plain(bare.left) and self.is_plain(bare.right)
        return isinstance(bare, (*_LITERALS, ir.Unary, ir.Lambda))

    def _parts(self, node: ir.Template | ir.Opaque) -> Level:
        return merged(self.level(p) for p in node.parts)

    def _index(self, node: ir.Index) -> Level:
        level, key = self.level(node.object), self.level(node.key)
        if level is Level.CLIENT:
            named = self.text_of(node.key)
            return Level.CLIENT if named is None else header_level(named)
        if level is Level.NONE and self._is_environment(node.object):
            named = self.text_of(node.key)
            return Level.NONE if named is not None and is_known_setting(named) else Level.KEPT
        return max(level, min(key, Level.CLIENT))

    def _assigned(self, node: ir.Assign) -> Level:
        level = self.level(node.value)
        self._assign(node.target, level)
        return level

    def _member(self, node: ir.Member) -> Level:
        level = self.level(node.object)
        if level is not Level.NONE:
            shape = self.worth(node.object)
            if shape.shaped:
                found = shape.get(node.name)
                if found is not None and found.level is not Level.CLIENT:
                    return found.level
                level = shape.rest if found is None else found.level
                if found is not None:
                    return self._sent(node)
            if node.name not in PROMISE_METHODS and self._is_promise(node.object):
                return Level.NONE
        if level is Level.CLIENT:
            return self._sent(node)
        if node.name == "length" and level < Level.SHOWN:
            return Level.CLIENT if level in (Level.SESSION, Level.SECRET, Level.MAC) else Level.NONE
        if level is Level.SESSION and node.name not in _NAMING:
            return self._sent(node)  # an object that tells of a session
        if level is Level.CALLER and isinstance(self.access.ev.expr(self.module, node), (CtxOf, Part)):
            return Level.NONE
        if level is Level.CALLER and isinstance(node.object, ir.Cast) and node.object.kind == "!":
            self._throws = True  # `identity!.subject` fails for strangers
        return self._kept(node) if level is Level.NONE else level

    def _sent(self, node: ir.Member) -> Level:
        """The level of a member of what the client sent."""
        named = named_level(node.name)
        if named is Level.CLIENT or is_no_secret(self.access.ev.expr(self.module, node)):
            return Level.CLIENT
        return named

    def _kept(self, node: ir.Member) -> Level:
        """The level of a member of what nobody sent."""
        if self.told is not Level.NONE and node.name not in CTX_NAMES:
            on_ctx = isinstance(self.access.ev.expr(self.module, node.object), CtxOf)
            if on_ctx:
                return self.told
        if self.env_level(node) is Level.KEPT:
            return Level.KEPT
        if is_published(node.name):
            return Level.SHOWN
        if not is_kept(node.name):
            return Level.NONE
        value = self.access.ev.expr(self.module, node)
        return Level.NONE if is_no_secret(value) or isinstance(present(value), Lit) else Level.KEPT

    # ------------------------------------------------------------------------------------------ comparisons

    def _binary(self, node: ir.Binary) -> Level:
        left, right = self.level(node.left), self.level(node.right)
        if node.op in _TESTS:
            left, right = (
                self.truth(node.left),
                self.truth(node.right) if node.op in _COMPARISONS else right,
            )
        if node.op in EQUALITIES or is_bit_comparison(node.op):
            return self._equality(node, left, right)
        best = max(left, right)
        if node.op in _ORDERS and best is Level.SHARED and any(map(self._expires, (node.left, node.right))):
            self.proven("secret", node)
            return Level.CALLER  # a code that runs out is somebody's right
        if node.op in _COMPARISONS:
            return best if best >= Level.FOUND else Level.NONE
        if node.op in ("&&", "||") and self._evaded(node):
            return Level.CLIENT
        if best in (Level.SHOWN, Level.SHARED) and self._opens_more(node, left, right):
            return Level.NONE
        if node.op in ("??", "||") and left is Level.CALLER and self._only_throws(node.right):
            self._throws = True
        return merged((left, right)) if node.op == "+" else best

    def _equality(self, node: ir.Binary, left: Level, right: Level) -> Level:
        best = max(left, right)
        if best >= Level.FOUND:
            return best
        verified = compared(
            _stored(left), _stored(right), self.is_literal(node.left), self.is_literal(node.right)
        )
        if verified is not Level.NONE and Level.CLIENT in (left, right):
            sent = node.left if left is Level.CLIENT else node.right
            if is_no_secret(self.access.ev.expr(self.module, sent)):
                verified = Level.NONE
        if verified is not Level.NONE:
            self.proven("secret", node)
            return verified
        if node.op not in EQUALITIES:
            return merged((left, right))
        if best in (Level.ASKED, Level.SHOWN, Level.SHARED):
            return best
        for mine, other in ((node.left, node.right), (node.right, node.left)):
            bare, said = inside(mine), self.text_of(other)
            if isinstance(bare, ir.Member) and said is not None and says_published(bare.name, said):
                return Level.SHOWN
        return Level.NONE

    def _expires(self, node: ir.Expr) -> bool:
        bare = inside(node)
        return isinstance(bare, ir.Member) and tells_expiry(bare.name) and self.level(bare) is Level.SHARED

    def is_literal(self, node: ir.Expr) -> bool:
        """Whether an expression is a plain literal. A text as long as a secret may be one: it is found elsewhere."""
        if isinstance(inside(node), ir.Text) or self.text_of(node) is not None:
            return len(self.text_of(node) or "") < SHORTEST_SECRET
        bare = inside(node)
        if isinstance(bare, (*_LITERALS, ir.Unary)):
            return True
        if isinstance(bare, ir.Array):
            return all(map(self.is_literal, bare.items))
        value = self.access.ev.expr(self.module, node)
        return isinstance(present(value), Lit)

    def text_of(self, node: ir.Expr) -> str | None:
        """The text that an expression surely is."""
        bare = inside(node)
        if isinstance(bare, ir.Text):
            return bare.value
        if not isinstance(bare, (ir.Name, ir.Member)):
            return None
        value = present(self.access.ev.expr(self.module, bare))
        return value.value if isinstance(value, Lit) and isinstance(value.value, str) else None

    def _opens_more(self, node: ir.Binary, left: Level, right: Level) -> bool:
        """`!album.isPublic && !args.preview`, `album.isPublic || args.preview`: the flag does not decide alone."""
        if node.op not in ("&&", "||") or min(left, right) >= Level.SHOWN:
            return False
        flag, other = (node.left, node.right) if left > right else (node.right, node.left)
        return denies(flag) is (node.op == "&&") and not self.is_literal(other)

    def _evaded(self, node: ir.Binary) -> bool:
        """`doc.owner !== args.userId && !(await isAdmin(ctx))`: whoever sends the right id is never asked."""
        spoofed = EQUALITIES & ({"!==", "!="} if node.op == "&&" else {"===", "=="})
        for mine, other in ((node.left, node.right), (node.right, node.left)):
            test = inside(mine)
            if (
                self.level(other) is not Level.CALLER
                or not isinstance(test, ir.Binary)
                or test.op not in spoofed
            ):
                continue
            sides = sorted((self.level(test.left), self.level(test.right)))
            literal = isinstance(inside(test.left), (ir.Text, ir.Atom)) or isinstance(
                inside(test.right), (ir.Text, ir.Atom)
            )
            if sides == [Level.NONE, Level.CLIENT] and not literal:
                return True
        return False

    def env_level(self, node: ir.Expr) -> Level:
        """KEPT for a variable of the environment that holds a secret; others hold what anybody may know."""
        for value in members(present(self.access.ev.expr(self.module, node))):
            if isinstance(value, Global) and value.name.startswith("process.env."):
                return Level.NONE if is_known_setting(value.name.removeprefix("process.env.")) else Level.KEPT
            if isinstance(value, External) and value.path[:1] == ("env",) and len(value.path) > 1:
                return Level.NONE if is_known_setting(value.path[-1]) else Level.KEPT
        return Level.NONE

    def _is_environment(self, node: ir.Expr) -> bool:
        return self.access.ev.expr(self.module, node) == Global("process.env")

    def place(self, node: ir.Node) -> Place:
        return self.access.place(self.module, node, self.index)


def _stored(level: Level) -> Level:
    """The level in a comparison of what was found by an address or a code: it is stored like anything else."""
    return Level.NONE if level in (Level.SHOWN, Level.SHARED) else level


def denies(test: ir.Expr) -> bool:
    """Whether a test holds where something is absent or unequal."""
    test = inside(test)
    if isinstance(test, ir.Unary):
        return test.op == "!"
    if isinstance(test, ir.Binary):
        if test.op in ("||", "&&"):
            return denies(test.left) or denies(test.right)
        absent = isinstance(test.right, ir.Atom) and test.right.kind in ("null", "undefined", "false")
        if test.op in ("!=", "!=="):
            return not absent
        return test.op in ("==", "===") and absent
    return False


def inside(node: ir.Expr) -> ir.Expr:
    """Without `await`, casts, and `void`."""
    while isinstance(node, (ir.Await, ir.Cast)) or (isinstance(node, ir.Unary) and node.op == "void"):
        node = node.value
    return node


# By exact type: this is asked of most expressions of a project.
_READERS: dict[type[ir.Node], Callable[[Any, Any], Level]] = {
    ir.Name: Expressions._name,
    ir.Member: Expressions._member,
    ir.Call: lambda self, node: self._call(node),
    ir.New: lambda self, node: self._call(node),
    ir.Await: Expressions._inner,
    ir.Cast: Expressions._inner,
    ir.Unary: Expressions._unary,
    ir.Spread: Expressions._inner,
    ir.Binary: Expressions._binary,
    ir.Conditional: Expressions._conditional,
    ir.Lambda: Expressions._lambda,
    ir.Object: Expressions._object,
    ir.Array: Expressions._array,
    ir.Template: Expressions._parts,
    ir.Opaque: Expressions._parts,
    ir.Index: Expressions._index,
    ir.Assign: Expressions._assigned,
}


__all__ = ["EQUALITIES", "Expressions", "denies", "inside"]
