"""An internal query that is given the time by its callers, in place of reading the clock."""

from __future__ import annotations

import re

from convexlint.facts.ir import BindName, Function, Lambda, Object, ObjectPattern
from convexlint.findings import Edit, Span
from convexlint.program.behaviour.effects import effects_of
from convexlint.program.model import Module, Reference, RegisteredFunction
from convexlint.program.places.callings import all_references_to
from convexlint.program.program import Program
from convexlint.program.validators import ObjectValidator
from convexlint.program.writing.editing import insert, insert_property_before, replace
from convexlint.program.writing.imports import ensure_import

_NAME = "now"
_CLOCK = re.compile(rb"(?<![\w$.])Date\s*\.\s*now\s*\(\s*\)")
_HAVE_A_CLOCK = ("mutation", "action", "httpAction")


def time_as_argument(program: Program, function: RegisteredFunction) -> tuple[Edit, ...] | None:
    """The edits on the query and all its callers. None unless every caller is known and passes an object, and the
    query itself does nothing with the clock but `Date.now()`."""
    clock = [effect for effect in effects_of(program, function) if effect.kind == "clock"]
    if function.visibility != "internal" or function.custom or function.wrapper is not None or not clock:
        return None
    if any(effect.chain or effect.what != "Date.now" for effect in clock):
        return None
    callers = _callers(program, function)
    declared = _declared(function)
    body = _body(function)
    if not callers or declared is None or body is None:
        return None
    module, (taken, text) = function.module, body
    v = ensure_import(module, "convex/values", "v")
    if v is None:
        return None
    edits = [
        *v.edits,
        insert_property_before(module, declared, len(declared.props), f"{_NAME}: {v.text}.number()"),
    ]
    edits += taken
    edits += [replace(module, span, text) for span in _reads(function)]
    for caller, given in callers:
        edits.append(insert_property_before(caller, given, len(given.props), f"{_NAME}: Date.now()"))
    return tuple(edits)


def _callers(program: Program, function: RegisteredFunction) -> list[tuple[Module, Object]] | None:
    """The objects that the callers pass; None where some caller is not known, or may have no clock either."""
    references = all_references_to(program, function)
    if references is None:
        return None
    found = []
    for reference in references:
        if not _has_clock(reference) or not isinstance(reference.args, Object):
            return None
        found.append((reference.place.module, reference.args))
    return found


def _has_clock(reference: Reference) -> bool:
    inside = reference.place.inside
    return (
        reference.use == "runQuery"
        and reference.place.module.reported
        and inside is not None
        and inside.kind in _HAVE_A_CLOCK
    )


def _declared(function: RegisteredFunction) -> Object | None:
    """The literal of the query's `args`."""
    validator = function.args.validator
    if function.config is None or not isinstance(validator, ObjectValidator) or _NAME in validator.fields:
        return None
    value = next((prop.value for prop in function.config.props if prop.key == "args"), None)
    return value if isinstance(value, Object) else None


def _handler(function: RegisteredFunction) -> Function | None:
    """The handler, written in the registration."""
    if function.config is None or function.handler is None or function.handler.module is not function.module:
        return None
    value = next((prop.value for prop in function.config.props if prop.key == "handler"), None)
    inline = isinstance(value, Lambda) and value.index == function.handler.index
    return function.module.facts.functions[function.handler.index] if inline else None


def _body(function: RegisteredFunction) -> tuple[list[Edit], str] | None:
    """The edits that let the handler take the argument, and how it is read there."""
    handler, module = _handler(function), function.module
    if handler is None or not 1 <= len(handler.params) <= 2:
        return None
    words = module.source[handler.body_start : handler.body_end]
    if len(handler.params) == 1:
        if module.source[handler.params_start : handler.params_start + 1] != b"(" or re.search(
            rb"\bargs\b", words
        ):
            return None
        return [insert(module, handler.params[0].end, ", args")], f"args.{_NAME}"
    pattern = handler.params[1].pattern
    if isinstance(pattern, BindName) and handler.params[1].annotation is None:
        same = [binding for binding in module.facts.bindings if binding.name == pattern.name]
        shadowed = any(_within(module, binding.function, handler) for binding in same)
        return None if shadowed else ([], f"{pattern.name}.{_NAME}")
    if isinstance(pattern, ObjectPattern) and handler.params[1].annotation is None:
        if pattern.rest is not None or not pattern.fields or re.search(rb"(?<![\w$.])now\b", words):
            return None
        return [insert(module, pattern.fields[-1].end, f", {_NAME}")], _NAME
    return None


def _within(module: Module, number: int, outer: Function) -> bool:
    """Whether the function with that number stands inside `outer`."""
    while number > 0:
        number = module.facts.functions[number].parent
        if number > 0 and module.facts.functions[number] is outer:
            return True
    return False


def _reads(function: RegisteredFunction) -> list[Span]:
    handler = _handler(function)
    assert handler is not None
    found = _CLOCK.finditer(function.module.source, handler.body_start, handler.body_end)
    return [Span(match.start(), match.end()) for match in found]
