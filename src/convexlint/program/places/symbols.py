"""Names of tables, indexes, fields and functions where they are written in a module: what an editor may ask about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import (
    DocOf,
    FilterBuilder,
    RangeBuilder,
    ValidatorOf,
    members,
    present,
)
from convexlint.program.model import DatabaseCall, Module, RegisteredFunction
from convexlint.program.modules.nodes import bare, descendants
from convexlint.program.places.direct_uses import direct_uses
from convexlint.program.places.references import references
from convexlint.program.places.routes import routes
from convexlint.program.places.sites import database_calls, query_steps
from convexlint.program.places.table_mentions import vector_searches
from convexlint.program.places.validator_sites import validator_fields
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.program.validators import IdValidator
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_TABLE_TYPES = frozenset({"Id", "Doc"})
_WRITES = frozenset({"insert", "patch", "replace"})


class Symbol(Struct, frozen=True, eq=False, gc=False):
    """A name where it is written.

    kind: "table", "index" or "field" (of `table`, None = not known), "function" (`function`). `name`: as the schema or
    the api has it; the schema need not know it. `defines`: it is written where the thing is made. `span`: what is
    written: a string with its quotes, a whole reference.
    """

    module: Module
    span: Span
    kind: Literal["table", "index", "field", "function"]
    name: str
    table: str | None = None
    function: RegisteredFunction | None = None
    defines: bool = False


@query
def symbols_in(program: Program, module: Module) -> tuple[Symbol, ...]:
    """The names written in a module of those that are looked at, by place. Of several at one place the first counts:
    definitions, then uses."""
    found: dict[Span, Symbol] = {}
    for symbol in _all(program, module):
        found.setdefault(symbol.span, symbol)
    return tuple(sorted(found.values(), key=lambda symbol: symbol.span))


def name_span(function: RegisteredFunction) -> Span:
    """Where the name of a registered function is exported; its builder's name, where it has none there."""
    for export in function.module.facts.exports:
        if export.name == function.export and not export.specifier and export.name != "default":
            return Span(export.start, export.end)
    return function.builder_span


def _all(program: Program, module: Module) -> Iterator[Symbol]:
    yield from _schema(program, module)
    yield from _functions(program, module)
    yield from _calls(program, module)
    yield from _Walk(program, module).all()


def _schema(program: Program, module: Module) -> Iterator[Symbol]:
    for table in program.schema.tables.values():
        if table.module is module and table.name_span is not None:
            yield Symbol(module, table.name_span, "table", table.name, defines=True)
        for index in table.indexes:
            if index.module is module:
                yield Symbol(module, index.name_span, "index", index.name, table.name, defines=True)
                for field, span in zip(index.fields or (), index.field_spans, strict=False):
                    yield Symbol(module, span, "field", field, table.name)
    for site in validator_fields(program):
        if site.module is module and site.use.role == "schema" and len(site.use.path) == 1:
            yield Symbol(module, site.key_span, "field", site.key, site.use.table, defines=True)


def _functions(program: Program, module: Module) -> Iterator[Symbol]:
    for function in program.functions:
        if function.module is module and function.path is not None:
            yield Symbol(
                module, name_span(function), "function", function.path, function=function, defines=True
            )
    for reference in references(program):
        if reference.place.module is module and reference.target is not None and reference.path is not None:
            target = reference.target
            yield Symbol(module, reference.place.span, "function", reference.path, function=target)
    for use in direct_uses(program):
        if use.place.module is module:
            function = use.function
            yield Symbol(
                module, use.place.span, "function", function.path or function.export, function=function
            )
    for route in routes(program):
        handler = route.handler
        if route.module is module and handler is not None and handler.function is not None:
            value = bare(handler.prop.value)
            if isinstance(value, (ir.Name, ir.Member)):
                function = handler.function
                name = function.path or function.export
                yield Symbol(module, Span(value.start, value.end), "function", name, function=function)


def _calls(program: Program, module: Module) -> Iterator[Symbol]:
    for call in database_calls(program):
        if call.place.module is module:
            if call.table is not None and call.table_span is not None:
                yield Symbol(module, call.table_span, "table", call.table)
            yield from _written_fields(module, call)
    for step in query_steps(program):
        if step.place.module is module and step.index_name is not None and step.index_span is not None:
            yield Symbol(module, step.index_span, "index", step.index_name, step.table)
    for search in vector_searches(program):
        if search.place.module is module:
            if search.table is not None and search.table_span is not None:
                yield Symbol(module, search.table_span, "table", search.table)
            if search.index_name is not None and search.index_span is not None:
                yield Symbol(module, search.index_span, "index", search.index_name, search.table)


def _written_fields(module: Module, call: DatabaseCall) -> Iterator[Symbol]:
    """The keys of the object that a call writes into a table."""
    table = call.table or call.id_table
    if call.method not in _WRITES or table is None or not call.args:
        return
    value = bare(call.args[-1])
    if isinstance(value, ir.Object):
        for prop in value.props:
            if prop.key is not None and prop.key_size:
                yield Symbol(module, Span(prop.key_start, prop.key_end), "field", prop.key, table)


class _Walk:
    """What only a walk over all that a module says finds: validators, types, builders of ranges and filters, members of
    documents."""

    def __init__(self, program: Program, module: Module) -> None:
        self._ev: Evaluator = program.ev
        self._module = module
        self._tables = program.schema.tables

    def all(self) -> Iterator[Symbol]:
        facts = self._module.facts
        for part in (*facts.functions, *facts.classes, *facts.types):
            for node in descendants(part):
                if isinstance(node, ir.Call):
                    yield from self._call(node)
                elif isinstance(node, ir.Member):
                    yield from self._member(node)
                elif isinstance(node, ir.TypeName):
                    yield from self._type(node)

    def _call(self, node: ir.Call) -> Iterator[Symbol]:
        callee = node.callee
        if not node.args or not isinstance(callee, (ir.Member, ir.Name)):
            return
        name = bare(node.args[0])
        if not isinstance(name, ir.Text):
            return
        span = Span(name.start, name.end)
        if callee.name in ("id", "zid"):
            value = self._ev.expr(self._module, node)
            if isinstance(value, ValidatorOf) and value.validator == IdValidator(name.value):
                yield Symbol(self._module, span, "table", name.value)
        elif isinstance(callee, ir.Member):
            receiver = self._ev.expr(self._module, callee.object)
            for one in members(present(receiver)):
                if isinstance(one, RangeBuilder) or (
                    isinstance(one, FilterBuilder) and callee.name == "field"
                ):
                    yield Symbol(self._module, span, "field", name.value, one.table)
                    return

    def _member(self, node: ir.Member) -> Iterator[Symbol]:
        found = {
            one.table
            for one in members(present(self._ev.expr(self._module, node.object)))
            if isinstance(one, DocOf)
        }
        if len(found) == 1 and not node.name.startswith("_"):
            (table,) = found
            if table in self._tables:
                yield Symbol(self._module, Span(node.name_start, node.end), "field", node.name, table)

    def _type(self, node: ir.TypeName) -> Iterator[Symbol]:
        """`Id<"t">` and `Doc<"t">`, no matter which module exports them: a table of another component is not in the
        schema."""
        last = node.name.rpartition(".")[2]
        if last in _TABLE_TYPES and len(node.args) == 1:
            literal = node.args[0]
            if isinstance(literal, ir.TypeLiteral) and isinstance(literal.value, str):
                yield Symbol(self._module, Span(literal.start, literal.end), "table", literal.value)
