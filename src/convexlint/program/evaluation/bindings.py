"""What a name holds: variables with all that is assigned to them or put into them, parameters, imports, and what
destructuring takes out of a value."""

from __future__ import annotations

from bisect import bisect_left
from functools import partial
from typing import TYPE_CHECKING, Any

from convexlint.facts import ir
from convexlint.program.evaluation import (
    elements,
    params,
    typeexpr,
    written,
)
from convexlint.program.evaluation.absence import is_data, is_set_before_use, perhaps
from convexlint.program.evaluation.expressions import added
from convexlint.program.evaluation.values import (
    EMPTY_LIST,
    NULL,
    NUMBER,
    STRING,
    UNDEFINED,
    UNKNOWN,
    ClassOf,
    Closure,
    Frame,
    ListOf,
    ObjectLiteral,
    Patched,
    RecordOf,
    Value,
    has_table,
    is_vague,
    one_of,
    present,
)
from convexlint.program.evaluation.values import members as union_members
from convexlint.program.model import Module
from convexlint.program.modules.index import Definition, ModuleIndex

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

MAX_ROUNDS = 4  # rounds in which a variable that is assigned from itself must settle

Path = tuple[tuple[str, Any], ...]


def held(ev: Evaluator, module: Module, binding: int, frame: Frame | None) -> Value:
    """The value of a binding, not remembered: ask `Evaluator.binding`."""
    index = ev.world.index(module)
    definition = index.definitions.get(binding)
    if definition is None:
        return UNKNOWN
    kind = definition.kind
    if kind == "var":
        return _variable(ev, module, binding, definition, frame)
    if kind == "param":
        value = params.param_value(ev, module, definition.index, definition.position, frame)
        return _with_assignments(
            ev, module, binding, project(ev, module, value, definition.path, frame), frame
        )
    if kind == "import":
        assert definition.statement is not None and definition.imported is not None
        return ev.imported(module, definition.statement.specifier, definition.imported.imported)
    if kind == "function":
        return Closure(module, definition.index, None, frame)
    if kind == "class":
        return ClassOf(module, definition.index)
    if kind == "loop" and definition.expr is not None:
        source = ev.expr(module, definition.expr, frame)
        if definition.loop == "in":
            return STRING
        element = elements.element(ev, source, awaited=definition.loop == "await")
        return project(ev, module, element, definition.path, frame)
    return UNKNOWN


def _variable(
    ev: Evaluator, module: Module, binding: int, definition: Definition, frame: Frame | None
) -> Value:
    if definition.annotation is not None:
        declared = typeexpr.type_value(
            ev, module, definition.annotation, ev.type_env(module, definition.index, frame)
        )
        value = project(ev, module, declared, definition.path, frame)
        if not is_vague(value):
            if isinstance(value, RecordOf) and isinstance(definition.expr, ir.Cast):
                return typeexpr.claimed(ev, value, ev.expr(module, definition.expr, frame))
            if definition.keyword == "const" and not definition.path:
                return written.behind(ev, module, value, definition.expr, frame)
            return value
    if definition.expr is None:
        value = _with_assignments(ev, module, binding, None, frame)
        certain = value is UNKNOWN or is_set_before_use(ev.world.index(module), binding)
        return value if certain else perhaps(value)
    value = project(ev, module, ev.expr(module, definition.expr, frame), definition.path, frame)
    if not definition.path:
        value = _collected(ev, module, binding, definition.expr, value, frame)
    return _with_assignments(ev, module, binding, value, frame)


def _with_assignments(
    ev: Evaluator, module: Module, binding: int, value: Value | None, frame: Frame | None
) -> Value:
    """A variable holds all that is ever assigned to it. An assignment may read the variable itself
    (`q = q.filter(...)`): it then sees what is known so far, until nothing new appears."""
    if not module.facts.bindings[binding].assigned:
        return UNKNOWN if value is None else value
    start = None if value is None or value in (NULL, UNDEFINED) else value
    absent = [] if value is None or start is not None else [value]
    assignments = ev.world.index(module).assignments.get(binding, ())
    key = (module.path, binding)
    if start is None and value is None:
        start = _first_assigned(ev, module, binding, frame)
    known = start
    for _ in range(MAX_ROUNDS):
        if known is not None:
            if not ev.next_turn():
                return UNKNOWN
            ev.so_far[key] = known
        values = [] if start is None else [start]
        for path, expr in assignments:
            values.append(project(ev, module, ev.expr(module, expr, frame), path, frame))
        if start is not None and added(start) == STRING:
            values = [STRING if v == NUMBER else v for v in values]  # `text += 1` stays text
        found = one_of(v for v in values if v not in (NULL, UNDEFINED))
        ev.so_far.pop(key, None)
        if found == known or found is UNKNOWN or start is None or not has_table(found):
            absent += [v for v in values if v in (NULL, UNDEFINED)]
            return found if found is UNKNOWN or not is_data(found) else one_of([found, *absent])
        known = found
    return UNKNOWN


