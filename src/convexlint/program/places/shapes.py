"""Handler results against the `returns` validator: only what certainly is refused (convex-facts 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.convex.acceptance import accepts
from convexlint.program.convex.answers import Refusal
from convexlint.program.convex.given import Constant, Either, Given, SomeObject, is_nothing
from convexlint.program.convex.given_text import in_words, wanted_in_words
from convexlint.program.model import FunctionRef, Module, RegisteredFunction
from convexlint.program.modules.nodes import bare, unwrapped
from convexlint.program.places.givens import given
from convexlint.program.places.sites import all_sites
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
from convexlint.program.validators import Validator
from convexlint.structs import Struct


class Mismatch(Struct, frozen=True, eq=False):
    """A returned expression, at `span` of `module`, that `function.returns` certainly refuses. `text`: what is given,
    and why it is refused, as a message says it."""

    function: RegisteredFunction
    module: Module
    span: Span
    refusal: Refusal
    text: str
    node: ir.Expr


@listed
def return_mismatches(program: Program) -> Iterator[Mismatch]:
    """Results that the `returns` validators of their functions certainly refuse, by function."""
    world = program.ev.world
    for function in program.functions:
        validator, handler = function.returns.validator, function.handler
        if validator is None or handler is None or function.custom or function.wrapper is not None:
            continue
        facts = handler.module.facts.functions[handler.index]
        if facts.is_generator or function.kind == "httpAction" or handler.module.holds(b"delete "):
            continue
        for node in world.index(handler.module).returns.get(handler.index, ()):
            refusal = _refused(program, handler.module, node, validator)
            if refusal is not None and not refusal.certain and _speaks_of(handler, refusal.names):
                continue  # it may have asked for rows without it: `q.eq("deletedAt", undefined)`
            if refusal is not None:
                span = Span(node.start, node.end)
                yield Mismatch(function, handler.module, span, refusal, result_text(refusal), node)


@listed
def unsent_results(program: Program) -> Iterator[Mismatch]:
    """Results that Convex cannot send (`Date`, `Map`), of functions without a `returns` validator, by function."""
    world = program.ev.world
    for function in program.functions:
        handler = function.handler
        if handler is None or function.returns.state != "missing" or function.kind == "httpAction":
            continue
        if function.wrapper is not None or handler.module.facts.functions[handler.index].is_generator:
            continue
        for node in world.index(handler.module).returns.get(handler.index, ()):
            value = returned(program, handler.module, node)
            refusals = () if value is None else accepts(None, value).refusals
            for refusal in refusals[:1]:
                span = Span(node.start, node.end)
                yield Mismatch(function, handler.module, span, refusal, result_text(refusal), node)


def _refused(program: Program, module: Module, node: ir.Expr, validator: Validator) -> Refusal | None:
    """Why `validator` certainly refuses what is returned; None where it may pass."""
    value = returned(program, module, node)
    if value is None:
        return None
    answer = accepts(validator, value)
    doubts = [doubt for doubt in answer.doubts if doubt.kind == "extra" and doubt.table]
    return next(iter((*answer.refusals, *doubts)), None)


def returned(program: Program, module: Module, node: ir.Expr) -> Given | None:
    """What a function hands to its caller; undefined comes as null. None where a test around it may have ruled out
    what is known of it."""
    value = given(program, module, node, awaited=True)
    options = value.options if isinstance(value, Either) and not value.written else (value,)
    kept = [option for option in options if not is_nothing(option)]
    if kept and len(kept) < len(options) and _is_under_test(program, module, unwrapped(node)):
        return None
    if not kept:
        return Constant(value.at, None)
    return value


def _is_under_test(program: Program, module: Module, node: ir.Expr) -> bool:
    """Whether a test stands around the returned variable, which may leave null alone of it."""
    index = program.ev.world.index(module)
    parent = index.parent(node)
    while parent is not None and not isinstance(parent, ir.Function):
        if isinstance(parent, (ir.If, ir.Switch)):
            return True
        parent = index.parent(parent)
    return False


def _speaks_of(handler: FunctionRef, fields: tuple[str, ...]) -> bool:
    """Whether the function that returns a document names one of these fields anywhere."""
    function = handler.module.facts.functions[handler.index]
    source = handler.module.source[function.start : function.end]
    return any(re.search(rb"\b" + re.escape(field.encode()) + rb"\b", source) for field in fields)


def result_text(refusal: Refusal) -> str:
    """What is given, and what `returns` has against it."""
    listed_names = ", ".join(f"`{name}`" for name in refusal.names)
    where = f"`{refusal.place}`: " if refusal.place else ""
    what = in_words(refusal.given)
    if refusal.kind == "missing":
        return f"{where}{what} without {listed_names}"
    if refusal.kind == "extra" and isinstance(refusal.given, SomeObject) and refusal.given.table:
        has = "also has" if refusal.certain else "may also have"
        return f"{where}{what}, which {has} {listed_names}"
    if refusal.kind == "extra":
        origin = f" of a document of `{refusal.table}`" if refusal.table else ""
        return f"{where}{what} with {listed_names}{origin}, which `returns` lacks"
    if refusal.kind == "key":
        return f"{where}an object with the key {listed_names}, which no Convex value may have"
    if refusal.kind == "value":
        return f"{where}{what}, which is not a Convex value"
    return f"{where}{what}, where `returns` wants {wanted_in_words(refusal.wanted)}"


@query
def written_fields(program: Program) -> Mapping[str, frozenset[str]]:
    """The fields of each table that some write of the project names, and gives another value than undefined."""
    found: dict[str, set[str]] = {}
    for call in all_sites(program).database_calls:
        table = call.table if call.explicit or call.method == "insert" else call.id_table
        data = bare(call.args[-1]) if call.args else None
        if call.method not in ("insert", "patch", "replace") or table is None:
            continue
        for prop in data.props if isinstance(data, ir.Object) else ():
            nothing = isinstance(prop.value, ir.Atom) and prop.value.kind == "undefined"
            if prop.key is not None and not nothing:
                found.setdefault(table, set()).add(prop.key)
    return {table: frozenset(names) for table, names in found.items()}
