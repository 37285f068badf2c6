"""Fields that code reads from rows, and that no row of their table can have (docs/convex.md 5.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.facts.lowered import Worded
from convexlint.findings import Span
from convexlint.program.evaluation import elements
from convexlint.program.evaluation.params import param_value
from convexlint.program.evaluation.values import NOTHING, UNKNOWN, DocOf, Value, members
from convexlint.program.model import Module, Place
from convexlint.program.modules.index import Definition, ModuleIndex, outward
from convexlint.program.modules.nodes import bare, descendants
from convexlint.program.places.sites import placing, sites
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
from convexlint.program.validators import ObjectValidator, UnionValidator, Validator
from convexlint.structs import Struct

_SYSTEM = frozenset({"_id", "_creationTime"})
_ONE_ROW = frozenset({"first", "unique"})
_VARIABLES = frozenset({"var", "param", "loop"})
_LOOSE = frozenset({"any", "unknown"})
_NO_ROWS = (ir.Array, ir.Lambda, ir.New, ir.Number, ir.Object, ir.Template, ir.Text)


class UnknownField(Struct, frozen=True, eq=False):
    """`row.name`, `const { name } = row` or, in a `filter`, `q.field("name")`, of a row of `tables` (mostly one), none
    of which has such a field. `place.span`: the name as written."""

    place: Place
    tables: tuple[str, ...]
    name: str
    filter: bool = False


@query
def field_names(program: Program, table: str) -> frozenset[str] | None:
    """The fields that rows of a table may have, without system fields. None where that is not known: a table that the
    schema does not have, or has with any fields, or a schema that is not enforced."""
    found = program.schema.tables.get(table)
    return None if found is None or not program.schema.validation else _names(found.validator)


def _names(validator: Validator) -> frozenset[str] | None:
    if isinstance(validator, ObjectValidator):
        return frozenset(validator.fields) if validator.complete else None
    if not isinstance(validator, UnionValidator):
        return None
    names: set[str] = set()
    for member in validator.members:
        found = _names(member)
        if found is None:
            return None
        names |= found
    return frozenset(names)


@query
def field_validators(program: Program, table: str) -> dict[str, tuple[Validator, ...]]:
    """The validators of each field of a table, one for each shape that has it. Empty where `field_names` is None."""
    found = program.schema.tables.get(table)
    fields: dict[str, tuple[Validator, ...]] = {}
    if found is None or field_names(program, table) is None:
        return fields
    pending = [found.validator]
    while pending:
        validator = pending.pop(0)
        if isinstance(validator, UnionValidator):
            pending += validator.members
        elif isinstance(validator, ObjectValidator):
            for name, field in validator.fields.items():
                fields[name] = (*fields.get(name, ()), field.validator)
    return fields


def rows_of_variable(program: Program, module: Module, node: ir.Name) -> tuple[str, ...]:
    """The tables of the row that a variable holds as it was read; () where it surely is none, or where only a type says
    so. Whether code writes a field into such rows is `is_added`'s question."""
    index = program.ev.world.index(module)
    definition = index.definitions.get(node.ref)
    if definition is None or definition.kind not in _VARIABLES or module.facts.bindings[node.ref].assigned:
        return ()
    if _is_claimed(definition) or any(key in (None, "*") for key, _ in index.writes.get(node.ref, ())):
        return ()
    rows = [one for one in members(program.ev.binding(module, node.ref)) if one not in NOTHING]
    tables = tuple(dict.fromkeys(row.table for row in rows if isinstance(row, DocOf)))
    return tables if all(isinstance(row, DocOf) for row in rows) else ()


def is_added(program: Program, module: Module, name: str) -> bool:
    """Whether rows that a module reads may have been given a field `name` by code: its own, or a helper elsewhere."""
    here = _written_into_rows(program, module)
    if name in here or "*" in here:
        return True
    word = re.escape(name.encode())
    pattern = re.compile(rb"%b(?<![\w$]%b)\s*[+\-*/?|&]*=(?!=)" % (word, word))
    written = Worded(((name.encode(), pattern),))
    others = (one for one in program.modules if one is not module and one.holds(written))
    return any(name in _written_into_rows(program, one) for one in others)


@query
def _written_into_rows(program: Program, module: Module) -> frozenset[str | None]:
    """The fields that a module writes into objects which may be rows."""
    index = program.ev.world.index(module)
    return frozenset(
        key
        for ref, writes in index.writes.items()
        if not _is_made_here(index.definitions.get(ref))
        for key, _ in writes
    )


