"""Expressions that the schema declares with a `v.any()`: no type tells more of them than that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation import bindings, elements, params
from convexlint.program.evaluation.values import (
    NOTHING,
    NULL,
    UNDEFINED,
    UNKNOWN,
    DocOf,
    Fields,
    Frame,
    ListOf,
    OneOf,
    RecordOf,
    Value,
    members,
)
from convexlint.program.inference.entries import is_known
from convexlint.program.inference.inferred import NULL_VALIDATOR, union_of
from convexlint.program.model import Module
from convexlint.program.modules.index import Definition
from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    FieldValidator,
    ObjectValidator,
    RecordValidator,
    UnionValidator,
    UnknownValidator,
    Validator,
)

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_DEEPEST = 6


def is_told(value: Value) -> bool:
    """Whether no part of a value is unknown."""
    if isinstance(value, OneOf):
        return all(map(is_told, value.members))
    if isinstance(value, ListOf):
        return is_told(value.element) if value.items is None else all(map(is_told, value.items))
    if isinstance(value, RecordOf):
        return is_told(value.value)
    if isinstance(value, Fields):
        return all(is_told(entry) for _, entry, _ in value.entries)
    return value != UNKNOWN


def declared_any(
    ev: Evaluator, module: Module, node: ir.Expr, frame: Frame | None, depth: int = 0
) -> FieldValidator | None:
    """What the schema declares where an expression is a field of documents that holds a `v.any()` (it is one, or a
    record of them), through constants, destructuring, `??`, `||` and `? :`; optional where it may be undefined. None
    for every other expression, and for one with a cast, which says more."""
    if depth > _DEEPEST:
        return None
    if isinstance(node, ir.Member):
        return _field(ev, ev.expr(module, node.object, frame), node.name)
    if isinstance(node, ir.Binary) and node.op in ("??", "||"):
        return _either(ev, module, node.left, node.right, frame, depth, node.op == "??")
    if isinstance(node, ir.Conditional):
        return _either(ev, module, node.yes, node.no, frame, depth, False)
    if not isinstance(node, ir.Name) or node.ref < 0 or module.facts.bindings[node.ref].assigned:
        return None
    definition = ev.world.index(module).definitions.get(node.ref)
    if definition is None:
        return None
    if definition.path == ():
        if definition.kind != "var" or definition.expr is None:
            return None
        return declared_any(ev, module, definition.expr, frame, depth + 1)
    *way, (step, name) = definition.path
    if step != "key" or not isinstance(name, str):
        return None
    holder = _taken_apart(ev, module, definition, frame)
    return (
        None if holder is None else _field(ev, bindings.project(ev, module, holder, tuple(way), frame), name)
    )


def _taken_apart(ev: Evaluator, module: Module, definition: Definition, frame: Frame | None) -> Value | None:
    """What a destructuring pattern takes apart: a constant, a parameter, an element that a loop goes through."""
    if definition.kind == "param":
        return params.param_value(ev, module, definition.index, definition.position, frame)
    if definition.expr is None or definition.annotation is not None:
        return None
    value = ev.expr(module, definition.expr, frame)
    if definition.kind == "var":
        return value
    if definition.kind == "loop" and definition.loop != "in":
        return elements.element(ev, value, awaited=definition.loop == "await")
    return None


def _either(
    ev: Evaluator, module: Module, one: ir.Expr, other: ir.Expr, frame: Frame | None, depth: int, fills: bool
) -> FieldValidator | None:
    """One of two expressions, of which any may be anything; `fills`: the other stands for an undefined one."""
    first = declared_any(ev, module, one, frame, depth + 1)
    second = declared_any(ev, module, other, frame, depth + 1)
    ways: list[Validator] = []
    may_miss: list[bool] = []
    for found, node in ((first, one), (second, other)):
        values = members(ev.expr(module, node, frame))
        if found is not None:
            ways.append(found.validator)
        elif NULL in values:
            ways.append(NULL_VALIDATOR)
        may_miss.append(found.optional if found is not None else UNDEFINED in values)
        if found is None and any(value not in (NULL, UNDEFINED) for value in values):
            ways.append(UnknownValidator())
    if first is None and second is None:
        return None
    whole = AnyValidator() if AnyValidator() in ways else union_of(ways)
    if not is_known(whole):
        return None
    return FieldValidator(whole, may_miss[1] or (may_miss[0] and not fills))


def _field(ev: Evaluator, holder: Value, name: str) -> FieldValidator | None:
    parts = members(holder)
    documents = [part for part in parts if part not in NOTHING]
    missing = len(documents) < len(parts)
    declared: list[Validator] = []
    for document in documents:
        name_of_table = document.table if isinstance(document, (DocOf, Fields)) else None
        table = ev.tables.get(name_of_table or "")
        if isinstance(document, Fields):
            if document.get(name) is None:
                return None
            said = dict(document.anys).get(name)
            if said is not None:
                if not is_known(said.validator):
                    return None
                declared.append(said.validator)
                missing = missing or said.optional
                continue
        if table is None or not isinstance(table.validator, ObjectValidator):
            return None
        field = table.validator.fields.get(name)
        if field is None or not holds_any(field.validator) or not is_known(field.validator):
            return None
        declared.append(field.validator)
        missing = missing or field.optional
    if not declared:
        return None
    return FieldValidator(AnyValidator() if AnyValidator() in declared else union_of(declared), missing)


def holds_any(validator: Validator) -> bool:
    """Whether a part of a validator is `v.any()`."""
    if isinstance(validator, ArrayValidator):
        return holds_any(validator.element)
    if isinstance(validator, RecordValidator):
        return holds_any(validator.value)
    if isinstance(validator, ObjectValidator):
        return any(holds_any(field.validator) for field in validator.fields.values())
    if isinstance(validator, UnionValidator):
        return any(holds_any(member) for member in validator.members)
    return isinstance(validator, AnyValidator)
