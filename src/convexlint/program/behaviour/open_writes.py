"""Writes of what a client sent, where no validator says what that may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.copies import Copies
from convexlint.program.model import DatabaseCall, Module
from convexlint.program.modules.arrays import ELEMENT_FIRST
from convexlint.program.modules.index import outward
from convexlint.program.modules.nodes import bare
from convexlint.program.places.origins import Origin, Origins, origins, validator_at
from convexlint.program.places.sites import sites
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    RecordValidator,
    ScalarValidator,
    UnionValidator,
    Validator,
)
from convexlint.structs import Struct

WRITES = frozenset({"patch", "replace", "insert"})

Looseness = Literal["missing", "any", "record", "text"]


class OpenWrite(Struct, frozen=True, eq=False):
    """`call` writes the argument `origin` of a public function. `span`: the value as written. `why`: "missing" (the
    function declares no `args`), "any", "record" (of any), "text" (that is parsed)."""

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
    sources = [(module, value), *copies.sources(module, value)]
    whole = (
        (origin, _why(origin) or _parsed(known, inner, source, origin))
        for inner, source in sources
        for origin in known.of(inner, source)
    )
    parts = (found for inner, source in sources for found in _elements(known, inner, source))
    for origin, why in (*whole, *parts):
        function = origin.function
        # A custom builder may validate what it is not seen to.
        if not function.is_public or (function.custom and function.args.state != "declared"):
            continue
        if why is not None:
            yield OpenWrite(call, origin, Span(value.start, value.end), why)


def _elements(known: Origins, module: Module, node: ir.Expr) -> Iterator[tuple[Origin, Looseness | None]]:
    """What a client sent in a list: the variable of a loop or of a callback over it, or `args.rows[0]`."""
    over = _list_around(known, module, bare(node))
    for origin in known.of(module, over) if over is not None else ():
        if origin.rest or not origin.path:
            continue
        name = f"{origin.path[-1]}[]"
        element = Origin(origin.function, (*origin.path[:-1], name))
        validator = validator_at(origin)
        if isinstance(validator, ArrayValidator):
            yield element, _looseness(validator.element)
        elif isinstance(validator, AnyValidator) or origin.function.args.state == "missing":
            yield element, _why(origin)


def _list_around(known: Origins, module: Module, node: ir.Expr) -> ir.Expr | None:
    """The list of which an expression is one element."""
    if isinstance(node, ir.Index):
        return None if isinstance(bare(node.key), ir.Text) else node.object
    index = known.ev.world.index(module)
    definition = index.definitions.get(node.ref) if isinstance(node, ir.Name) else None
    if definition is None or definition.path:
        return None
    if definition.kind == "loop":
        return None if definition.loop == "in" else definition.expr
    literal = index.lambdas.get(definition.index) if definition.kind == "param" else None
    call = None if literal is None else index.parent(literal)
    if definition.position != 0 or not isinstance(call, ir.Call) or not isinstance(call.callee, ir.Member):
        return None
    return call.callee.object if call.callee.name in ELEMENT_FIRST else None


def _parsed(known: Origins, module: Module, node: ir.Expr, origin: Origin) -> Looseness | None:
    """A text of which an object was made: `JSON.parse(args.json)`."""
    _, call = outward(known.ev.world.index(module), node)
    callee = call.callee if isinstance(call, ir.Call) else None
    if not isinstance(callee, ir.Member) or callee.name != "parse" or not isinstance(callee.object, ir.Name):
        return None
    is_text = callee.object.name == "JSON" and validator_at(origin) == ScalarValidator("string")
    return "text" if is_text else None


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
