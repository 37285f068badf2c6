"""Values as the tests around an expression leave them: `if (!board) throw ...; return board` returns a document.

What the tests say is read in `constraints.py`. Here it is held against the members of a union: those that cannot come
to the place are left out. Nothing is left out that TypeScript would keep there, so that what is inferred compiles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation import documents, members
from convexlint.program.evaluation.absence import is_data
from convexlint.program.evaluation.conditions import Constraint
from convexlint.program.evaluation.constraints import Reset, constraints_at
from convexlint.program.evaluation.nothing import Nothing
from convexlint.program.evaluation.values import (
    BOOLEAN,
    FALSY,
    NOTHING,
    NULL,
    NUMBER,
    STRING,
    UNDEFINED,
    UNKNOWN,
    VOID,
    Closure,
    DocOf,
    Fields,
    Frame,
    IdOf,
    Instance,
    ListOf,
    Lit,
    MapOf,
    Merged,
    ObjectLiteral,
    OneOf,
    PageOf,
    Patched,
    PromiseOf,
    RecordOf,
    Scalar,
    SetOf,
    Value,
    one_of,
)
from convexlint.program.evaluation.values import members as union_members
from convexlint.program.modules.tested import is_tested, reference
from convexlint.program.validators import ObjectValidator, UnionValidator

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

OBJECTS = (DocOf, Fields, ListOf, Merged, ObjectLiteral, PageOf, Patched, RecordOf, MapOf, SetOf, Instance)
_TRUTHY = (*OBJECTS, IdOf, PromiseOf, Closure)
_ABSENT = (NULL, UNDEFINED, VOID)
_FALSE = (Lit(False), Lit(""))
_TYPES = {"null": "object", "void": "undefined", "bytes": "object", "date": "object"}
_BY_TYPEOF = {"string": STRING, "number": NUMBER, "boolean": BOOLEAN, "bigint": Scalar("bigint")}
_TYPES |= {"view": "object", "url": "object"}


def name(ev: Evaluator, module: Module, node: ir.Name, value: OneOf, frame: Frame | None) -> Value:
    """What a variable with the union `value` holds where `node` stands."""
    index = ev.world.index(module)
    if not is_tested(index, node.ref) or not is_data(value):
        return value
    return _after(ev, module, value, constraints_at(ev, module, node, node.ref, deep=True), frame, ())


def member(ev: Evaluator, module: Module, node: ir.Expr, value: OneOf, frame: Frame | None) -> Value:
    """What a member with the union `value` holds where `node` stands: `if (args.id) ctx.db.get(args.id)`."""
    found = reference(node)
    if found is None:
        return value
    ref, path = found
    index = ev.world.index(module)
    if index.facts.bindings[ref].assigned or not is_tested(index, ref):
        return value
    return _after(ev, module, value, constraints_at(ev, module, node, ref, deep=False), frame, path)


def is_ruled_out(ev: Evaluator, module: Module, node: ir.Expr, frame: Frame) -> bool:
    """Whether the tests around `return doc` keep it from what a generic function was called with:
    `if (!doc) return doc;` where a document was given."""
    if not isinstance(node, ir.Name) or node.ref < 0 or not module.facts.functions[frame.index].type_params:
        return False
    value = ev.expr(module, node, frame)
    if not isinstance(value, OBJECTS) or not is_tested(ev.world.index(module), node.ref):
        return False
    told = constraints_at(ev, module, node, node.ref, deep=False)
    return not any(isinstance(item, Reset) for item in told) and not all(
        _may_be(ev, value, item)
        for item in told
        if isinstance(item, Constraint) and not item.path and item.kind in ("truth", "nothing")
    )


def by_typeof(ev: Evaluator, module: Module, node: ir.Expr) -> Value:
    """What `typeof` says of a member of which nothing else is known: `typeof identity.picture === "string"`."""
    if not module.holds(b"typeof"):
        return UNKNOWN
    found = reference(node)
    if found is None:
        return UNKNOWN
    ref, path = found
    index = ev.world.index(module)
    if index.facts.bindings[ref].assigned or not is_tested(index, ref):
        return UNKNOWN
    for item in constraints_at(ev, module, node, ref, deep=False):
        if not isinstance(item, Reset) and item.path == path and item.kind == "typeof" and item.holds:
            return _BY_TYPEOF.get(str(item.values[0]), UNKNOWN)
    return UNKNOWN


def _after(
    ev: Evaluator,
    module: Module,
    value: Value,
    constraints: list[Constraint | Reset],
    frame: Frame | None,
    path: tuple[str, ...],
) -> Value:
    """`value` with all that was told, the oldest first."""
    for item in reversed(constraints):
        if isinstance(item, Reset):
            if item.value is not None:
                given = ev.expr(module, item.value, frame)
                if item.otherwise is not None:
                    given = one_of([given, _refined(ev, value, item.otherwise)])
                value = given if given is not UNKNOWN and is_data(given) else value
        elif item.path[: len(path)] == path:
            value = _refined(
                ev, value, Constraint(item.path[len(path) :], item.kind, item.holds, item.values)
            )
    return value


def _refined(ev: Evaluator, value: Value, constraint: Constraint) -> Value:
    if not isinstance(value, OneOf):
        return value
    kept = [m for m in value.members if _may_be(ev, m, constraint)]
    return one_of(kept) if kept and len(kept) < len(value.members) else value


def _may_be(ev: Evaluator, value: Value, constraint: Constraint) -> bool:
    """Whether one member of a union may stand where this was told."""
    if constraint.path:
        if value in NOTHING:
            return not _implies_presence(constraint)
        if not isinstance(value, OBJECTS):
            return True
        inner = members.member(ev, value, constraint.path[0])
        rest = Constraint(constraint.path[1:], constraint.kind, constraint.holds, constraint.values)
        return inner is UNKNOWN or any(_may_be(ev, m, rest) for m in union_members(inner))
    return _TESTS[constraint.kind](ev, value, constraint)


def _implies_presence(constraint: Constraint) -> bool:
    """Whether what was told of a member cannot be so where there is no object: `board?.owner === me`."""
    if constraint.kind == "truth":
        return constraint.holds
    if constraint.kind == "nothing":
        return not constraint.holds
    if constraint.kind == "equals":
        return (Nothing("undefined") in constraint.values) is not constraint.holds
    if constraint.kind == "typeof":
        return ("undefined" in constraint.values) is not constraint.holds
    return constraint.holds


def _truth(ev: Evaluator, value: Value, constraint: Constraint) -> bool:
    if constraint.holds:
        return value not in NOTHING and not (isinstance(value, Lit) and not value.value)
    return not isinstance(value, _TRUTHY) and not (isinstance(value, Lit) and value.declared and value.value)


def _nothing(ev: Evaluator, value: Value, constraint: Constraint) -> bool:
    return value == FALSY or (value in _ABSENT) is constraint.holds


def _equals(ev: Evaluator, value: Value, constraint: Constraint) -> bool:
    if value == FALSY:
        return True
    if value in _ABSENT:
        nothing = Nothing("null" if value == NULL else "undefined")
        return (nothing in constraint.values) is constraint.holds
    literals = [v for v in constraint.values if not isinstance(v, Nothing)]
    if isinstance(value, Lit) and value.declared:
        return any(type(v) is type(value.value) and v == value.value for v in literals) is constraint.holds
    if not constraint.holds:
        return True
    kind = _kind(value)
    return kind is None or any(_LITERALS.get(type(v)) == kind for v in literals)


_LITERALS = {str: "string", float: "number", bool: "boolean"}


def _kind(value: Value) -> str | None:
    """What `typeof` says of a value; None: not known."""
    if isinstance(value, Lit):
        return _LITERALS[type(value.value)]
    if isinstance(value, Scalar):
        return None if value == FALSY else _TYPES.get(value.kind, value.kind)
    if isinstance(value, IdOf):
        return "string"
    if isinstance(value, Closure):
        return "function"
    return "object" if isinstance(value, OBJECTS) else None


def _typeof(ev: Evaluator, value: Value, constraint: Constraint) -> bool:
    kind = _kind(value)
    return kind is None or (kind in constraint.values) is constraint.holds


def _array(ev: Evaluator, value: Value, constraint: Constraint) -> bool:
    known = isinstance(value, (*OBJECTS, IdOf, Lit)) or value in _ABSENT
    return not known or isinstance(value, ListOf) is constraint.holds


def _has(ev: Evaluator, value: Value, constraint: Constraint) -> bool:
    if not isinstance(value, OBJECTS):
        return value not in _ABSENT
    there = members.own_member(ev, value, constraint.values[0])
    if constraint.holds:
        return there is not None or not members.is_closed(ev, value)
    return there is None or UNDEFINED in union_members(there)


_TESTS = {
    "truth": _truth,
    "nothing": _nothing,
    "equals": _equals,
    "typeof": _typeof,
    "array": _array,
    "has": _has,
}


def variant_member(ev: Evaluator, module: Module, node: ir.Member, holder: Value) -> Value | None:
    """The member of those variants of the union `holder` that the tests around `node` leave, where it is a table
    that is a union of objects, or where values that TypeScript calls alike differ: `if (event.kind === "a")`. None
    when the tests tell nothing."""
    found = reference(node.object)
    if found is None or found[1]:
        return None
    index = ev.world.index(module)
    if index.facts.bindings[found[0]].assigned or found[0] in index.writes:
        return None
    constraints = [
        t
        for t in constraints_at(ev, module, node, found[0], deep=False)
        if isinstance(t, Constraint) and t.path
    ]
    variants = _variants(ev, holder)
    left = [v for v in variants if all(_as_written(ev, v, t) for t in constraints)]
    if not left or len(left) == len(variants):
        return None
    return one_of(members.member(ev, v, node.name) for v in left)


def _as_written(ev: Evaluator, variant: Value, constraint: Constraint) -> bool:
    if constraint.kind != "equals" or len(constraint.path) != 1:
        return True
    values = union_members(members.member(ev, variant, constraint.path[0]))
    if any(not isinstance(v, Lit) for v in values):
        return True
    return any(_equals(ev, Lit(v.value, declared=True), constraint) for v in values if isinstance(v, Lit))


def _variants(ev: Evaluator, value: Value) -> list[Value]:
    found: list[Value] = []
    for part in union_members(value):
        definition = ev.tables.get(part.table) if isinstance(part, DocOf) else None
        validator = definition.validator if definition is not None else None
        if isinstance(validator, UnionValidator) and all(
            isinstance(m, ObjectValidator) for m in validator.members
        ):
            found.extend(documents.validator_value(m) for m in validator.members)
        elif part not in NOTHING:
            found.append(part)
    return found
