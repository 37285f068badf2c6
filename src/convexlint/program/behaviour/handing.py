"""Functions that are handed over: whether the callee runs them before it comes back.

An array's method does, and so does a helper of the project that calls its parameter. A function of a package that is
not known may keep what it is given for later: options with callbacks are values, however deep they are nested.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation import known
from convexlint.program.evaluation.values import (
    UNKNOWN,
    ClassOf,
    Closure,
    External,
    ExternalResult,
    Unknown,
    Value,
    members,
    present,
)
from convexlint.program.modules.index import ModuleIndex
from convexlint.program.modules.nodes import bare, names_of

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

_MAX_STEPS = 6  # how many functions of the project a callback is followed through
# Methods of arrays, promises, maps, sets and texts that call what they are given: known where the receiver is not.
_CALLERS = frozenset(
    """every filter find findIndex findLast findLastIndex flatMap forEach map reduce reduceRight some sort toSorted then
    catch finally replace replaceAll""".split()  # noqa: SIM905
)


def runs_argument(
    ev: Evaluator, module: Module, call: ir.Call | ir.New, target: Value, position: int
) -> bool:
    """Whether a function in argument `position` of a call may run within the call. `target`: what is called."""
    return _runs(ev, module, call, target, position, _MAX_STEPS)


def _runs(
    ev: Evaluator, module: Module, call: ir.Call | ir.New, target: Value, position: int, steps: int
) -> bool:
    return any(_one_runs(ev, module, call, one, position, steps) for one in members(target))


def _one_runs(
    ev: Evaluator, module: Module, call: ir.Call | ir.New, target: Value, position: int, steps: int
) -> bool:
    if isinstance(target, External):
        name = target.path[-1] if target.path else ""
        return (name, position) in known.package_of(target.package).callbacks
    if isinstance(target, ExternalResult):
        package = known.package_of(target.source.package)
        made, steps_ = target.source.path[-1:], ".".join(target.path).replace(".()", "()")
        return bool(made) and (made[0], steps_, position) in package.method_callbacks
    if isinstance(target, ClassOf):
        klass = target.module.facts.classes[target.index]
        made_by = next((m for m in klass.members if m.kind == "constructor" and m.function >= 0), None)
        if made_by is not None:
            return _parameter_runs(ev, target.module, made_by.function, position, steps)
        base = UNKNOWN if klass.superclass is None else present(ev.expr(target.module, klass.superclass))
        return (
            steps > 0 and not isinstance(base, Unknown) and _runs(ev, module, call, base, position, steps - 1)
        )
    if isinstance(target, Closure):
        return _parameter_runs(ev, target.module, target.index, position, steps)
    if isinstance(target, Unknown):
        callee = call.callee
        callee = bare(callee)
        return not isinstance(callee, ir.Member) or callee.name in _CALLERS
    return True


def _parameter_runs(ev: Evaluator, module: Module, function: int, position: int, steps: int) -> bool:
    """Whether a function of the project may call what it gets as this parameter; True where that cannot be told."""
    params = module.facts.functions[function].params
    if steps == 0 or not params:
        return bool(params)
    param = params[min(position, len(params) - 1)]
    if position >= len(params) and not param.rest:
        return False
    if param.property:
        return True  # a field: any method may call it
    index = ev.world.index(module)
    return any(_name_runs(ev, module, index, name, steps - 1) for name in names_of(param.pattern))


def _name_runs(ev: Evaluator, module: Module, index: ModuleIndex, name: int, steps: int) -> bool:
    return any(_use_runs(ev, module, index, use, steps) for use in index.uses.get(name, ()))


def _use_runs(ev: Evaluator, module: Module, index: ModuleIndex, use: ir.Node, steps: int) -> bool:
    """Whether one use of a name may call what it holds, or a function inside of it."""
    node, parent = use, index.parent(use)
    while isinstance(
        parent, (ir.Member, ir.Index, ir.Cast, ir.Await, ir.Object, ir.Prop, ir.Array, ir.Spread)
    ) or (isinstance(parent, (ir.Conditional, ir.Binary)) and node is not getattr(parent, "test", None)):
        node, parent = parent, index.parent(parent)
    if isinstance(parent, (ir.Call, ir.New)):
        if parent.callee is node:
            return True
        position = next((n for n, arg in enumerate(parent.args) if arg is node), 0)
        if isinstance(parent.callee, ir.Atom):  # super(...)
            owner = module.facts.functions[index.owner(parent)].owner_class
            base = module.facts.classes[owner].superclass if owner >= 0 else None
            target = UNKNOWN if base is None else present(ev.expr(module, base))
        else:
            target = present(ev.expr(module, parent.callee))
        return steps == 0 or _runs(ev, module, parent, target, position, steps - 1)
    if isinstance(parent, ir.Declare):
        if steps == 0:
            return True
        return any(_name_runs(ev, module, index, name, steps - 1) for name in names_of(parent.pattern))
    if isinstance(parent, ir.Return) or (isinstance(parent, ir.Function) and parent.expression is node):
        return False  # the caller gets it as a value
    return not isinstance(parent, (ir.If, ir.Evaluate, ir.Unary, ir.Conditional))
