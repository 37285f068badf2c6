"""Patches by which a client gives a row to somebody else, or itself a role: the validator has that field."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.copies import Copies
from convexlint.program.behaviour.owned_tables import owner_fields
from convexlint.program.behaviour.standing import standing_of
from convexlint.program.model import DatabaseCall, Module
from convexlint.program.modules.nodes import bare, descendants
from convexlint.program.places.origins import Origin, origins, validator_at
from convexlint.program.places.sites import sites
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import ObjectValidator
from convexlint.structs import Struct

_RIGHTS = re.compile(r"^(roles?|is_?(super_?)?admin|permissions|is_?owner)$", re.IGNORECASE)
_LETS_IN = frozenset({"signed in", "owner"})


class GivenAway(Struct, frozen=True, eq=False):
    """`call` writes the argument `origin` of a public function, whose validator has `field`. `span`: the value as
    written."""

    call: DatabaseCall
    origin: Origin
    span: Span
    field: str


@listed
def given_away(program: Program) -> Iterator[GivenAway]:
    """Objects of clients, whole or spread into a `patch` or `replace`, whose validator has the field that says whose a
    row of that table is, or a role of a user; by module and place. Not where that field is written after the spread,
    taken out before it, or where only a role or a secret lets the caller in."""
    known, copies = origins(program), Copies(program.ev)
    for call in sites(program).database_calls:
        table = call.table or call.id_table
        if call.method not in ("patch", "replace") or table is None or len(call.args) < 2:
            continue
        owners = _fields(program, table)
        if not owners:
            continue
        module = call.place.module
        for value, later in _spread(program, module, call.args[-1]):
            sources = ((module, value), *copies.sources(module, value))
            found = (origin for inner, source in sources for origin in known.of(inner, source))
            field, origin = next(_given(program, found, owners - later), ("", None))
            if origin is None or _is_changed(module, call, field):
                continue
            yield GivenAway(call, origin, Span(value.start, value.end), field)
            break


def _fields(program: Program, table: str) -> frozenset[str]:
    """The fields of a table that a client must not choose."""
    owners = frozenset(owner_fields(program, table))
    if owners != {"_id"}:
        return owners
    found = program.schema.tables[table].validator
    names = found.fields if isinstance(found, ObjectValidator) else ()
    return frozenset(name for name in names if _RIGHTS.match(name))


def _given(program: Program, found: Iterator[Origin], fields: frozenset[str]) -> Iterator[tuple[str, Origin]]:
    for origin in found:
        function = origin.function
        validator = validator_at(origin)
        if not function.is_public or not isinstance(validator, ObjectValidator):
            continue
        taken = sorted(fields.intersection(validator.fields) - set(origin.taken))
        if taken and standing_of(program, function).level in _LETS_IN:
            yield taken[0], origin


def _spread(program: Program, module: Module, node: ir.Expr) -> Iterator[tuple[ir.Expr, frozenset[str]]]:
    """The value itself, or each object that is spread into it with the keys that are written after it."""
    node = bare(node)
    if isinstance(node, ir.Name) and node.ref >= 0:
        definition = program.ev.world.index(module).definitions.get(node.ref)
        held = definition.expr if definition is not None and definition.kind == "var" else None
        made = bare(held) if held is not None and definition is not None and not definition.path else None
        if isinstance(made, ir.Object):
            yield from _spread(program, module, made)
            return
    if not isinstance(node, ir.Object):
        yield node, frozenset()
        return
    for position, prop in enumerate(node.props):
        if prop.kind == "spread":
            later = (after.key for after in node.props[position + 1 :])
            yield bare(prop.value), frozenset(key for key in later if key is not None)


def _is_changed(module: Module, call: DatabaseCall, field: str) -> bool:
    """Whether the function sets or deletes a member of that name: `delete changes.userId`."""
    function = module.facts.functions[call.place.owner]
    body = function.expression if function.expression is not None else function.body
    for node in descendants(body):
        changed = node.target if isinstance(node, ir.Assign) else None
        if isinstance(node, ir.Unary) and node.op == "delete":
            changed = node.value
        if isinstance(changed, ir.Member) and changed.name == field:
            return True
    return False
