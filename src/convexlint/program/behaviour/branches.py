"""Where control can come: tests of what the ctx has (`if ("db" in ctx) ...`), and statements that leave.

A helper that serves several kinds of functions asks its ctx what it is. How such a test comes out is known for each
kind of function, so what stands behind it happens in those that it lets through.
"""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.program.modules.index import OF_CTX, ModuleIndex
from convexlint.program.modules.nodes import bodies, entered_by

Conditions = tuple[tuple[ir.Expr, bool], ...]  # tests of the ctx's own members, and how they must come out

_ACTIONS = frozenset({"action", "httpAction"})
_CTX_MEMBERS = {
    "db": frozenset({"query", "mutation"}),
    "storage": frozenset({"query", "mutation"}) | _ACTIONS,
    "scheduler": frozenset({"mutation"}) | _ACTIONS,
    "runQuery": frozenset({"query", "mutation"}) | _ACTIONS,
    "runMutation": frozenset({"mutation"}) | _ACTIONS,
    "runAction": _ACTIONS,
    "vectorSearch": _ACTIONS,
}
assert _CTX_MEMBERS.keys() == OF_CTX
_TEST_OPS = frozenset({"in", "===", "!==", "==", "!=", "!", "&&", "||"})


def conditions(index: ModuleIndex, node: ir.Expr) -> Conditions:
    """The tests of the ctx's own members that lead to a node: `if ("db" in ctx) ...`, `ctx.db && ...`, and
    `if (!("db" in ctx)) return;` before it."""
    if not index.tests_ctx:  # most modules
        return ()
    steps: list[tuple[ir.Node, ir.Node]] = []
    child: ir.Node = node
    known: Conditions = ()
    # Up to where it is known already: the nodes of one function share most of their way.
    while (found := index.conditions.get(id(child))) is None:
        parent = index.parent(child)
        if parent is None:
            break
        steps.append((child, parent))
        if isinstance(parent, ir.Function):
            break
        child = parent
    else:
        known = found
    for child, parent in reversed(steps):
        known = index.conditions[id(child)] = (*_step(index, child, parent), *known)
    return known


def _step(index: ModuleIndex, child: ir.Node, parent: ir.Node) -> Iterator[tuple[ir.Expr, bool]]:
    """What one step on the way to a node tests."""
    entered = entered_by(parent, child)
    if entered is not None and tests_ctx(held := _held(index, entered[0])):
        yield held, entered[1]
    for body in bodies(parent):
        yield from _left_before(index, body, child)


def _held(index: ModuleIndex, test: ir.Expr) -> ir.Expr:
    """A test, or the one that a const holds: `const inQuery = "db" in ctx`."""
    if not isinstance(test, ir.Name):
        return test
    definition = index.definitions.get(test.ref)
    if definition is None or definition.keyword != "const" or definition.path or definition.expr is None:
        return test
    held = definition.expr
    return held if isinstance(held, (ir.Binary, ir.Unary)) and held.op in _TEST_OPS else test


def tests_ctx(test: ir.Expr) -> bool:
    """`ctx.db`, `"db" in ctx`, `typeof ctx.runQuery === "function"`, alone or in a logical expression."""
    if isinstance(test, ir.Member):
        return test.name in _CTX_MEMBERS
    if isinstance(test, ir.Binary):
        if test.op == "in":
            return isinstance(test.left, ir.Text) and test.left.value in _CTX_MEMBERS
        return tests_ctx(test.left) or tests_ctx(test.right)
    if isinstance(test, (ir.Unary, ir.Cast)):
        return tests_ctx(test.value)
    return False


def possible(conditions: Conditions, kind: str) -> bool:
    """Whether a function of `kind` can come where these tests lead."""
    return all(_outcome(test, kind) in (None, wanted) for test, wanted in conditions)