def _first_assigned(ev: Evaluator, module: Module, binding: int, frame: Frame | None) -> Value | None:
    """What `let rows;` is given by the assignments that do not read it; None when none reads it."""
    index = ev.world.index(module)
    used = _used(index, binding)
    values = []
    reading = False
    for path, expr in index.assignments.get(binding, ()):
        if _stands_in(expr, used):
            reading = True
        else:
            values.append(project(ev, module, ev.expr(module, expr, frame), path, frame))
    found = one_of(v for v in values if v not in (NULL, UNDEFINED)) if reading else UNKNOWN
    return None if found is UNKNOWN else found


def settle(ev: Evaluator) -> None:
    """Evaluate first, in this and every module that will be asked for, the variables that are assigned from
    themselves (`row = await next(row)`): entered from the middle of such an assignment, the cycle could not be
    seen through."""
    for module in ev.world.indexed:
        _settle(ev, module)
    ev.world.on_index = partial(_settle, ev)


def _settle(ev: Evaluator, module: Module) -> None:
    index = ev.world.index(module)
    for binding, assignments in index.assignments.items():
        used = _used(index, binding)
        if any(_stands_in(expr, used) for _, expr in assignments):
            ev.binding(module, binding)


def _used(index: ModuleIndex, binding: int) -> list[int]:
    """Where a variable is used, in order."""
    return sorted([use.start for use in index.uses.get(binding, ())])


def _stands_in(node: ir.Expr, starts: list[int]) -> bool:
    """Whether something that begins at one of these places, which are in order, stands in the node."""
    at = bisect_left(starts, node.start)
    return at < len(starts) and starts[at] < node.end


def _collected(
    ev: Evaluator, module: Module, binding: int, init: ir.Expr, value: Value, frame: Frame | None
) -> Value:
    """`const ids = []`, `new Map()` and `const o = {}` hold what is put into them."""
    index = ev.world.index(module)
    names = [binding, *index.aliases.get(binding, ())]
    writes = [write for name in names for write in index.writes.get(name, ())]
    if writes and isinstance(value, ObjectLiteral):
        return Patched(value, tuple(writes))
    pushes = [push for name in names for push in index.pushes.get(name, ())]
    if not (pushes or writes):
        return value
    if any(isinstance(m, ListOf) for m in union_members(value)):
        added = [] if value == EMPTY_LIST else [elements.element(ev, value)]
        if any(name in ("push", "unshift") for name, _ in pushes):
            added.append(_pushed(ev, module, pushes, ("push", "unshift"), frame))
        added += [ev.expr(module, expr, frame) for name, expr in writes if name is None]
        return ListOf(one_of(added))
    if isinstance(init, ir.New) and not init.args and not init.type_args:
        return elements.collected(value, lambda names, i: _pushed(ev, module, pushes, names, frame, i))
    return value


def _pushed(
    ev: Evaluator,
    module: Module,
    pushes: list[tuple[str, tuple[ir.Expr, ...]]],
    names: tuple[str, ...],
    frame: Frame | None,
    position: int | None = None,
) -> Value:
    found: list[Value] = []
    for name, args in pushes:
        if name not in names:
            continue
        for number, arg in enumerate(args):
            if position is not None and number != position:
                continue
            if isinstance(arg, ir.Spread):
                found.append(elements.element(ev, ev.expr(module, arg.value, frame)))
            else:
                found.append(ev.expr(module, arg, frame))
    return one_of(found)


def project(ev: Evaluator, module: Module, value: Value, path: Path, frame: Frame | None = None) -> Value:
    """Follow a destructuring path."""
    for step, what in path:
        if step == "key":
            value = UNKNOWN if what is None else ev.member(value, what)
        elif step == "item":
            value = elements.perhaps_item(value, what, elements.item(ev, value, what))
        elif step == "tail":
            value = ListOf(elements.element(ev, value)) if what or isinstance(value, ListOf) else value
        elif step == "rest":
            value = elements.rest(ev, value, what)
        elif step == "default":
            if value is not UNKNOWN:
                value = (
                    one_of([present(value), ev.expr(module, what, frame)])
                    if value != UNDEFINED
                    else ev.expr(module, what, frame)
                )
        elif step == "added":
            value = added(value)
        else:
            value = NUMBER
    return value
