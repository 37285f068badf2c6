"""Type parameters, learned from what is given for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation import elements, members
from convexlint.program.evaluation.typeexpr import Env
from convexlint.program.evaluation.values import (
    UNKNOWN,
    Closure,
    DocOf,
    IdOf,
    Lit,
    PromiseOf,
    RecordOf,
    Value,
    one_of,
    present,
)
from convexlint.program.evaluation.values import members as union_members

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module


def unify(
    ev: Evaluator, module: Module, node: ir.Type | None, value: Value, names: frozenset[str], env: Env
) -> None:
    """Learn type parameters from an argument: `Id<T>` against `Id("users")` gives T = "users"."""
    if node is None or value is UNKNOWN:
        return
    value = present(value)
    if isinstance(node, ir.TypeName):
        if node.name in names:
            known = env.get(node.name)
            env[node.name] = value if known is None or known is UNKNOWN else one_of([known, value])
            return
        last = node.name.rpartition(".")[2]
        if last in ("Id", "GenericId", "Doc") and node.args:
            tables = [m.table for m in union_members(value) if isinstance(m, (IdOf, DocOf))]
            if tables and len(tables) == len(union_members(value)):
                unify(ev, module, node.args[-1], one_of(Lit(t) for t in tables), names, env)
        elif last in ("Array", "ReadonlyArray", "Set", "Iterable") and node.args:
            unify(ev, module, node.args[0], elements.element(ev, value), names, env)
        elif last == "Promise" and node.args and isinstance(value, PromiseOf):
            unify(ev, module, node.args[0], value.value, names, env)
        elif last == "Record" and len(node.args) == 2 and isinstance(value, RecordOf):
            unify(ev, module, node.args[1], value.value, names, env)
    elif isinstance(node, ir.TypeArray):
        unify(ev, module, node.element, elements.element(ev, value), names, env)
    elif isinstance(node, ir.TypeUnion):
        for item in node.items:
            if not (isinstance(item, ir.TypeKeyword) and item.name in ("null", "undefined")):
                unify(ev, module, item, value, names, env)
    elif isinstance(node, ir.TypeObject):
        for field in node.fields:
            unify(ev, module, field.type, members.member(ev, value, field.name), names, env)
    elif isinstance(node, ir.TypeFunction) and isinstance(value, Closure):
        unify(ev, module, node.result, ev.return_value(value), names, env)