def _outcome(test: ir.Expr, kind: str) -> bool | None:
    """How a test comes out in functions of `kind`, None when that is not known."""
    if isinstance(test, ir.Member) and test.name in _CTX_MEMBERS:
        return kind in _CTX_MEMBERS[test.name]
    if isinstance(test, ir.Cast):
        return _outcome(test.value, kind)
    if isinstance(test, ir.Unary) and test.op == "!":
        inner = _outcome(test.value, kind)
        return None if inner is None else not inner
    if not isinstance(test, ir.Binary):
        return None
    if test.op == "in" and isinstance(test.left, ir.Text) and test.left.value in _CTX_MEMBERS:
        return kind in _CTX_MEMBERS[test.left.value]
    left = _outcome(test.left, kind)
    if test.op in ("&&", "||"):
        sides = (left, _outcome(test.right, kind))
        settled = test.op == "||"
        if settled in sides:
            return settled
        return None if None in sides else not settled
    if test.op in ("===", "!==", "==", "!="):
        # `typeof ctx.runQuery === "function"`, `ctx.db !== undefined`
        subject, other = test.left, test.right
        asks = isinstance(subject, ir.Unary) and subject.op == "typeof" and isinstance(other, ir.Text)
        if asks and isinstance(subject, ir.Unary) and isinstance(other, ir.Text):
            there = _outcome(subject.value, kind)
            equal = there if other.value != "undefined" else None if there is None else not there
        elif isinstance(other, ir.Atom) and other.kind in ("undefined", "null"):
            equal = None if left is None else not left
        else:
            return None
        return equal if equal is None or test.op.startswith("=") else not equal
    return None


def _left_before(
    index: ModuleIndex, body: tuple[ir.Stmt, ...], child: object
) -> Iterator[tuple[ir.Expr, bool]]:
    """What tests of the ctx must have come out as, so that the statements before `child` did not leave, when it is one
    of `body`."""
    at = index.position(body, child)
    if at < 0:
        return
    left: list[tuple[int, ir.Expr, bool]] | None = index.left.get(id(body))
    if left is None:
        left = index.left[id(body)] = list(_leaving(index, body))
    for position, test, wanted in left:
        if position >= at:
            return
        yield test, wanted


def _leaving(index: ModuleIndex, body: tuple[ir.Stmt, ...]) -> Iterator[tuple[int, ir.Expr, bool]]:
    """The statements that leave by a test of the ctx: their position, the test, and how it comes out where they do
    not."""
    for position, statement in enumerate(body):
        if isinstance(statement, ir.If) and tests_ctx(test := _held(index, statement.test)):
            if leaves(statement.yes):
                yield position, test, False
            if leaves(statement.no):
                yield position, test, True


def leaves(body: tuple[ir.Stmt, ...]) -> bool:
    """Whether control never comes to the end of these statements."""
    for statement in body:
        if isinstance(statement, (ir.Throw, ir.Return, ir.Jump)):
            return True
        if isinstance(statement, ir.Block) and leaves(statement.body):
            return True
        if isinstance(statement, ir.If) and leaves(statement.yes) and leaves(statement.no):
            return True
    return False


def always_returns(body: tuple[ir.Stmt, ...]) -> bool:
    """Whether a function with this body never comes to its end without a return or a throw."""
    for statement in body:
        if isinstance(statement, (ir.Return, ir.Throw)):
            return True
        if (
            isinstance(statement, ir.If)
            and statement.no
            and always_returns(statement.yes)
            and always_returns(statement.no)
        ):
            return True
        if isinstance(statement, ir.Block) and always_returns(statement.body):
            return True
        if isinstance(statement, ir.Try):
            if always_returns(statement.final):
                return True
            if always_returns(statement.body) and (
                statement.handler is None or always_returns(statement.handler)
            ):
                return True
        if isinstance(statement, ir.Loop) and statement.kind in ("while", "for") and _endless(statement):
            return True
        if isinstance(statement, ir.Switch) and _switchalways_returns(statement):
            return True
    return False


def _endless(loop: ir.Loop) -> bool:
    always = loop.source is None or (isinstance(loop.source, ir.Atom) and loop.source.kind == "true")
    return always and not any(isinstance(s, ir.Jump) for s in loop.body)


def _switchalways_returns(switch: ir.Switch) -> bool:
    if not any(case.test is None for case in switch.cases):
        return False
    return all(always_returns(case.body) for case in switch.cases if case.body) and bool(
        switch.cases and switch.cases[-1].body
    )
