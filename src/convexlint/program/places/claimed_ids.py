"""Ids of which only a cast says whose they are: `args.id as Id<"notes">`, `(row as Doc<"notes">)._id`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.values import UNKNOWN, IdOf, Value, members, present
from convexlint.program.model import DatabaseCall, Module
from convexlint.program.program import Program

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_MOST = 12
"""Steps from the id back to the cast."""


def is_claimed(program: Program, call: DatabaseCall) -> bool:
    """Whether a cast that nothing confirms stands between the id of a call and what is known of it. What the author
    says in a type of a parameter or of a variable is believed: the compiler stops whoever hands over something else."""
    return _is_claimed(program.ev, call.place.module, call.args[0], call.id_table)


def _is_claimed(ev: Evaluator, module: Module, node: ir.Expr, table: str | None) -> bool:
    index = ev.world.index(module)
    for _ in range(_MOST):
        if isinstance(node, ir.Cast):
            if node.kind == "as" and node.annotation is not None and not _confirms(ev, module, node, table):
                return True
            node = node.value
        elif isinstance(node, (ir.Member, ir.Index)):
            node = node.object
        elif isinstance(node, ir.Await):
            node = node.value
        elif isinstance(node, ir.Name) and node.ref >= 0:
            definition = index.definitions.get(node.ref)
            if definition is None or definition.annotation is not None:
                return False
            if definition.kind == "param":
                written = index.lambdas.get(definition.index)
                around = None if written is None else index.parent(written)
                if not isinstance(around, ir.Call) or not isinstance(around.callee, ir.Member):
                    return False
                if (
                    module.facts.functions[definition.index].params[definition.position].annotation
                    is not None
                ):
                    return False
                node = around.callee.object
            elif definition.expr is None:
                return False
            else:
                node = definition.expr
        else:
            return False
    return False


def _confirms(ev: Evaluator, module: Module, cast: ir.Cast, table: str | None) -> bool:
    """Whether what is cast is known to be that, whatever the cast says."""
    inner = present(ev.expr(module, cast.value))
    if inner is UNKNOWN:
        return False
    whole = present(ev.expr(module, cast))
    return _same(inner, whole) or all(isinstance(one, IdOf) and one.table == table for one in members(inner))


def _same(one: Value, other: Value) -> bool:
    return type(one) is type(other) and one == other
