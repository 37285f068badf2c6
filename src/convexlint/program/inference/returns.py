"""What a handler returns, as a validator: read off the values of its `return`s.

Inference is all or nothing. A value that is not known to its last field stops it, and the answer says at which
expression; nothing is ever filled up with `v.any()`. (`v.any()` appears only where the project's own schema or
validators say so.) The validator may be wider than need be, never narrower: `string` for a literal that stands
alone, `null` where a check that throws has ruled it out, `optional` behind every `?.`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.behaviour.branches import always_returns
from convexlint.program.evaluation import documents
from convexlint.program.evaluation.never import never_comes_back
from convexlint.program.evaluation.typeexpr import type_value
from convexlint.program.evaluation.values import (
    FALSY,
    NOTHING,
    NULL,
    UNDEFINED,
    VOID,
    DocOf,
    Fields,
    Frame,
    IdOf,
    ListOf,
    Lit,
    Merged,
    ObjectLiteral,
    OneOf,
    PageOf,
    Patched,
    PromiseOf,
    RecordOf,
    Scalar,
    Value,
    members,
    one_of,
)
from convexlint.program.inference.declared_any import declared_any, holds_any, is_told
from convexlint.program.inference.entries import is_complete, is_known, page_fields, plain_key, record_fields
from convexlint.program.inference.inferred import (
    EMPTY_ARRAY,
    NULL_VALIDATOR,
    DocumentValidator,
    PageValidator,
    has_gap,
    page_of,
    scalar_of,
    union_of,
)
from convexlint.program.inference.kept_keys import keeps_its_keys
from convexlint.program.inference.labels import of_choice, with_labels, with_texts
from convexlint.program.inference.type_bounds import as_bounded, is_cast_away
from convexlint.program.model import Module, RegisteredFunction
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.program.validators import (
    ArrayValidator,
    FieldValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    Validator,
)
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_SCALARS = {
    "string": ScalarValidator("string"),
    "number": ScalarValidator("number"),
    "boolean": ScalarValidator("boolean"),
    "bigint": ScalarValidator("int64"),
    "bytes": ScalarValidator("bytes"),
    "null": NULL_VALIDATOR,
}
MAX_DEPTH = 32  # unions count as levels, too
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*")  # what an object validator takes as a name (convex-facts 6)
MAX_STEPS = 2_000  # parts of a value, written out


_Entry = Value | FieldValidator
"""A field of an object that is put together: what it holds, or what the schema declares (`v.any()`)."""


class Stop(Struct, frozen=True):
    """The expression that inference could not see through."""

    module: Module
    span: Span
    why: str


class Returns(Struct, frozen=True):
    """`validator` None: `stop` says which expression is to blame."""

    validator: Validator | None
    stop: Stop | None


class _StoppedError(Exception):
    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.why)
        self.stop = stop


class ReturnInference:
    """Infers for the functions of one program."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._gaps: list[Stop] = []
        self._steps = 0

    def of(self, function: RegisteredFunction) -> Returns:
        """What the function's handler returns."""
        handler = function.handler
        if handler is None:
            return Returns(None, Stop(function.module, function.builder_span, "the handler cannot be read"))
        module = handler.module
        facts = module.facts.functions[handler.index]
        index = self.ev.world.index(module)
        if facts.is_generator:
            return Returns(None, Stop(module, Span(facts.start, facts.end), "a generator returns no value"))
        found: list[Validator] = []
        self._steps = 0
        declared = self._declared(module, facts)
        if declared is not None:
            return Returns(declared, None)
        self._gaps.clear()
        try:
            nodes = index.returns.get(handler.index, ())
            nodes = [node for node in nodes if not never_comes_back(self.ev, module, node)]
            values = [self._unwrapped(self.ev.expr(module, node)) for node in nodes]
            results = with_labels(with_texts(nodes, values))
            for node, value in zip(nodes, results, strict=True):
                where = Stop(module, Span(node.start, node.end), "its type is not known")
                if is_cast_away(self.ev, module, node):
                    raise _StoppedError(where)
                declared_any = self._declared_any(module, node, value, None)
                found.append(
                    self._convert(value, where, 0) if declared_any is None else declared_any.validator
                )
        except _StoppedError as stopped:
            return Returns(None, stopped.stop)
        open_end = facts.expression is None and not self._always_returns(module, facts.body)
        if not found or index.bare_returns.get(handler.index) or open_end:
            found.append(NULL_VALIDATOR)  # undefined reaches the caller as null (convex-facts 2.2)
        whole = union_of(found)
        if self._gaps and has_gap(whole):
            return Returns(None, self._gaps[0])
        return Returns(whole, None)

    def _always_returns(self, module: Module, body: tuple[ir.Stmt, ...]) -> bool:
        """Whether control never comes to the end of a body: a `switch` over all that its subject may be counts."""
        if always_returns(body) or not body or not isinstance(body[-1], ir.Switch):
            return always_returns(body)
        switch = body[-1]
        values = members(self.ev.expr(module, switch.subject))
        labels = [self.ev.expr(module, case.test) for case in switch.cases if case.test is not None]
        whole = all(isinstance(v, Lit) and v.declared and v in labels for v in values)
        last = switch.cases[-1].body if switch.cases else ()
        return whole and bool(last) and all(always_returns(c.body) for c in switch.cases if c.body)

    def _declared(self, module: Module, facts: ir.Function) -> Validator | None:
        """What the handler's own result type says: that is what the compiler holds against `returns`, even where the
        values are known to be narrower. None where it says nothing, or not all (`any` somewhere in it)."""
        if facts.result is None:
            return None
        value = self._unwrapped(type_value(self.ev, module, facts.result, {}))
        where = Stop(module, Span(facts.result.start, facts.result.end), "its type is not known")
        try:
            return self._convert(value, where, 0)
        except _StoppedError:
            return None

    def _declared_any(
        self, module: Module, node: ir.Expr, value: Value, frame: Frame | None
    ) -> FieldValidator | None:
        return declared_any(self.ev, module, node, frame) if not is_told(value) else None

    def _unwrapped(self, value: Value) -> Value:
        if isinstance(value, PromiseOf):
            return self._unwrapped(value.value)
        if isinstance(value, OneOf) and any(isinstance(m, PromiseOf) for m in value.members):
            return one_of([self._unwrapped(m) for m in value.members])
        return value

    # --------------------------------------------------------------------------------------------- values

    def _step(self, where: Stop) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise _StoppedError(Stop(where.module, where.span, "it has too many parts"))

    def _convert(self, value: Value, where: Stop, depth: int) -> Validator:
        self._step(where)
        if depth > MAX_DEPTH:
            raise _StoppedError(where)
        if isinstance(value, OneOf):
            return union_of([self._convert(m, where, depth + 1) for m in value.members])
        if value in (UNDEFINED, VOID):
            return NULL_VALIDATOR
        if isinstance(value, Scalar):
            scalar = _SCALARS.get(value.kind)
            if scalar is None:
                why = "a Date is not a Convex value" if value.kind == "date" else where.why
                raise _StoppedError(Stop(where.module, where.span, why))
            return scalar
        if isinstance(value, Lit):
            return LiteralValidator(value.value) if value.declared else _SCALARS[scalar_of(value)]
        if isinstance(value, IdOf):
            return IdValidator(value.table)
        if isinstance(value, DocOf):
            return self._document(value.table, where)
        if isinstance(value, ListOf):
            return self._list(value, where, depth)
        if isinstance(value, PageOf):
            return PageValidator(self._convert(value.element, where, depth + 1))
        if isinstance(value, RecordOf) and (names := value.names()) and all(map(_KEY.fullmatch, names)):
            return self._object(record_fields(value, names), where, depth)
        if isinstance(value, RecordOf):
            if UNDEFINED in members(value.value):
                raise _StoppedError(where)
            key = plain_key(self._convert(value.key, where, depth + 1))
            if not isinstance(key, IdValidator) and key != ScalarValidator("string"):
                raise _StoppedError(where)  # Convex has no numbers as keys
            return RecordValidator(key, self._inner(value.value, where, depth))
        if isinstance(value, (Fields, ObjectLiteral, Patched, Merged)):
            return self._object(value, where, depth)
        raise _StoppedError(where)

    def _inner(self, value: Value, where: Stop, depth: int) -> Validator:
        """A value inside a structure; documents and pages are nested like validators."""
        return self._convert(value, where, depth + 1)

    def _list(self, value: ListOf, where: Stop, depth: int) -> Validator:
        if value.items == ():
            self._gaps.append(Stop(where.module, where.span, "an empty array does not tell what it may hold"))
            return EMPTY_ARRAY
        return ArrayValidator(self._inner(value.element, where, depth))

    def _document(self, table: str, where: Stop) -> Validator:
        definition = self.ev.tables.get(table)
        if definition is None or not is_complete(definition):
            raise _StoppedError(Stop(where.module, where.span, f"the fields of `{table}` are not all known"))
        return DocumentValidator(table)

    def _object(self, value: Fields | ObjectLiteral | Patched | Merged, where: Stop, depth: int) -> Validator:
        if isinstance(value, Patched) and not value.base.expr.props:
            record = self._record_of_writes(value, where, depth)
            if record is not None:
                return record
        entries: dict[str, tuple[_Entry, Stop]] = {}
        self._collect(value, where, entries)
        fields: dict[str, FieldValidator] = {}
        for name, (entry, place) in entries.items():
            if isinstance(entry, FieldValidator):
                fields[name] = entry
                continue
            parts = entry.members if isinstance(entry, OneOf) else (entry,)
            kept = [p for p in parts if p not in (UNDEFINED, VOID)]
            if not kept:
                continue  # `undefined` fields are left out of what is sent
            validator = self._inner(one_of(kept), place, depth)
            fields[name] = FieldValidator(validator, len(kept) < len(parts))
        return page_of(fields) or ObjectValidator(fields, True)

    def _is_readonly(self, module: Module, node: ir.Node) -> bool:
        """Whether a literal stands inside of `... as const`."""
        index = self.ev.world.index(module)
        parent = index.parent(node)
        while isinstance(parent, (ir.Prop, ir.Object, ir.Array)):
            parent = index.parent(parent)
        return isinstance(parent, ir.Cast) and parent.kind == "const"

    def _record_of_writes(self, value: Patched, where: Stop, depth: int) -> Validator | None:
        """`const counts = {}` into which is written by computed keys alone."""
        if not value.writes or any(key is not None for key, _ in value.writes):
            return None
        values = [self.ev.expr(value.base.module, expr, value.base.frame) for _, expr in value.writes]
        written = [one for one in values if one != UNDEFINED]
        return RecordValidator(_SCALARS["string"], self._inner(one_of(written), where, depth))

    def _collect(self, value: Value, where: Stop, entries: dict[str, tuple[_Entry, Stop]]) -> None:
        """The entries of an object in order; later ones replace earlier ones, optional ones widen them."""
        self._step(where)
        if isinstance(value, Patched):
            self._collect(value.base, where, entries)
            for name, expr in value.writes:
                module = value.base.module
                place = Stop(module, Span(expr.start, expr.end), "its type is not known")
                if name is None and keeps_its_keys(self.ev, value.base, expr):
                    continue
                if name in (None, "*"):
                    raise _StoppedError(Stop(module, place.span, "it is written under a computed key"))
                written = self.ev.expr(module, expr, value.base.frame)
                before = entries[name][0] if name in entries else UNDEFINED
                if isinstance(before, FieldValidator):
                    raise _StoppedError(place)
                entries[name] = (one_of([written, before]), place)
        elif isinstance(value, ObjectLiteral):
            for prop in value.expr.props:
                place = Stop(value.module, Span(prop.value.start, prop.value.end), "its type is not known")
                inner = self.ev.expr(value.module, prop.value, value.frame)
                if prop.kind == "spread":
                    self._spread(value.module, prop.value, inner, place, entries)
                elif prop.key is None or prop.kind in ("getter", "setter", "method"):
                    raise _StoppedError(Stop(place.module, place.span, "its key or value is computed"))
                elif isinstance(prop.value, ir.Array) and self._is_readonly(value.module, prop.value):
                    why = "`as const` makes it readonly, which no validator's type is"
                    raise _StoppedError(Stop(place.module, place.span, why))
                else:
                    inner = as_bounded(self.ev, value.module, prop.value, inner)
                    inner = of_choice(self.ev, value.module, prop.value, inner, value.frame)
                    unsaid = self._declared_any(value.module, prop.value, inner, value.frame)
                    entries[prop.key] = (inner if unsaid is None else unsaid, place)
        elif isinstance(value, Merged):
            for part in value.parts:
                self._collect(part, where, entries)
        elif isinstance(value, DocOf):
            fields = documents.doc_fields(self.ev, value.table)
            if fields is None or fields.open:
                raise _StoppedError(
                    Stop(where.module, where.span, f"the fields of `{value.table}` are not all known")
                )
            self._collect(fields, where, entries)
        elif isinstance(value, PageOf):
            self._collect(page_fields(value), where, entries)
        elif isinstance(value, Fields):
            if value.open:
                raise _StoppedError(Stop(where.module, where.span, "not all of its fields are known"))
            earlier = set(entries)
            for name, entry, optional in value.entries:
                if optional and name in entries:
                    known = entries[name][0]
                    if isinstance(known, FieldValidator):
                        raise _StoppedError(where)
                    kept = [m for m in members(entry) if m != UNDEFINED]
                    entry = one_of([known, *kept])
                entries[name] = (entry, where)
            self._keep_declared(value, where, entries, earlier)
        elif value not in (UNDEFINED, NULL, Lit(False), FALSY):
            raise _StoppedError(where)

    def _keep_declared(
        self, value: Fields, where: Stop, entries: dict[str, tuple[_Entry, Stop]], earlier: set[str]
    ) -> None:
        """Fields in which the schema, or the validator that they were read off, declares a `v.any()` are what it
        says."""
        names = {name for name, _, _ in value.entries}
        for name, said in value.anys:
            if name in names and is_known(said.validator) and (name not in earlier or not said.optional):
                entries[name] = (said, where)
        definition = self.ev.tables.get(value.table or "")
        if definition is None or not isinstance(definition.validator, ObjectValidator):
            return
        for name, _, _ in value.entries:
            field = definition.validator.fields.get(name)
            if field is not None and name not in earlier and holds_any(field.validator):
                entries[name] = (field, where)

    def _spread(
        self,
        module: Module,
        node: ir.Expr,
        value: Value,
        where: Stop,
        entries: dict[str, tuple[_Entry, Stop]],
    ) -> None:
        """What `...node` brings. Nothing comes of null, so the fields are optional where it may be that."""
        if not isinstance(value, OneOf):
            self._collect(value, where, entries)
            return
        ways: list[dict[str, tuple[_Entry, Stop]]] = []
        for member in value.members:
            way: dict[str, tuple[_Entry, Stop]] = {}
            if member not in NOTHING and member != Lit(False):
                self._collect(member, where, way)
            if way not in ways:
                ways.append(way)
        for name in dict.fromkeys(name for way in ways for name in way):
            otherwise = entries.get(name, (UNDEFINED, where))[0]
            found = [way[name][0] if name in way else otherwise for way in ways]
            entries[name] = (_either(found, where), where)


def _either(found: list[_Entry], where: Stop) -> _Entry:
    """One entry for all ways in which a field comes about; what the schema declares mixes with nothing but absence."""
    values = [entry for entry in found if not isinstance(entry, FieldValidator)]
    declared = [entry for entry in found if isinstance(entry, FieldValidator)]
    if not declared:
        return one_of(values)
    if any(value != UNDEFINED for value in values):
        raise _StoppedError(where)
    return FieldValidator(declared[0].validator, bool(values) or any(entry.optional for entry in declared))


@query
def _inference(program: Program) -> ReturnInference:
    return ReturnInference(program.ev)


@query
def inferred_returns(program: Program, function: RegisteredFunction) -> Returns:
    """What the handler of a function returns, as a validator."""
    return _inference(program).of(function)
