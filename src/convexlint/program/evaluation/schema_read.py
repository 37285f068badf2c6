"""The schema: tables and indexes, through spreads, imports, variables, loops that can be read, and
packages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from convexlint.discovery.project import Role
from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation import known
from convexlint.program.evaluation.package import PackageTable
from convexlint.program.evaluation.values import (
    UNDEFINED,
    External,
    Fields,
    ListOf,
    Lit,
    ObjectLiteral,
    SchemaOf,
    TableDef,
    Value,
    present,
)
from convexlint.program.model import IndexDef, IndexKind, LooseTable, Module, Schema, Table
from convexlint.program.modules.nodes import bare
from convexlint.program.validators import UnknownValidator

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_INDEX_KINDS: dict[str, IndexKind] = {"index": "database", "searchIndex": "search", "vectorIndex": "vector"}


_Indexes = tuple[tuple[IndexDef, ...], bool]


class Chains:
    """The `defineTable` chains that schemas are read from: their values, which a later program of the same modules may
    take instead of evaluating them again."""

    def __init__(self) -> None:
        self.values: dict[str, list[tuple[ir.Expr, TableDef]]] = {}
        """By path of the module in which they stand; only of modules that the schema itself asks for all of them."""
        self.loose: dict[str, tuple[LooseTable, ...]] = {}
        self._indexes: dict[tuple[int, str], tuple[TableDef, _Indexes]] = {}

    def of(self, paths: frozenset[str]) -> Chains:
        """Those of some modules."""
        some = Chains()
        some.values = {path: pairs for path, pairs in self.values.items() if path in paths}
        some.loose = {path: found for path, found in self.loose.items() if path in paths}
        kept = {id(value) for pairs in some.values.values() for _, value in pairs}
        some._indexes = {key: one for key, one in self._indexes.items() if key[0] in kept}
        return some

    def indexes(self, ev: Evaluator, table: str, definition: TableDef) -> _Indexes:
        """The indexes of a chain, and whether all of them could be read."""
        key = (id(definition), table)
        found = self._indexes.get(key)
        if found is None:
            found = self._indexes[key] = (definition, read_indexes(ev, table, definition))
        return found[1]


class _Reader:
    def __init__(self, ev: Evaluator, chains: Chains) -> None:
        self.ev = ev
        self.chains = chains
        self.tables: dict[str, Table] = {}
        self.definitions: dict[str, TableDef] = {}
        self.gaps: list[str] = []

    def add(self, value: Value, module: Module) -> None:
        """The tables of one object: a literal, a spread of another, or a package's."""
        value = present(value)
        if isinstance(value, ObjectLiteral):
            for prop in value.expr.props:
                if prop.kind == "spread":
                    self.add(self.ev.expr(value.module, prop.value, value.frame), value.module)
                elif prop.key is None:
                    self.gaps.append("a computed table name")
                else:
                    self.table(
                        prop.key, self.ev.expr(value.module, prop.value, value.frame), value.module, prop
                    )
        elif isinstance(value, Fields) and not value.open:
            for name, entry, _ in value.entries:
                self.table(name, entry, module, None)
        elif (brought := known.tables(value)) is not None:
            self.brought(*brought, module)
        elif value != UNDEFINED:
            self.gaps.append("a spread that cannot be followed")

    def brought(self, package: str, tables: Mapping[str, PackageTable], module: Module) -> None:
        """The tables of a package."""
        nowhere = Span(0, 0)
        for name, table in tables.items():
            made = tuple(
                IndexDef(name, index, "database", fields, False, module, nowhere, nowhere, None)
                for index, fields in table.indexes.items()
            )
            self.tables[name] = Table(name, table.validator, made, True, package, None, None)

    def table(self, name: str, value: Value, module: Module, prop: ir.Prop | None) -> None:
        span = Span(prop.key_start, prop.key_end) if prop is not None else None
        value = present(value)
        if not isinstance(value, TableDef):
            # Still a table: only what it holds is not known (defineEnt, a helper of a package).
            self.tables[name] = Table(name, UnknownValidator(), (), False, "schema", module, span)
            return
        self.definitions[name] = value
        indexes, known = self.chains.indexes(self.ev, name, value)
        self.tables[name] = Table(name, value.validator, indexes, known, "schema", module, span)


def read_indexes(ev: Evaluator, table: str, definition: TableDef) -> tuple[tuple[IndexDef, ...], bool]:
    """The indexes of a `defineTable` chain, and whether all of them could be read."""
    found: list[IndexDef] = []
    known = True
    for module, node in definition.calls:
        method = node.callee.name if isinstance(node.callee, ir.Member) else ""
        kind = _INDEX_KINDS.get(method)
        if kind is None:
            continue
        name = ev.expr(module, node.args[0]) if node.args else UNDEFINED
        if not isinstance(name, Lit) or not isinstance(name.value, str):
            known = False
            continue
        fields, staged, fields_span = _index_config(ev, module, node, kind)
        field_spans, dimensions = _index_places(ev, module, node, kind, fields)
        start = node.callee.object.end
        between = module.source[start : node.callee.name_start - 1]
        if between.strip():  # a comment stands there: it stays when the index goes
            start = node.callee.name_start - 1
        arg = node.args[0]
        found.append(
            IndexDef(
                table,
                name.value,
                kind,
                fields,
                staged,
                module,
                Span(arg.start, arg.end),
                Span(start, node.end),
                fields_span,
                field_spans,
                dimensions,
            )
        )
    return tuple(found), known


