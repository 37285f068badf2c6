"""Writes by which a client chooses what it may do: its own role, or the plan that it should pay for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.client_rows import client_rows
from convexlint.program.behaviour.owned_tables import owner_fields
from convexlint.program.behaviour.standing import standing_of
from convexlint.program.model import DatabaseCall, RegisteredFunction
from convexlint.program.modules.nodes import bare, descendants
from convexlint.program.places.origins import Origin, origins, validator_at
from convexlint.program.places.sites import sites
from convexlint.program.places.unknown_fields import field_names
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
from convexlint.program.validators import LiteralValidator, ScalarValidator, UnionValidator, Validator
from convexlint.structs import Struct

_ROLE = re.compile(r"^(user_?)?roles?$", re.IGNORECASE)
_FLAG = re.compile(r"^is_?(super_?)?(admin|staff|moderator|owner)$", re.IGNORECASE)
_MIGHTY = re.compile(r"admin|owner|moderator|staff|root|manager", re.IGNORECASE)
_PLAN = re.compile(
    r"^((subscription|billing|current|user)_?)?(plan|tier)(_?(id|name|type))?$|^subscription_?(status|type|level)$",
    re.IGNORECASE,
)
_PAID_FLAG = re.compile(r"^(is_?)?(pro|premium|paid|subscribed|has_?paid)(_?(user|member))?$", re.IGNORECASE)
_BILLED = re.compile(
    r"^(pro|plus|premium|paid|enterprise|business|starter|basic|team|unlimited|active|trialing|past_due)$",
    re.IGNORECASE,
)
_BILLING = re.compile(
    r"stripe|polar|paddle|lemon|subscription|billing|trial|customer_?id|paid", re.IGNORECASE
)
_WRITES = frozenset({"patch", "replace", "insert"})


class ChosenRight(Struct, frozen=True, eq=False):
    """`call` writes the argument `origin`, at `span`, as the `field` of a row. `paid`: it says what somebody pays for,
    else what they may do."""

    call: DatabaseCall
    origin: Origin
    span: Span
    field: str
    table: str
    paid: bool


@listed
def chosen_rights(program: Program) -> Iterator[ChosenRight]:
    """Single fields that say what a user may do, or pays for, and that public functions write as the client sends them;
    by module and place.

    A role: in the caller's own row of the table of people, or in anybody's where it is only asked whether somebody is
    signed in; its validator must let one say "admin" or the like. A plan: in a row of somebody's, of a table that keeps
    other things of payments, or with a validator that names plans that are paid for. Not where only a role or a secret
    lets the caller in, nor where the function compares the argument with anything.
    """
    known = origins(program)
    for call in sites(program).database_calls:
        table = call.table or call.id_table
        if table is None or call.method not in _WRITES or not call.args or not owner_fields(program, table):
            continue
        for prop in _written(program, call):
            paid = prop.key is not None and _is_paid(prop.key)
            if prop.key is None or not (paid or _is_right(prop.key)) or (paid and call.method == "insert"):
                continue
            for origin in known.of(call.place.module, prop.value):
                if _may_choose(program, call, table, origin, paid) and not _is_compared(program, origin):
                    span = Span(prop.value.start, prop.value.end)
                    yield ChosenRight(call, origin, span, prop.key, table, paid)
                    break


def _written(program: Program, call: DatabaseCall) -> tuple[ir.Prop, ...]:
    """The fields of the object that is written, there or behind a constant."""
    data = bare(call.args[-1])
    if isinstance(data, ir.Name) and data.ref >= 0:
        held = program.ev.world.index(call.place.module).constant(data.ref)
        data = data if held is None else bare(held)
    return data.props if isinstance(data, ir.Object) else ()


def _is_paid(name: str) -> bool:
    return _PLAN.match(name) is not None or _PAID_FLAG.match(name) is not None


def _is_right(name: str) -> bool:
    return _ROLE.match(name) is not None or _FLAG.match(name) is not None


def _may_choose(program: Program, call: DatabaseCall, table: str, origin: Origin, paid: bool) -> bool:
    function = origin.function
    if not function.is_public or not origin.path or origin.rest:
        return False
    people = owner_fields(program, table) == ("_id",)
    says = validator_at(origin)
    if says is None or not (_says_paid(program, table, says) if paid else people and _says_mighty(says)):
        return False
    standing = standing_of(program, function)
    if standing.level == "signed in":
        return not standing.asks_more
    if standing.level != "owner":
        return False
    return paid or call.method == "insert" or not _is_named(program, call)


def _is_named(program: Program, call: DatabaseCall) -> bool:
    """Whether a client names the row that is changed: then the question may be what the caller may do to others."""
    position = 1 if call.explicit else 0
    rows = client_rows(program)
    return position >= len(call.args) or any(rows.of(call.place.module, call.args[position]))


def _literals(validator: Validator) -> list[str]:
    members = validator.members if isinstance(validator, UnionValidator) else (validator,)
    return [one.value for one in members if isinstance(one, LiteralValidator) and isinstance(one.value, str)]


def _is_open(validator: Validator, kind: str) -> bool:
    members = validator.members if isinstance(validator, UnionValidator) else (validator,)
    return ScalarValidator("string" if kind == "string" else "boolean") in members


def _says_mighty(validator: Validator) -> bool:
    return (
        any(map(_MIGHTY.search, _literals(validator)))
        or _is_open(validator, "string")
        or _is_open(validator, "boolean")
    )


def _says_paid(program: Program, table: str, validator: Validator) -> bool:
    literals = _literals(validator)
    if len(literals) > 1:
        return any(map(_BILLED.match, literals))
    if literals:
        return False
    others = field_names(program, table) or ()
    return any(map(_BILLING.search, others)) and (
        _is_open(validator, "string") or _is_open(validator, "boolean")
    )


def _is_compared(program: Program, origin: Origin) -> bool:
    """Whether the function compares the argument with anything, asks whether a list has it, or tells a helper of it."""
    return origin.path in _compared(program, origin.function)


@query
def _compared(program: Program, function: RegisteredFunction) -> frozenset[tuple[str, ...]]:
    """The arguments, by path, that the handler of a function compares or asks about."""
    handler, found = function.handler, set()
    if handler is None:
        return frozenset()
    module, known = handler.module, origins(program)
    index = program.ev.world.index(module)
    pending = [handler.index]
    while pending:
        number = pending.pop()
        pending += index.inner.get(number, [])
        body = module.facts.functions[number]
        for node in descendants((body.body, body.expression)):
            sides: tuple[ir.Expr, ...] = ()
            if isinstance(node, ir.Binary) and node.op in ("===", "!==", "==", "!="):
                sides = (node.left, node.right)
            elif isinstance(node, ir.Switch):
                sides = (node.subject,)
            elif isinstance(node, ir.Call) and _is_question(node):
                sides = node.args
            found |= {
                one.path for side in sides for one in known.of(module, side) if one.function is function
            }
    return frozenset(found)


def _is_question(call: ir.Call) -> bool:
    """Whether a call may refuse what it is given: a helper, or `list.includes`."""
    callee = call.callee
    return isinstance(callee, ir.Name) or (
        isinstance(callee, ir.Member) and callee.name in ("includes", "has")
    )
