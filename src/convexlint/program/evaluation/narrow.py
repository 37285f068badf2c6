"""What a discriminant tells about a union: `if (event.kind === "comment") event.target`.

Only variables that are never assigned again are narrowed, only by tests for literals, and only inside of the
function in which they are tested.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from convexlint.facts import ir
from convexlint.program.evaluation import documents, members
from convexlint.program.evaluation.values import DocOf, Lit, Value, one_of, present
from convexlint.program.evaluation.values import members as union_members
from convexlint.program.validators import ObjectValidator, UnionValidator
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module
    from convexlint.program.modules.walk import ModuleIndex


class _Known(Struct, frozen=True):
    """`name.key` is (or `holds` False: is not) this literal."""

    key: str
    value: str | float | bool
    holds: bool


def narrowed(ev: Evaluator, module: Module, node: ir.Member, value: Value) -> Value | None:
    """The member of those variants of `value` that the tests around `node` leave; None when they tell nothing."""
    if not isinstance(node.object, ir.Name) or node.object.ref < 0:
        return None
    ref = node.object.ref
    index = ev.world.index(module)
    if module.facts.bindings[ref].assigned or ref in index.writes:
        return None
    known = list(_known(index, node, ref))
    variants = _variants(ev, value)
    left = [v for v in variants if all(_allows(ev, v, k) for k in known)]
    if not left or len(left) == len(variants):
        return None
    return one_of(members.member(ev, v, node.name) for v in left)


def _variants(ev: Evaluator, value: Value) -> list[Value]:
    found: list[Value] = []
    for member in union_members(present(value)):
        definition = ev.tables.get(member.table) if isinstance(member, DocOf) else None
        validator = definition.validator if definition is not None else None
        if isinstance(validator, UnionValidator) and all(
            isinstance(m, ObjectValidator) for m in validator.members
        ):
            found.extend(documents.validator_value(m) for m in validator.members)
        else:
            found.append(member)
    return found


def _allows(ev: Evaluator, variant: Value, known: _Known) -> bool:
    values = union_members(members.member(ev, variant, known.key))
    if any(not isinstance(v, Lit) for v in values):
        return True
    if known.holds:
        return Lit(known.value) in values
    return values != (Lit(known.value),)


def _known(index: ModuleIndex, node: ir.Expr, ref: int) -> Iterator[_Known]:
    """What holds where `node` stands, from the tests that lead there."""
    child: Any = node
    parent = index.parent(child)
    while parent is not None:
        if isinstance(parent, ir.If):
            if any(s is child for s in parent.yes):
                yield from _told(parent.test, True, ref)
            elif any(s is child for s in parent.no):
                yield from _told(parent.test, False, ref)
        elif isinstance(parent, ir.Conditional) and child is not parent.test:
            yield from _told(parent.test, child is parent.yes, ref)
        elif isinstance(parent, ir.Binary) and child is parent.right and parent.op in ("&&", "||"):
            yield from _told(parent.left, parent.op == "&&", ref)
        for statement in _before(parent, child):
            if isinstance(statement, ir.If) and not statement.no and _leaves(statement.yes):
                yield from _told(statement.test, False, ref)
        if isinstance(parent, ir.Function):
            return
        child, parent = parent, index.parent(parent)


def _before(parent: Any, child: Any) -> tuple[ir.Stmt, ...]:
    """The statements that stand before `child` in the same list of `parent`."""
    lists: tuple[tuple[ir.Stmt, ...], ...] = ()
    if isinstance(parent, (ir.Function, ir.Block, ir.Loop, ir.Case)):
        lists = (parent.body,)
    elif isinstance(parent, ir.If):
        lists = (parent.yes, parent.no)
    elif isinstance(parent, ir.Try):
        lists = (parent.body, parent.handler or (), parent.final)
    for statements in lists:
        for position, statement in enumerate(statements):
            if statement is child:
                return statements[:position]
    return ()


def _leaves(statements: tuple[ir.Stmt, ...]) -> bool:
    return bool(statements) and isinstance(statements[-1], (ir.Return, ir.Throw, ir.Jump))


def _told(test: ir.Expr, truth: bool, ref: int) -> Iterator[_Known]:
    """What is known of `ref`'s members once `test` came out as `truth`."""
    if isinstance(test, ir.Unary) and test.op == "!":
        yield from _told(test.value, not truth, ref)
    elif isinstance(test, ir.Binary):
        if test.op == ("&&" if truth else "||"):
            yield from _told(test.left, truth, ref)
            yield from _told(test.right, truth, ref)
        elif test.op in ("===", "==", "!==", "!="):
            holds = truth if test.op in ("===", "==") else not truth
            for side, other in ((test.left, test.right), (test.right, test.left)):
                literal = _literal(other)
                if literal is not None and isinstance(side, ir.Member) and _names(side.object, ref):
                    yield _Known(side.name, literal, holds)


def _names(node: ir.Expr, ref: int) -> bool:
    return isinstance(node, ir.Name) and node.ref == ref


def _literal(node: ir.Expr) -> str | float | bool | None:
    if isinstance(node, (ir.Text, ir.Number)):
        return node.value
    if isinstance(node, ir.Atom) and node.kind in ("true", "false"):
        return node.kind == "true"
    return None
