"""What a read of the clock is for."""

from __future__ import annotations

import re

from convexlint.facts import ir
from convexlint.program.model import Place
from convexlint.program.modules.index import ModuleIndex, outward
from convexlint.program.modules.nodes import descendants, unwrapped
from convexlint.program.program import Program
from convexlint.program.queries import query

_EXPIRY = re.compile(r"expir|validuntil|valid_until|revoked", re.IGNORECASE)
_ARITHMETIC = frozenset({"+", "-", "*", "/", "%"})
_COMPARISONS = frozenset({"<", ">", "<=", ">="})
_MAX_NAMES = 4


@query
def clock_use(program: Program, place: Place) -> str:
    """What a read of the clock is for.

    "fallback": it is read only where an argument does not give the time. "expiry": it is compared with the time when
    something expires, as permission checks do. "": every other use."""
    index = program.ev.world.index(place.module)
    sites = index.calls_by_owner.get(place.owner, ())
    calls = [
        s.expr
        for s in sites
        if s.expr.callee.start == place.span.start and s.expr.callee.end == place.span.end
    ]
    return next((use for call in calls if (use := _use(index, call))), "")


def _use(index: ModuleIndex, call: ir.Expr, followed: bool = False) -> str:
    node, parent = outward(index, call)
    while _makes_of(parent, node):
        assert isinstance(parent, (ir.Binary, ir.Call, ir.New, ir.Template, ir.Unary, ir.Member))
        node, parent = outward(
            index, parent
        )  # `new Date().getTime()`, `Date.now() - DAY`, `dayOf(new Date())`
    if isinstance(parent, ir.Binary) and parent.op in ("??", "||") and parent.right is node:
        return "fallback" if _is_given(index, parent.left) else ""
    if isinstance(parent, ir.Conditional) and parent.test is not node:
        other = parent.yes if parent.no is node else parent.no
        return "fallback" if _is_given(index, other) or _asks_for(index, parent.test, other) else ""
    if isinstance(parent, (ir.BindName, ir.ObjectPattern)):
        return "fallback" if isinstance(_outermost(index, parent), (ir.Function, ir.Param)) else ""
    if isinstance(parent, ir.Assign) and parent.op in ("??=", "||="):
        return "fallback"
    if isinstance(parent, ir.Assign) and isinstance(parent.target, ir.Name):
        return "fallback" if _fills_in(index, parent, parent.target) else ""
    if isinstance(parent, ir.Binary) and parent.op in _COMPARISONS:
        names = [n.name for n in descendants(parent) if isinstance(n, (ir.Member, ir.Name))]
        return "expiry" if any(_EXPIRY.search(name) for name in names) else ""
    if isinstance(parent, ir.Declare) and isinstance(parent.pattern, ir.BindName) and not followed:
        uses = index.uses.get(parent.pattern.ref, ())
        if uses and parent.keyword == "const" and all(_use(index, use, True) == "expiry" for use in uses):
            return "expiry"
    return ""


def _makes_of(parent: object, node: ir.Expr) -> bool:
    """Whether a value is made of the node, and nothing is decided by it."""
    if isinstance(parent, ir.Binary):
        return parent.op in _ARITHMETIC
    if isinstance(parent, (ir.Call, ir.New)):
        return parent.callee is node or node in parent.args
    return isinstance(parent, (ir.Template, ir.Unary)) or (
        isinstance(parent, ir.Member) and parent.object is node
    )


def _asks_for(index: ModuleIndex, test: ir.Expr, other: ir.Expr) -> bool:
    """Whether a test asks for an argument that the other branch then uses: `from ? dayOf(from) : Date.now()`."""
    test = unwrapped(test)
    if isinstance(test, ir.Unary) and test.op == "!":
        test = unwrapped(test.value)
    elif isinstance(test, ir.Binary) and test.op in ("===", "==", "!==", "!="):
        nothing = unwrapped(test.right)
        if not isinstance(nothing, ir.Atom) or nothing.kind not in ("null", "undefined"):
            return False
        test = unwrapped(test.left)
    if not isinstance(test, (ir.Name, ir.Member)) or not _is_given(index, test):
        return False
    return any(type(part) is type(test) and part.name == test.name for part in descendants(other))


def _fills_in(index: ModuleIndex, assign: ir.Assign, name: ir.Name) -> bool:
    """Whether it is assigned where the variable, which a parameter gave, holds nothing: `if (!until) until = ...`."""
    node: ir.Node = assign
    parent = index.parent(node)
    while parent is not None and not isinstance(parent, (ir.If, ir.Function)):
        node, parent = parent, index.parent(parent)
    if not isinstance(parent, ir.If) or node not in parent.yes:
        return False
    test = unwrapped(parent.test)
    if isinstance(test, ir.Unary) and test.op == "!":
        tested = unwrapped(test.value)
    elif isinstance(test, ir.Binary) and test.op in ("===", "=="):
        tested = unwrapped(test.left)
    else:
        return False
    return isinstance(tested, ir.Name) and tested.ref == name.ref and _is_given(index, tested)


def _outermost(index: ModuleIndex, node: ir.Node) -> object:
    above = index.parent(node)
    while isinstance(above, (ir.BindName, ir.ObjectPattern, ir.PatternField)):
        above = index.parent(above)
    return above


def _is_given(index: ModuleIndex, node: ir.Expr) -> bool:
    """Whether a value comes from a parameter."""
    for _ in range(_MAX_NAMES):
        node = unwrapped(node)
        while isinstance(node, (ir.Member, ir.Index)):
            node = unwrapped(node.object)
        definition = index.definitions.get(node.ref) if isinstance(node, ir.Name) else None
        if definition is None:
            return False
        if definition.kind == "param":
            return True
        if definition.kind != "var" or definition.expr is None:
            return False
        node = definition.expr
    return False
