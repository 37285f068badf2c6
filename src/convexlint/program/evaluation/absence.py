"""Where a value may be missing: `a?.b` on nothing, `let x` that only some path sets.

Only data becomes "this or undefined". What methods are called on (queries, ctx, functions, references) stays what it
is, since a missing one would have thrown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.values import (
    UNDEFINED,
    UNKNOWN,
    DocOf,
    Fields,
    IdOf,
    ListOf,
    Lit,
    Merged,
    ObjectLiteral,
    PageOf,
    Patched,
    PromiseOf,
    RecordOf,
    Scalar,
    Value,
    members,
    one_of,
)
from convexlint.program.modules.nodes import bodies

if TYPE_CHECKING:
    from convexlint.program.modules.index import ModuleIndex

_DATA = (
    DocOf,
    Fields,
    IdOf,
    ListOf,
    Lit,
    Merged,
    ObjectLiteral,
    PageOf,
    Patched,
    PromiseOf,
    RecordOf,
    Scalar,
)

_LEAVES = (ir.Return, ir.Throw, ir.Jump)


def is_data(value: Value) -> bool:
    """Whether all that `value` may be can be stored or sent."""
    return all(isinstance(member, _DATA) for member in members(value))


def perhaps(value: Value) -> Value:
    """`value`, or undefined."""
    return one_of([value, UNDEFINED]) if value is not UNKNOWN and is_data(value) else value


def is_set_before_use(index: ModuleIndex, binding: int) -> bool:
    """Whether every path from `let x` on sets it: the statements beside the declaration tell."""
    for _, expr in index.assignments.get(binding, ()):
        child: ir.Node = expr
        parent = index.parent(child)
        while parent is not None:
            for statements in bodies(parent):
                if any(isinstance(s, ir.Declare) and _declares(s, binding) for s in statements):
                    return any(not isinstance(s, _LEAVES) and _sets_one(s, binding) for s in statements)
            if isinstance(parent, ir.Function):
                break
            parent = index.parent(parent)
    return False


def _declares(statement: ir.Declare, binding: int) -> bool:
    return isinstance(statement.pattern, ir.BindName) and statement.pattern.ref == binding


def _names(target: ir.Expr | ir.Pattern, binding: int) -> bool:
    if isinstance(target, ir.ObjectPattern):
        return any(_names(field.pattern, binding) for field in target.fields)
    return isinstance(target, (ir.BindName, ir.Name)) and target.ref == binding


def _sets(statements: tuple[ir.Stmt, ...], binding: int) -> bool:
    """Whether running these statements to their end sets the variable, or leaves before the end."""
    return any(_sets_one(statement, binding) for statement in statements)


def _sets_one(statement: ir.Stmt, binding: int) -> bool:
    if isinstance(statement, _LEAVES):
        return True
    if isinstance(statement, ir.Evaluate):
        node = statement.value
        return isinstance(node, ir.Assign) and _names(node.target, binding)
    if isinstance(statement, ir.If):
        return _sets(statement.yes, binding) and _sets(statement.no, binding)
    if isinstance(statement, ir.Block):
        return _sets(statement.body, binding)
    if isinstance(statement, ir.Try):
        handled = statement.handler is None or _sets(statement.handler, binding)
        return (_sets(statement.body, binding) and handled) or _sets(statement.final, binding)
    if isinstance(statement, ir.Switch):
        whole = any(case.test is None for case in statement.cases)
        return whole and all(not case.body or _sets(case.body, binding) for case in statement.cases)
    return False
