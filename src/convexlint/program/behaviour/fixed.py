"""What expressions are whoever calls: literals, constants, variables of the environment."""

from __future__ import annotations

from abc import ABC, abstractmethod

from convexlint.facts import ir
from convexlint.program.behaviour.denials import inside
from convexlint.program.behaviour.judge import Judge
from convexlint.program.behaviour.secret_names import is_known_setting
from convexlint.program.behaviour.trust import Trust
from convexlint.program.evaluation.values import External, Global, Lit, members, present
from convexlint.program.model import Module, Place

SHORTEST_SECRET = 8
MOST_MEMBERS = 32
"""So many members of a union are asked whether they are a variable of the environment; nobody mixes more with one."""

_LITERALS = (ir.Text, ir.Atom, ir.Number)


class Fixed(ABC):
    """Looks at the expressions of facts function `index`."""

    def __init__(self, judge: Judge, module: Module, index: int) -> None:
        self.judge = judge
        self.module = module
        self.index = index
        self.where = judge.ev.world.index(module)
        self._required: set[bytes] = set()  # what was asked for before, as written

    @abstractmethod
    def trust(self, node: ir.Expr) -> Trust:
        """The trust in an expression."""

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

    def is_literal(self, node: ir.Expr) -> bool:
        """Whether an expression is a plain literal. A text as long as a secret may be one: it is found elsewhere."""
        if isinstance(inside(node), ir.Text) or self.text_of(node) is not None:
            return len(self.text_of(node) or "") < SHORTEST_SECRET
        bare = inside(node)
        if isinstance(bare, (*_LITERALS, ir.Unary)):
            return True
        if isinstance(bare, ir.Array):
            return all(map(self.is_literal, bare.items))
        value = self.judge.ev.expr(self.module, node)
        return isinstance(present(value), Lit)

    def text_of(self, node: ir.Expr) -> str | None:
        """The text that an expression surely is."""
        bare = inside(node)
        if isinstance(bare, ir.Text):
            return bare.value
        if not isinstance(bare, (ir.Name, ir.Member)):
            return None
        value = present(self.judge.ev.expr(self.module, bare))
        return value.value if isinstance(value, Lit) and isinstance(value.value, str) else None

    def of_environment(self, node: ir.Expr) -> Trust:
        """KEPT for a variable of the environment that holds a secret; others hold what anybody may know."""
        held = members(self.judge.ev.expr(self.module, node))
        for value in held[:MOST_MEMBERS]:
            if isinstance(value, Global) and value.name.startswith("process.env."):
                return Trust.NONE if is_known_setting(value.name.removeprefix("process.env.")) else Trust.KEPT
            if isinstance(value, External) and value.path[:1] == ("env",) and len(value.path) > 1:
                return Trust.NONE if is_known_setting(value.path[-1]) else Trust.KEPT
        return Trust.NONE

    def is_fixed(self, node: ir.Expr) -> bool:
        """Whether an expression is the same for every call: a literal, or a variable of the environment."""
        if self.text_of(node) is not None or self.is_literal(node) or self.trust(node) is Trust.KEPT:
            return True
        bare_ = inside(node)
        if isinstance(bare_, ir.Array):
            return all(map(self.is_fixed, bare_.items))
        if isinstance(self._written(bare_), ir.Array):
            return True
        return any(
            isinstance(value, Global) and value.name.startswith("process.env.")
            for value in members(present(self.judge.ev.expr(self.module, bare_)))
        )

    def _is_environment(self, node: ir.Expr) -> bool:
        return self.judge.ev.expr(self.module, node) == Global("process.env")

    def place(self, node: ir.Node) -> Place:
        return self.judge.place(self.module, node, self.index)

    def _written(self, node: ir.Expr) -> ir.Expr | None:
        """The list or object of literals that a constant of some module holds: `ROLES`, `new Set(["admin"])`."""
        found = self.judge.ev.world.constant(self.module, node.ref) if isinstance(node, ir.Name) else None
        held = None if found is None else inside(found[1])
        if isinstance(held, ir.New) and len(held.args) == 1:
            held = inside(held.args[0])
        if isinstance(held, ir.Array):
            items = held.items
        elif isinstance(held, ir.Object):
            items = tuple(prop.value for prop in held.props)
        else:
            return None
        return held if items and all(isinstance(inside(item), _LITERALS) for item in items) else None

    def required(self, test: ir.Expr) -> None:
        """What is tested here is there behind a branch that leaves: `if (!args.key || ...) throw`."""
        bare = inside(test)
        if isinstance(bare, ir.Binary) and bare.op == "||":
            self.required(bare.left)
            self.required(bare.right)
        elif isinstance(bare, ir.Unary) and bare.op == "!":
            self._required.add(self._as_written(inside(bare.value)))
        elif isinstance(bare, ir.Binary) and bare.op in ("===", "==") and is_absent(bare.right):
            self._required.add(self._as_written(inside(bare.left)))

    def is_required(self, node: ir.Expr) -> bool:
        """Whether something is tested that was asked for before: `args.key`, `args.key !== undefined`."""
        bare = inside(node)
        if isinstance(bare, ir.Binary) and is_absent(bare.right):
            bare = inside(bare.left)
        return self._as_written(bare) in self._required

    def _as_written(self, node: ir.Expr) -> bytes:
        return self.module.source[node.start : node.end]


def is_absent(node: ir.Expr) -> bool:
    return isinstance(node, ir.Atom) and node.kind in ("null", "undefined")
