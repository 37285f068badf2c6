"""Effects as rules tell of them: one finding for each place in the function where something begins."""

from __future__ import annotations

from collections.abc import Container, Iterator

from convexlint.findings import Deed, Related, Span
from convexlint.program.behaviour.effects import effects_of
from convexlint.program.model import Effect, Place, RegisteredFunction
from convexlint.program.program import Program
from convexlint.structs import Struct


class Beginning(Struct, frozen=True):
    """A place in a function at which a deed is done or a call leads to one. `effect`: the nearest such deed.

    `span`: the place to report. `name`: the registered function as messages call it.
    """

    function: RegisteredFunction
    place: Place
    span: Span
    effect: Effect


def beginnings(program: Program, function: RegisteredFunction, kinds: Container[str]) -> Iterator[Beginning]:
    """The effects of the given kinds, one for each place in the function; those under a test for the kind of
    ctx do not count, nor those in callbacks that a package may keep, nor what begins where nothing is reported."""
    seen: set[tuple[str, Span]] = set()
    for effect in effects_of(program, function):
        if effect.kind not in kinds or effect.guarded or effect.kept:
            continue
        place = effect.first
        key = (place.module.path, place.span)
        if key in seen or not place.module.reported:
            continue
        seen.add(key)
        yield Beginning(function, place, place.span if effect.chain else last_name(place), effect)


def last_name(place: Place) -> Span:
    """The last name of a callee: `patch` of `ctx.db.patch`; else the whole place."""
    name = place.module.text(place.span).rpartition(".")[2]
    if not name.isidentifier():
        return place.span
    return Span(place.span.end - len(name.encode()), place.span.end)


def chain(effect: Effect) -> tuple[Related, ...]:
    """The calls behind the first one, and the deed: what the finding's `related` says."""
    if not effect.chain:
        return ()
    steps = [Related(s.place.module.path, s.place.span, s.text) for s in effect.chain[1:]]
    deed = Related(effect.place.module.path, effect.place.span, f"here `{effect.what}` happens")
    return (*steps, deed)


def deed_of(effect: Effect) -> Deed:
    """Where the chain ends, for findings that have one cause."""
    place = effect.place
    return Deed(place.module.path, place.span, place.inside.path if place.inside else None)


def named(function: RegisteredFunction) -> str:
    """The function as messages call it: its path, or its kind when it is not exported."""
    return f"`{function.path}`" if function.path else f"this {function.kind}"


def through(effect: Effect) -> str:
    """ " through helpers", where the deed is not the function's own."""
    return " through a helper" if effect.chain else ""
