"""What HTTP actions answer with, where that is no `Response` (convex-facts 2): the request then fails."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.program.convex.given import (
    Absent,
    Constant,
    Either,
    Foreign,
    Given,
    Some,
    SomeId,
    SomeList,
    SomeObject,
)
from convexlint.program.convex.given_text import in_words
from convexlint.program.model import Place, RegisteredFunction
from convexlint.program.modules.nodes import descendants
from convexlint.program.places.givens import given
from convexlint.program.places.sites import placing
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

_ANSWERS = frozenset({"Response"})


class NoResponse(Struct, frozen=True, eq=False):
    """`place.span`: what is returned; the builder's name where nothing is. `what`: it, in words."""

    place: Place
    function: RegisteredFunction
    what: str


@listed
def no_responses(program: Program) -> Iterator[NoResponse]:
    """What handlers of HTTP actions certainly return in the place of a `Response`, by function and place."""
    world, places = program.ev.world, placing(program)
    for function in program.functions:
        handler = function.handler
        plain = function.kind == "httpAction" and not function.custom and function.wrapper is None
        if not plain or handler is None or not program.reports(handler.module):
            continue
        module, facts = handler.module, handler.module.facts.functions[handler.index]
        results = world.index(module).returns.get(handler.index, ())
        for node in results:
            what = _what(given(program, module, node, awaited=True))
            if what is not None:
                place = places.at(module, node.start, node.end, handler.index)
                yield NoResponse(place, function, what)
        if not results and not facts.is_generator and not _ends_otherwise(facts):
            span = function.builder_span
            yield NoResponse(places.at(function.module, span.start, span.end, 0), function, "nothing")


def _what(value: Given) -> str | None:
    """A value in words, None where it may be a `Response`."""
    if isinstance(value, Either):
        found = [_what(option) for option in value.options]
        if not found or (None in found and not value.written):
            return None
        return next((one for one in found if one is not None), None)
    if isinstance(value, Absent) or (isinstance(value, Constant) and value.value is None):
        return "nothing" if isinstance(value, Absent) else "`null`"
    if isinstance(value, Foreign):
        return (
            None
            if value.name in _ANSWERS or value.name not in ("Date", "Map", "Set", "URL")
            else in_words(value)
        )
    if isinstance(value, SomeObject):
        return "an object"
    return in_words(value) if isinstance(value, (Constant, Some, SomeId, SomeList)) else None


def _ends_otherwise(facts: ir.Function) -> bool:
    """Whether a function without a result may be meant never to come to its end."""
    last = facts.body[-1] if facts.body else None
    return isinstance(last, (ir.Throw, ir.Loop, ir.Try)) or any(
        isinstance(node, ir.Throw) for node in descendants(facts.body)
    )
