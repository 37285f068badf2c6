"""Tables named outside of database calls (validators, types), and vector searches."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import Bound, CtxOf, Lit, ValidatorOf, members, present
from convexlint.program.model import Module, Place, TableMention, VectorSearch
from convexlint.program.modules.nodes import bare, parts_backwards
from convexlint.program.places.sites import Locator, placing
from convexlint.program.places.validator_sites import validator_sites
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import IdValidator
from convexlint.structs import replace

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

SYSTEM_TABLES = ("_scheduled_functions", "_storage")
_TYPE_ARGUMENT = re.compile(rb"""<\s*["'](\w+)["']\s*>""")
_TABLE_TYPES = ("Id", "Doc")


@listed
def table_mentions(program: Program) -> Iterator[TableMention]:
    """Mentions of tables that neither the schema nor Convex has, by module and place."""
    ev, places = program.ev, placing(program)
    known = {*program.schema.tables, *SYSTEM_TABLES}
    for module in ev.world.looked_at:
        if module.reported:
            validators = [
                replace(found, idle=_is_idle(program, found.place, node))
                for found, node in _validators(ev, places, module, known)
            ]
            found = [*validators, *_types(ev, places, module, known)]
            yield from sorted(found, key=lambda mention: mention.place.span)


def _is_idle(program: Program, place: Place, node: ir.Call) -> bool:
    """Whether no function and no table of the schema is seen to use the validator, and nobody calls the function that
    gives it."""
    span = Span(node.start, node.end)
    sites = (s for s in validator_sites(program) if s.module is place.module and s.call_span == span)
    site = next(sites, None)
    if site is None or site.uses:
        return False
    if not place.owner:
        return True
    function = place.module.facts.functions[place.owner]
    if program.ev.callers.of(place.module, place.owner) or not function.name:
        return False
    called = re.compile(rb"\b" + re.escape(function.name.encode()) + rb"\s*\(")
    users = (place.module, *program.ev.world.importing(place.module))
    return not any(module.holds(called) for module in users)


def _validators(
    ev: Evaluator, places: Locator, module: Module, known: set[str]
) -> Iterator[tuple[TableMention, ir.Call]]:
    for site in ev.world.index(module).calls:
        node = site.expr
        if not isinstance(node, ir.Call) or len(node.args) != 1:
            continue
        callee, name = node.callee, node.args[0]
        called = callee.name if isinstance(callee, (ir.Member, ir.Name)) else ""
        if called not in ("id", "zid") or not isinstance(name, ir.Text) or name.value in known:
            continue
        value = ev.expr(module, node)
        if isinstance(value, ValidatorOf) and value.validator == IdValidator(name.value):
            place = places.at(module, name.start, name.end, site.owner)
            yield TableMention(place, "validator", name.value), node


def _types(ev: Evaluator, places: Locator, module: Module, known: set[str]) -> Iterator[TableMention]:
    """`Id<"t">` and `Doc<"t">` of the project's own data model. The types of a module are walked only when some
    type argument in its text names no known table, which hardly any module has."""
    if all(match[1].decode() in known for match in _TYPE_ARGUMENT.finditer(module.source)):
        return
    for owner, part in _typed_parts(module.facts):
        for node in _type_names(part):
            if len(node.args) != 1 or not isinstance(node.args[0], ir.TypeLiteral):
                continue
            literal = node.args[0]
            table = literal.value
            if isinstance(table, str) and table not in known and _is_own_table_type(ev, module, node):
                yield TableMention(places.at(module, literal.start, literal.end, owner), "type", table)


def _typed_parts(facts: ir.ModuleFacts) -> Iterator[tuple[int, object]]:
    yield from enumerate(facts.functions)
    for part in (*facts.classes, *facts.types):
        yield 0, part


def _type_names(part: object) -> Iterator[ir.TypeName]:
    stack: list[Any] = [part]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
        elif isinstance(node, ir.Node):
            if isinstance(node, ir.TypeName):
                yield node
            stack.extend(parts_backwards(node))


def _is_own_table_type(ev: Evaluator, module: Module, node: ir.TypeName) -> bool:
    """Whether the type is imported, as `Id` or `Doc`, from this project's `_generated/dataModel` (components have
    their own tables, and types of the same names come from elsewhere too)."""
    definition = ev.world.index(module).definitions.get(node.ref)
    if definition is None or definition.statement is None or definition.imported is None:
        return False
    if definition.imported.imported not in _TABLE_TYPES:
        return False
    specifier = definition.statement.specifier
    if not specifier.startswith(".") or ev.world.specifier(module, specifier) != "_generated/dataModel":
        return False
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(module.path), posixpath.dirname(specifier)))
    return folder == posixpath.join(ev.world.project.functions_dir, "_generated")


@listed
def vector_searches(program: Program) -> Iterator[VectorSearch]:
    """Every `ctx.vectorSearch(...)` of the whole program, by module and place."""
    ev, places = program.ev, placing(program)
    for module in ev.world.modules.values():
        if not module.holds(b"vectorSearch"):
            continue
        for site in ev.world.index(module).calls:
            node = site.expr
            if not isinstance(node.callee, (ir.Member, ir.Name)) or node.callee.name != "vectorSearch":
                continue
            kinds = members(present(ev.expr(module, node.callee)))
            if not any(isinstance(k, Bound) and isinstance(k.receiver, CtxOf) for k in kinds):
                continue
            table, index = (_literal(ev, module, node, position) for position in (0, 1))
            callee = node.callee
            start = callee.name_start if isinstance(callee, ir.Member) else callee.start
            yield VectorSearch(
                places.at(module, start, callee.end, site.owner),
                table[0],
                table[1],
                index[0],
                index[1],
                node.args[2] if len(node.args) == 3 and table[1] is not None else None,
            )


def _literal(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, position: int
) -> tuple[str | None, Span | None]:
    if position >= len(node.args) or any(isinstance(a, ir.Spread) for a in node.args[: position + 1]):
        return None, None
    arg = bare(node.args[position])
    value = ev.expr(module, arg)
    name = value.value if isinstance(value, Lit) and isinstance(value.value, str) else None
    return name, Span(arg.start, arg.end)