@listed
def unknown_fields(program: Program) -> Iterator[UnknownField]:
    """Reads of fields that are always undefined: of variables, of what a query or a `get` gives, then in filters; each
    by module and place.

    Not where code writes such a field into an object that it has not made, where `in` asks whether it is there, where
    it is called, nor where only an annotation or a cast says that something is a row. Of several reads of a field
    from one variable, the first.
    """
    if not program.schema.validation:
        return
    reader = _Reader(program)
    for module in program.modules:
        if program.reports(module):
            yield from reader.of_variables(module)
    yield from reader.of_results()
    yield from reader.of_filters()


class _Reader:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._ev = program.ev
        self._places = placing(program)
        self._calls: dict[str, dict[tuple[int, int], ir.Call]] = {}

    def of_variables(self, module: Module) -> Iterator[UnknownField]:
        index = self._ev.world.index(module)
        for ref, definition in index.definitions.items():
            binding = module.facts.bindings[ref]
            if definition.kind not in _VARIABLES or binding.assigned or _is_claimed(definition):
                continue
            key = _taken(definition)
            if key is not None and key not in _SYSTEM:
                tables = self._lacking(self._holder(module, definition), key)
                if tables:
                    span = Span(binding.start, binding.start + len(binding.name.encode()))
                    yield self._found(module, span, binding.function, tables, key)
            if _is_no_row(definition):
                continue
            reads = [read for use in index.uses.get(ref, ()) for read in _read(index, use)]
            if not reads or any(name in (None, "*") for name, _ in index.writes.get(ref, ())):
                continue
            value = self._ev.binding(module, ref)
            asked = _asked(index, ref)
            for name, span, node in reads:
                tables = self._lacking(value, name)
                if tables and name not in asked and not is_added(self._program, module, name):
                    asked |= {name}  # one mistake, however often it is read
                    yield self._found(module, span, index.owner(node), tables, name)

    def of_results(self) -> Iterator[UnknownField]:
        """`(await ctx.db.get(id))?.name`."""
        found = sites(self._program)
        calls = [(c.place, c.call_span) for c in found.database_calls if c.method == "get" and c.certain]
        calls += [(s.place, s.call_span) for s in found.steps if s.method in _ONE_ROW]
        for place, span in calls:
            module = place.module
            node = self._call(module, span) if self._program.reports(module) else None
            if node is None:
                continue
            index = self._ev.world.index(module)
            awaited = outward(index, node)[1]
            if not isinstance(awaited, ir.Await):
                continue
            for name, at, member in _read(index, awaited):
                tables = self._lacking(self._ev.expr(module, awaited), name)
                if tables and not is_added(self._program, module, name):
                    yield self._found(module, at, index.owner(member), tables, name)

    def of_filters(self) -> Iterator[UnknownField]:
        """`q.field("name")`."""
        for step in sites(self._program).steps:
            module = step.place.module
            predicate = bare(step.args[0]) if step.method == "filter" and step.args else None
            names = field_names(self._program, step.table or "")
            if names is None or not isinstance(predicate, ir.Lambda) or not self._program.reports(module):
                continue
            function = module.facts.functions[predicate.index]
            pattern = function.params[0].pattern if function.params else None
            for node in descendants((function.body, function.expression)):
                text = field_text(node, pattern.ref) if isinstance(pattern, ir.BindName) else None
                name = text.value.partition(".")[0] if text is not None else ""
                if text is not None and name and name not in names | _SYSTEM:
                    span = Span(text.start, text.end)
                    assert step.table is not None
                    yield self._found(module, span, predicate.index, (step.table,), name, True)

    def _found(
        self,
        module: Module,
        span: Span,
        owner: int,
        tables: tuple[str, ...],
        name: str,
        filter_: bool = False,
    ) -> UnknownField:
        place = self._places.at(module, span.start, span.end, owner)
        return UnknownField(place, tables, name, filter_)

    def _call(self, module: Module, span: Span) -> ir.Call | None:
        calls = self._calls.get(module.path)
        if calls is None:
            sites_ = self._ev.world.index(module).code_calls
            calls = {
                (one.expr.start, one.expr.end): one.expr for one in sites_ if isinstance(one.expr, ir.Call)
            }
            self._calls[module.path] = calls
        return calls.get((span.start, span.end))

    def _holder(self, module: Module, definition: Definition) -> Value:
        """What a name is taken out of by destructuring."""
        if definition.kind == "param":
            return param_value(self._ev, module, definition.index, definition.position, None)
        if definition.expr is None:
            return UNKNOWN
        value = self._ev.expr(module, definition.expr)
        if definition.kind != "loop":
            return value
        waits = definition.loop == "await"
        return UNKNOWN if definition.loop == "in" else elements.element(self._ev, value, awaited=waits)

    def _lacking(self, value: Value, name: str) -> tuple[str, ...]:
        """The tables that a row may be of, where none of them has the field; () where it is not surely a row."""
        rows = [one for one in members(value) if one not in NOTHING]
        tables: list[str] = []
        for row in rows:
            names = field_names(self._program, row.table) if isinstance(row, DocOf) else None
            if not isinstance(row, DocOf) or names is None or name in names or name in _SYSTEM:
                return ()
            tables.append(row.table)
        return tuple(tables)