def _index_places(
    ev: Evaluator, module: Module, node: ir.Call, kind: str, fields: tuple[str, ...] | None
) -> tuple[tuple[Span, ...], float | None]:
    """(where each field is written, a vector index's dimensions) of an index call."""
    config = node.args[1] if len(node.args) > 1 else None
    config = None if config is None else bare(config)
    written: list[ir.Expr] = []
    dimensions: float | None = None
    if isinstance(config, ir.Array):
        written += config.items
    elif isinstance(config, ir.Object):
        by_key = {prop.key: prop.value for prop in config.props if prop.key is not None}
        for key in ("fields",) if kind == "database" else (f"{kind}Field", "filterFields"):
            part = by_key.get(key)
            if isinstance(part, ir.Array):
                written += part.items
            elif part is not None:
                written.append(part)
        size = ev.expr(module, by_key["dimensions"]) if "dimensions" in by_key else None
        if isinstance(size, Lit) and isinstance(size.value, float):
            dimensions = size.value
    literal = len(written) == len(fields or ()) and all(isinstance(part, ir.Text) for part in written)
    return tuple(Span(part.start, part.end) for part in written) if literal else (), dimensions


def _strings(value: Value) -> tuple[str, ...] | None:
    if not isinstance(value, ListOf) or value.items is None:
        return None
    names = [i.value for i in value.items if isinstance(i, Lit) and isinstance(i.value, str)]
    return tuple(names) if len(names) == len(value.items) else None


def _index_config(
    ev: Evaluator, module: Module, node: ir.Call, kind: str
) -> tuple[tuple[str, ...] | None, bool, Span | None]:
    """(fields, staged, span of the field list) of an index call's second argument."""
    if len(node.args) < 2:
        return None, False, None
    config = ev.expr(module, node.args[1])
    if isinstance(config, ListOf):
        span = Span(node.args[1].start, node.args[1].end) if type(node.args[1]) is ir.Array else None
        return _strings(config), False, span
    staged = ev.member(config, "staged") == Lit(True)
    if kind == "database":
        span = None
        if isinstance(config, ObjectLiteral):
            for prop in config.expr.props:
                if prop.key == "fields" and isinstance(prop.value, ir.Array):
                    span = Span(prop.value.start, prop.value.end)
        return _strings(ev.member(config, "fields")), staged, span
    first = ev.member(config, "searchField" if kind == "search" else "vectorField")
    filters = ev.member(config, "filterFields")
    names = () if filters == UNDEFINED else _strings(filters)
    if not isinstance(first, Lit) or not isinstance(first.value, str) or names is None:
        return None, staged, None
    return (first.value, *names), staged, None


def read_schema(ev: Evaluator, chains: Chains) -> Schema:
    """The schema of the program's project; `ev.tables` is filled on the way. `chains`: those that are known already,
    which may hold of this program's modules; all others join them."""
    ev.memo.update((id(node), value) for pairs in chains.values.values() for node, value in pairs)
    home = next(
        (
            m
            for name in ("schema",)
            for m in ev.world.modules.values()
            if m.name == name and m.role is Role.SCHEMA
        ),
        None,
    )
    if home is None:
        return Schema(False, False, False, False, None, {}, (), _loose(ev, chains))
    reader = _Reader(ev, chains)
    value = present(ev.export_value(home, "default"))
    strict = validation = True
    if isinstance(value, SchemaOf):
        if value.call.args:
            reader.add(ev.expr(value.module, value.call.args[0]), value.module)
        if len(value.call.args) > 1:
            options = ev.expr(value.module, value.call.args[1])
            strict = ev.member(options, "strictTableNameTypes") != Lit(False)
            validation = ev.member(options, "schemaValidation") != Lit(False)
    else:
        reader.gaps.append(f"the default export of {home.name} is not a defineSchema() that can be read")
    ev.tables = reader.tables
    ev.table_definitions = reader.definitions
    definitions = _loose(ev, chains)  # evaluates code of modules, so only now that the tables are known
    tables = dict(sorted(reader.tables.items()))
    return Schema(True, not reader.gaps, strict, validation, home, tables, tuple(reader.gaps), definitions)


def _loose(ev: Evaluator, chains: Chains) -> tuple[LooseTable, ...]:
    """Every `defineTable(...)` chain of the project, outermost call each."""
    found: list[LooseTable] = []
    for module in ev.world.modules.values():
        if not module.holds(b"defineTable"):
            continue
        found += chains.loose.get(module.path) or _loose_of(ev, chains, module)
    return tuple(found)


def _loose_of(ev: Evaluator, chains: Chains, module: Module) -> tuple[LooseTable, ...]:
    found: list[LooseTable] = []
    values: list[tuple[ir.Expr, TableDef]] = []
    index = ev.world.index(module)
    for site in index.calls:
        parent = index.parent(site.expr)
        if isinstance(parent, ir.Member) and type(index.parent(parent)) is ir.Call:
            continue
        if not _is_table_chain(ev, module, site.expr):
            continue
        asked = ev.is_known(module, site.expr)  # by the schema: so it does not depend on the tables
        value = ev.expr(module, site.expr)
        if isinstance(value, TableDef) and value.root[0] is module:
            if asked:
                values.append((site.expr, value))
            indexes, _ = chains.indexes(ev, "", value)
            found.append(LooseTable(indexes, module, Span(site.expr.start, site.expr.end)))
    if len(values) == len(found):
        chains.values[module.path], chains.loose[module.path] = values, tuple(found)
    return tuple(found)


def _is_table_chain(ev: Evaluator, module: Module, node: ir.Expr) -> bool:
    """Whether a chain of method calls starts with a call of `defineTable`."""
    while isinstance(node, (ir.Call, ir.New)):
        callee = node.callee
        inner = callee.object if isinstance(callee, ir.Member) else None
        if not isinstance(inner, (ir.Call, ir.New)):
            return ev.expr(module, callee) == External("convex/server", ("defineTable",))
        node = inner
    return False
