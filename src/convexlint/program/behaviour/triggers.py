"""Tables with triggers (convex-helpers), and writes that go past them: only a mutation whose builder wraps the database
runs them (docs/convex.md 2.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.chains import Beginning, beginnings
from convexlint.program.evaluation.builder_calls import customization_input, customization_result
from convexlint.program.evaluation.members import is_closed, own_member
from convexlint.program.evaluation.values import (
    UNKNOWN,
    BuilderOf,
    Closure,
    External,
    ExternalResult,
    Lit,
    Part,
    Value,
    present,
)
from convexlint.program.model import Module, Place, RegisteredFunction
from convexlint.program.modules.test_code import is_test_code
from convexlint.program.places.elsewhere import call_at
from convexlint.program.places.sites import placing
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

# What gives a database that runs triggers, by its names in convex-helpers.
_WRAPPERS = ("wrapDB", "writerWithTriggers")
_WRITES = frozenset({"insert", "patch", "replace", "delete"})
# Components whose counts triggers keep, and the methods that keep them by hand.
_COUNTING = frozenset({"@convex-dev/aggregate", "@convex-dev/sharded-counter"})
_BY_HAND = frozenset(
    """insert insertIfDoesNotExist delete deleteIfExists replace replaceOrInsert clear clearAll add inc dec
    subtract reset""".split()  # noqa: SIM905
)


_DEEPEST = 3  # helpers that call helpers


class UntriggeredWrite(Struct, frozen=True, eq=False):
    """A mutation writes a table past its trigger. `beginning`: the write, or the call that leads to it. `trigger`: the
    first registration for the table."""

    beginning: Beginning
    table: str
    trigger: Place


class WrappedBuilder(Struct, frozen=True, eq=False):
    """A builder that a module exports, which does nothing but wrap the database."""

    module: Module
    export: str


@query
def triggers(program: Program) -> Mapping[str, Place]:
    """The tables for which a trigger is registered, each with the first `register` of all modules."""
    ev, found = program.ev, dict[str, Place]()
    for module in ev.world.modules.values():
        if not module.holds(b"register") or is_test_code(module):
            continue
        for site in ev.world.index(module).code_calls:
            node, callee = site.expr, site.expr.callee
            if not isinstance(callee, ir.Member) or callee.name != "register" or len(node.args) < 2:
                continue
            receiver = present(ev.expr(module, callee.object))
            if not isinstance(receiver, ExternalResult) or receiver.path or not _is_triggers(receiver.source):
                continue
            table = ev.expr(module, node.args[0])
            if isinstance(table, Lit) and isinstance(table.value, str) and table.value not in found:
                found[table.value] = placing(program).at(module, callee.name_start, callee.end, site.owner)
    return found


def _is_triggers(source: External) -> bool:
    return source.package.startswith("convex-helpers") and source.path == ("Triggers",)


@listed
def untriggered_writes(program: Program) -> Iterator[UntriggeredWrite]:
    """Writes of mutations to tables with a trigger, in a database that certainly is not wrapped; one for each place in
    the function where a write, or a call that leads to one, stands."""
    known = triggers(program)
    if not known:
        return
    for function in program.functions:
        if (
            function.kind != "mutation"
            or function.syntax == "made"
            or not _keeps_database(program.ev, function)
        ):
            continue
        for beginning in beginnings(program, function, ("db-write",)):
            effect = beginning.effect
            call = call_at(program, effect.place)
            table = None if call is None or call.method not in _WRITES else call.table or call.id_table
            ways = [effect.place, *(step.place for step in effect.chain)]
            if table not in known or any(_wraps(place.module, place.owner) for place in ways):
                continue
            if not any(_counts_by_hand(program, place) for place in ways):
                assert table is not None
                yield UntriggeredWrite(beginning, table, known[table])


@query
def _counters(program: Program, path: str) -> frozenset[int]:
    """The facts functions of the module at `path` that call a component which counts or sums rows: what such a trigger
    would do, they do by hand."""
    module = next((m for m in program.ev.world.modules.values() if m.path == path), None)
    found: set[int] = set()
    for site in () if module is None else program.ev.world.index(module).code_calls:
        callee = site.expr.callee
        if module is None or not isinstance(callee, ir.Member) or callee.name not in _BY_HAND:
            continue
        held = present(program.ev.expr(module, callee.object))
        if isinstance(held, ExternalResult) and held.source.package in _COUNTING:
            found.add(site.owner)
    return frozenset(found)


def _counts_by_hand(program: Program, place: Place) -> bool:
    """Whether the function around a place, one around that, or a helper that they call keeps the count itself."""
    owner = place.owner
    while owner > 0:
        if _keeps_count(program, place.module, owner, _DEEPEST):
            return True
        owner = place.module.facts.functions[owner].parent
    return False


def _keeps_count(program: Program, module: Module, owner: int, depth: int) -> bool:
    if owner in _counters(program, module.path):
        return True
    if depth == 0:
        return False
    for site in program.ev.world.index(module).calls_by_owner.get(owner, ()):
        called = present(program.ev.expr(module, site.expr.callee))
        if isinstance(called, Closure) and _keeps_count(program, called.module, called.index, depth - 1):
            return True
    return False


def _keeps_database(ev: Evaluator, function: RegisteredFunction) -> bool:
    """Whether the handler certainly gets the `db` of Convex itself."""
    if function.wrapper is not None or (
        function.handler is not None and _wraps(function.handler.module, function.handler.index)
    ):
        return False
    return all(_leaves_database(ev, customization) for customization in function.customizations)


def _leaves_database(ev: Evaluator, customization: Value) -> bool:
    """Whether what a customization adds to ctx certainly is not a `db`."""
    value = present(customization)
    if isinstance(value, External):
        return value.path[-1:] == ("NoOp",)
    entered = customization_input(ev, value)
    if entered is None or _wraps(entered.module, entered.index):
        return False
    added = customization_result(ev, value)[0]
    if added is UNKNOWN:
        return False
    found = own_member(ev, added, "db")
    return is_closed(ev, added) if found is None else isinstance(found, Part) and found.certain


def _wraps(module: Module, index: int) -> bool:
    """Whether a function speaks of what wraps a database."""
    facts = module.facts.functions[index]
    if index == 0:
        return False
    text = module.text(Span(facts.start, facts.end))
    return any(word in text for word in _WRAPPERS)


@query
def wrapped_builders(program: Program, kind: str, visibility: str) -> tuple[WrappedBuilder, ...]:
    """The exported builders whose only customization wraps the database, by module and name."""
    ev, found = program.ev, list[WrappedBuilder]()
    for module in ev.world.modules.values():
        if not module.holds(b"wrapDB") or is_test_code(module):
            continue
        for export in module.facts.exports:
            value = ev.export_value(module, export.name) if export.kind == "local" else UNKNOWN
            if (
                isinstance(value, BuilderOf)
                and (value.kind, value.visibility) == (kind, visibility)
                and len(value.customizations) == 1
                and _only_wraps(value.customizations[0])
            ):
                found.append(WrappedBuilder(module, export.name))
    return tuple(found)


def _only_wraps(customization: Value) -> bool:
    """`customCtx(triggers.wrapDB)`, or a function that gives it the ctx."""
    value = present(customization)
    if not isinstance(value, ExternalResult) or not value.args:
        return False
    return value.module.text(Span(value.args[0].start, value.args[0].end)).rstrip(" )ctx(").endswith("wrapDB")