def _is_no_row(definition: Definition) -> bool:
    """Whether what is written behind a name shows that it holds no row, without a look at anything else."""
    made = definition.expr if definition.kind == "var" and not definition.path else None
    return made is not None and isinstance(bare(made), _NO_ROWS)


def _is_made_here(definition: Definition | None) -> bool:
    """Whether a variable holds an object that is written there, and so no row."""
    made = definition.expr if definition is not None and not definition.path else None
    return made is not None and isinstance(bare(made), ir.Object)


def _taken(definition: Definition) -> str | None:
    """The field that a name is taken from: `const { name: other = 1 } = row`."""
    path = (
        definition.path[:-1] if definition.path and definition.path[-1][0] == "default" else definition.path
    )
    return path[0][1] if len(path) == 1 and path[0][0] == "key" and isinstance(path[0][1], str) else None


def _is_claimed(definition: Definition) -> bool:
    """Whether only a type says what a variable holds."""
    node = definition.expr if definition.kind == "var" else None
    while isinstance(node, (ir.Cast, ir.Await)):
        if isinstance(node, ir.Cast) and node.kind == "as" and not _is_loose(node.annotation):
            return True
        node = node.value
    return definition.annotation is not None and not _is_loose(definition.annotation)


def _is_loose(annotation: ir.Type | None) -> bool:
    return isinstance(annotation, ir.TypeKeyword) and annotation.name in _LOOSE


def _read(index: ModuleIndex, node: ir.Expr) -> Iterator[tuple[str, Span, ir.Expr]]:
    """The field that is read from an expression, where its name stands, and the whole: `row.name`, `row["name"]`."""
    inner, parent = outward(index, node)
    if isinstance(parent, ir.Member) and parent.object is inner:
        name, span = parent.name, Span(parent.name_start, parent.end)
    elif isinstance(parent, ir.Index) and parent.object is inner and isinstance(parent.key, ir.Text):
        name, span = parent.key.value, Span(parent.key.start, parent.key.end)
    else:
        return
    whole, around = outward(index, parent)
    called = isinstance(around, ir.Call) and around.callee is whole
    changed = isinstance(around, ir.Assign) and around.target is whole
    deleted = isinstance(around, ir.Unary) and around.op == "delete"
    if name not in _SYSTEM and not called and not changed and not deleted:
        yield name, span, parent


def _asked(index: ModuleIndex, ref: int) -> frozenset[str]:
    """The fields of which `"name" in row` asks whether they are there."""
    above = (outward(index, use)[1] for use in index.uses.get(ref, ()))
    tests = (one for one in above if isinstance(one, ir.Binary) and one.op == "in")
    return frozenset(one.left.value for one in tests if isinstance(one.left, ir.Text))


def field_text(node: object, builder: int) -> ir.Text | None:
    """The name in `q.field("name")`, where `builder` is the variable `q`."""
    callee = node.callee if isinstance(node, ir.Call) else None
    if not isinstance(callee, ir.Member) or callee.name != "field" or not isinstance(node, ir.Call):
        return None
    receiver = bare(callee.object)
    text = bare(node.args[0]) if len(node.args) == 1 else None
    plain = isinstance(receiver, ir.Name) and receiver.ref == builder
    return text if plain and isinstance(text, ir.Text) else None
