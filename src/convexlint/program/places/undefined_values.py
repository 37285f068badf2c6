"""Values that may be undefined where a call takes nothing less than a value."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.queries import ID_METHODS
from convexlint.program.evaluation.values import (
    NULL,
    UNDEFINED,
    UNKNOWN,
    DocOf,
    Fields,
    IdOf,
    Lit,
    Scalar,
    Value,
    members,
)
from convexlint.program.model import DatabaseCall, Module, Place, QueryStep
from convexlint.program.modules.index import Definition
from convexlint.program.modules.nodes import bare
from convexlint.program.places.sites import database_calls, query_steps
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import ObjectValidator
from convexlint.structs import Struct

_HOPS = 3  # constants that a value is followed through


class MaybeUndefined(Struct, frozen=True, eq=False):
    """`span`: the value, without casts. `text`: as it is written."""

    place: Place
    span: Span
    text: str


class MaybeUndefinedId(MaybeUndefined, frozen=True, eq=False):
    call: DatabaseCall


class MaybeUndefinedTake(MaybeUndefined, frozen=True, eq=False):
    step: QueryStep


@listed
def maybe_undefined_ids(program: Program) -> Iterator[MaybeUndefinedId]:
    """Ids that database calls are given and that may be undefined, by module and place."""
    for call in database_calls(program):
        if call.method not in ID_METHODS or call.id_span is None or (call.system and not call.explicit):
            continue
        node = next((arg for arg in call.args if Span(arg.start, arg.end) == call.id_span), None)
        found = None if node is None else _maybe(program, call.place.module, node)
        if found is not None and not _selects_rows(program, call, found[1]):
            span, text = found
            yield MaybeUndefinedId(call.place, span, text, call)


@listed
def maybe_undefined_takes(program: Program) -> Iterator[MaybeUndefinedTake]:
    """Numbers of rows that `.take` is given and that may be undefined, by module and place."""
    for step in query_steps(program):
        if step.method == "take" and len(step.args) == 1:
            found = _maybe(program, step.place.module, step.args[0])
            if found is not None:
                span, text = found
                yield MaybeUndefinedTake(step.place, span, text, step)


def _selects_rows(program: Program, call: DatabaseCall, text: str) -> bool:
    """Whether rows were looked up by the same value before, in a field that every row has: what comes next is for rows
    that were found, so the value was there."""
    module = call.place.module
    owner = module.facts.functions[program.ev.world.index(module).owner(call.args[0])]
    for step in query_steps(program):
        if step.place.module is not module or step.method != "withIndex" or step.table is None:
            continue
        if not owner.start <= step.call_span.start < call.call_span.start:
            continue
        table = program.schema.tables.get(step.table)
        fields = table.validator.fields if table and isinstance(table.validator, ObjectValidator) else {}
        for part in step.range or ():
            field = fields.get(part.field or "")
            if part.method != "eq" or field is None or field.optional or part.value is None:
                continue
            if module.text(Span(part.value.start, part.value.end)) == text:
                return True
    return False


def _maybe(program: Program, module: Module, node: ir.Expr) -> tuple[Span, str] | None:
    """A variable or member that is declared as optional, and that no test around and no default rules out as undefined.
    What may be null as well is somebody's deliberate "nothing", which the types of a call name themselves."""
    vouched = False  # `row.owner!`: of a document the author may know; of what a client sends nobody does
    while isinstance(node, ir.Cast):
        vouched = vouched or node.kind == "!"
        node = node.value
    if not isinstance(node, (ir.Name, ir.Member)) or not program.reports(module):
        return None
    value = program.ev.expr(module, node)
    kept = [m for m in members(value) if m != UNDEFINED]
    if value is UNKNOWN or not kept or len(kept) == len(members(value)):
        return None
    if not all(_is_plain(m) for m in kept) or not _is_optional(program, module, node, _HOPS, not vouched):
        return None
    span = Span(node.start, node.end)
    return span, module.text(span)


def _is_plain(value: Value) -> bool:
    if isinstance(value, Scalar):
        return value.kind in ("string", "number")
    return isinstance(value, (IdOf, Lit))


def _is_optional(program: Program, module: Module, node: ir.Expr, hops: int, rows: bool) -> bool:
    """Whether an expression is an optional argument or field, also in a constant. Variables that change are not
    followed: a loop's condition may have ruled undefined out. `rows`: fields of documents count."""
    index = program.ev.world.index(module)
    if isinstance(node, ir.Member):
        root: ir.Expr = node
        while isinstance(root, ir.Member):
            root = bare(root.object)
        fixed = isinstance(root, ir.Name) and root.ref >= 0 and not module.facts.bindings[root.ref].assigned
        if not fixed:
            return False
        if id(node) in index.optional:  # `shop?._id`, where no test has ruled out that there is none
            above = members(program.ev.expr(module, node.object))
            return rows and not {NULL, UNDEFINED}.isdisjoint(above)
        return _declares_optional(program, program.ev.expr(module, node.object), node.name, rows)
    if not isinstance(node, ir.Name) or node.ref < 0 or module.facts.bindings[node.ref].assigned:
        return False
    definition = index.definitions.get(node.ref)
    if definition is None or hops == 0:
        return False
    if not definition.path:
        held = index.constant(node.ref)
        if held is None:
            return definition.kind == "param" and _is_given(program, module, definition, hops - 1, rows)
        found = bare(held)
        if isinstance(found, ir.Call):
            return isinstance(found.callee, ir.Member) and found.callee.name == "find"
        return _is_optional(program, module, found, hops - 1, rows)
    if any(step != "key" for step, _ in definition.path):
        return False
    holder: Value = UNKNOWN
    if definition.kind == "param":
        holder = program.ev.param_value(module, definition.index, definition.position, None)
    elif definition.kind == "var" and definition.expr is not None:
        holder = program.ev.expr(module, definition.expr)
    holder = program.ev.project(module, holder, definition.path[:-1])
    return _declares_optional(program, holder, str(definition.path[-1][1]), rows)


def _is_given(program: Program, module: Module, definition: Definition, hops: int, rows: bool) -> bool:
    """Whether a call of the function gives it such a value."""
    for caller, call in program.ev.callers.of(module, definition.index):
        args = call.args[: definition.position + 1]
        if len(args) > definition.position and not any(isinstance(arg, ir.Spread) for arg in args):
            given = args[-1]
            if UNDEFINED in members(program.ev.expr(caller, given)) and _is_optional(
                program, caller, given, hops, rows
            ):
                return True
    return False


def _declares_optional(program: Program, holder: Value, name: str, rows: bool) -> bool:
    for part in members(holder):
        if isinstance(part, Fields):
            entry = part.get(name)
            if entry is not None and entry[1]:
                return True
        table = program.schema.tables.get(part.table) if rows and isinstance(part, DocOf) else None
        if table is not None and isinstance(table.validator, ObjectValidator):
            field = table.validator.fields.get(name)
            if field is not None and field.optional:
                return True
    return False
