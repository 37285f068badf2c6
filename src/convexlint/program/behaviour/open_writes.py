"""Writes of what a client sent, where no validator says what that may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.copies import Copies
from convexlint.program.model import DatabaseCall
from convexlint.program.modules.nodes import bare
from convexlint.program.places.origins import Origin, Origins, origins, validator_at
from convexlint.program.places.sites import sites
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import (
    AnyValidator,
    RecordValidator,
    UnionValidator,
    Validator,
)
from convexlint.structs import Struct

WRITES = frozenset({"patch", "replace", "insert"})

Looseness = Literal["missing", "any", "record"]


class OpenWrite(Struct, frozen=True, eq=False):
    """`call` writes the argument `origin` of a public function. `span`: the value as written. `why`: "missing" (the
    function declares no `args`), "any", "record" (of any)."""

    call: DatabaseCall
    origin: Origin
    span: Span
    why: Looseness


@listed
def open_writes(program: Program) -> Iterator[OpenWrite]:
    """Values of a `patch`, `replace` or `insert` that a client chooses freely, by module and place."""
    known = origins(program)
    copies = Copies(program.ev)
    for call in sites(program).database_calls:
        if call.method not in WRITES or not call.args or any(isinstance(a, ir.Spread) for a in call.args):
            continue
        if len(call.args) < 2:
            continue
        for value in _values(call.args[-1]):
            found = next(_open(known, copies, call, value), None)
            if found is not None:
                yield found


def _values(node: ir.Expr) -> Iterator[ir.Expr]:
    """The value itself, and the objects that are spread into it."""
    node = bare(node)
    if not isinstance(node, ir.Object):
        yield node
        return
    for prop in node.props:
        if prop.kind == "spread":
            yield bare(prop.value)


def _open(known: Origins, copies: Copies, call: DatabaseCall, value: ir.Expr) -> Iterator[OpenWrite]:
    module = call.place.module
    made_of = (
        origin for inner, source in copies.sources(module, value) for origin in known.of(inner, source)
    )
    for origin in (*known.of(module, value), *made_of):
        function = origin.function
        # A custom builder may validate what it is not seen to.
        if not function.is_public or (function.custom and function.args.state != "declared"):
            continue
        why = _why(origin)
        if why is not None:
            yield OpenWrite(call, origin, Span(value.start, value.end), why)


def _why(origin: Origin) -> Looseness | None:
    if origin.function.args.state == "missing":
        return "missing"
    validator = validator_at(origin)
    return _looseness(validator) if validator is not None else None


def _looseness(validator: Validator) -> Looseness | None:
    if isinstance(validator, AnyValidator):
        return "any"
    if isinstance(validator, RecordValidator):
        return "record" if isinstance(validator.value, AnyValidator) else None
    if isinstance(validator, UnionValidator):
        return next((why for why in map(_looseness, validator.members) if why is not None), None)
    return None
