"""Arguments of queries that are others in every render."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.values import Closure, present
from convexlint.program.model import Module
from convexlint.program.modules.index import outward
from convexlint.program.modules.nodes import bare, callee_name
from convexlint.program.places.changing import MAY_CHANGE, Change, Changes
from convexlint.program.places.clients.calls import client_modules, client_uses, scripts_of
from convexlint.program.places.clients.scripts import ScriptUse
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

HOOK = re.compile(r"use(?:[A-Z]\w*)?")
"""The names of what React calls in every render."""


class UnstableArgument(Struct, frozen=True, eq=False):
    """`use`: the query that is asked. `hook`: the function that renders. `module`, `node`: the part of the arguments
    that is another one each time, in `owner`; it may be what a hook of the client's own is given. `change`: why."""

    use: ScriptUse
    hook: str
    module: Module
    owner: int
    node: ir.Expr
    change: Change


@listed
def unstable_arguments(program: Program) -> Iterator[UnstableArgument]:
    """The arguments that the clock or chance makes anew in every render, by file and place."""
    ev = scripts_of(program).ev
    if ev is None or not any(MAY_CHANGE.search(m.source) for m in client_modules(program)):
        return
    seen = set[tuple[str, int]]()
    for use in client_uses(program):
        if use.taker is None or not use.taker.anew or use.call is None or use.args is None:
            continue
        for found in _found(program, ev, use):
            key = found.module.path, found.node.start
            if key not in seen:
                seen.add(key)
                yield found


def _found(program: Program, ev: Evaluator, use: ScriptUse) -> Iterator[UnstableArgument]:
    args, module, index = use.args, use.module, ev.world.index(use.module)
    assert use.call is not None and use.taker is not None and args is not None
    if use.taker.anew == "change":
        node = bare(args)
        for result in index.returns.get(node.index, ()) if isinstance(node, ir.Lambda) else ():
            assert isinstance(node, ir.Lambda)
            change = Changes(ev, module, node.index).of(result)
            if change is not None:
                yield UnstableArgument(use, use.name, module, node.index, change.at, change)
        return
    hook = _hook(ev, module, use.call)
    owner = index.owner(use.call)
    if hook is None or owner <= 0:
        return
    change = Changes(ev, module, owner).of(args)
    if change is not None:
        yield UnstableArgument(use, hook, module, owner, change.at, change)
        return
    for position, path in _params(ev, module, owner, args):
        for other, call in _callers(program, ev, module, owner):
            given = call.args[position] if position < len(call.args) else None
            inside = ev.world.index(other).owner(call)
            if given is None or isinstance(given, ir.Spread) or inside <= 0:
                continue
            change = Changes(ev, other, inside).field(given, path)
            if change is not None:
                yield UnstableArgument(use, callee_name(call.callee)[0], other, inside, change.at, change)


def _hook(ev: Evaluator, module: Module, call: ir.Call) -> str | None:
    """The hook that a call is, or is given to as options: `useQuery({ ...convexQuery(...) })`."""
    index = ev.world.index(module)
    node: ir.Node = call
    for _ in range(12):
        if isinstance(node, ir.Call) and HOOK.fullmatch(callee_name(node.callee)[0]):
            return callee_name(node.callee)[0]
        child, parent = outward(index, node)
        if isinstance(parent, ir.Declare) and isinstance(parent.pattern, ir.BindName):
            for use in index.uses.get(parent.pattern.ref, ()):
                found = _holder(ev, module, use)
                if found is not None:
                    return found
            return None
        if isinstance(parent, ir.Call) and parent.callee is child:
            return None
        if not isinstance(parent, (ir.Call, ir.Spread, ir.Prop, ir.Object, ir.Array, ir.Conditional)):
            return None
        node = parent
    return None


def _holder(ev: Evaluator, module: Module, use: ir.Expr) -> str | None:
    index = ev.world.index(module)
    node: ir.Node = use
    for _ in range(6):
        _, node = outward(index, node)
        if isinstance(node, ir.Call) and HOOK.fullmatch(callee_name(node.callee)[0]):
            return callee_name(node.callee)[0]
        if not isinstance(node, (ir.Spread, ir.Prop, ir.Object, ir.Call)):
            return None
    return None


def _params(
    ev: Evaluator, module: Module, owner: int, args: ir.Expr
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The parameters of a client's own hook that it hands on in the arguments, by position and way into them."""
    function = module.facts.functions[owner]
    if HOOK.fullmatch(function.name) is None:
        return
    index, node = ev.world.index(module), bare(args)
    values = [node]
    if isinstance(node, ir.Conditional):
        values = [bare(node.yes), bare(node.no)]
    for value in list(values):
        if isinstance(value, ir.Object):
            values += [bare(p.value) for p in value.props if p.kind in ("pair", "shorthand", "spread")]
    for value in values:
        definition = index.definitions.get(value.ref) if isinstance(value, ir.Name) else None
        if definition is None or definition.kind != "param" or definition.index != owner:
            continue
        if all(kind == "key" for kind, _ in definition.path):
            yield definition.position, tuple(name for _, name in definition.path)


def _callers(program: Program, ev: Evaluator, module: Module, owner: int) -> Iterator[tuple[Module, ir.Call]]:
    """The calls of a client's own hook in modules that know clocks."""
    name = module.facts.functions[owner].name
    for other in client_modules(program):
        if name.encode() not in other.source or MAY_CHANGE.search(other.source) is None:
            continue
        for site in ev.world.index(other).code_calls:
            call = site.expr
            if isinstance(call, ir.Call) and callee_name(call.callee)[0] == name:
                value = present(ev.expr(other, call.callee))
                if isinstance(value, Closure) and value.module is module and value.index == owner:
                    yield other, call
