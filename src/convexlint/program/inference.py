"""What a handler returns, as a validator: read off the values of its `return`s.

Inference is all or nothing. A value that is not known to its last field stops it, and the answer says at which
expression; nothing is ever filled up with `v.any()`. (`v.any()` appears only where the project's own schema or
validators say so.) The validator may be wider than need be, never narrower: `string` for a literal that stands
alone, `null` where a check that throws has ruled it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from convexlint.findings import Span
from convexlint.program import documents
from convexlint.program.model import Module, RegisteredFunction, Table
from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    FieldValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    UnionValidator,
    UnknownValidator,
    Validator,
)
from convexlint.program.values import (
    FALSY,
    UNDEFINED,
    VOID,
    DocOf,
    Fields,
    IdOf,
    ListOf,
    Lit,
    Merged,
    ObjectLiteral,
    OneOf,
    PageOf,
    PromiseOf,
    RecordOf,
    Scalar,
    Value,
    one_of,
)

if TYPE_CHECKING:
    from convexlint.program.evaluate import Evaluator

_NULL = ScalarValidator("null")
_SCALARS = {
    "string": ScalarValidator("string"),
    "number": ScalarValidator("number"),
    "boolean": ScalarValidator("boolean"),
    "bigint": ScalarValidator("int64"),
    "bytes": ScalarValidator("bytes"),
    "null": _NULL,
}
MAX_DEPTH = 12


@dataclass(frozen=True, slots=True)
class DocumentValidator:
    """A whole document of a table, to be written in the project's own manner."""

    table: str


@dataclass(frozen=True, slots=True)
class PageValidator:
    """The result of `.paginate()`."""

    item: Inferred


@dataclass(frozen=True, slots=True)
class NothingYet:
    """The element of an empty array: whatever another path puts there."""


_EMPTY_ARRAY = ArrayValidator(NothingYet())  # type: ignore[arg-type]  # gone before anything is written

Inferred = Validator | DocumentValidator | PageValidator


@dataclass(frozen=True, slots=True)
class Stop:
    """The expression that inference could not see through."""

    module: Module
    span: Span
    why: str


@dataclass(frozen=True, slots=True)
class Returns:
    """`validator` None: `stop` says which expression is to blame."""

    validator: Inferred | None
    stop: Stop | None


class _StoppedError(Exception):
    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.why)
        self.stop = stop


class ReturnInference:
    """Infers for the functions of one program."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._empty: Stop | None = None

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
        found: list[Inferred] = []
        self._empty = None
        try:
            for node in index.returns.get(handler.index, ()):
                value = self._unwrapped(self.ev.expr(module, node))
                where = Stop(module, Span(node.start, node.end), "its type is not known")
                found.append(self._convert(value, where, 0))
        except _StoppedError as stopped:
            return Returns(None, stopped.stop)
        if (
            not found
            or index.bare_returns.get(handler.index)
            or _may_fall_through(facts.body, facts.expression)
        ):
            found.append(_NULL)  # undefined reaches the caller as null (convex-facts 2.2)
        whole = self._union(found)
        if self._empty is not None and _has_gap(whole):
            return Returns(None, self._empty)
        return Returns(whole, None)

    def _unwrapped(self, value: Value) -> Value:
        if isinstance(value, PromiseOf):
            return self._unwrapped(value.value)
        if isinstance(value, OneOf) and any(isinstance(m, PromiseOf) for m in value.members):
            return one_of([self._unwrapped(m) for m in value.members])
        return value

    # --------------------------------------------------------------------------------------------- values

    def _convert(self, value: Value, where: Stop, depth: int) -> Inferred:
        if depth > MAX_DEPTH:
            raise _StoppedError(where)
        if isinstance(value, OneOf):
            return self._union([self._convert(m, where, depth + 1) for m in value.members])
        if value in (UNDEFINED, VOID):
            return _NULL
        if isinstance(value, Scalar):
            scalar = _SCALARS.get(value.kind)
            if scalar is None:
                why = "a Date is no Convex value" if value.kind == "date" else where.why
                raise _StoppedError(Stop(where.module, where.span, why))
            return scalar
        if isinstance(value, Lit):
            return LiteralValidator(value.value) if value.declared else _SCALARS[_scalar_of(value)]
        if isinstance(value, IdOf):
            return IdValidator(value.table)
        if isinstance(value, DocOf):
            return self._document(value.table, where)
        if isinstance(value, ListOf):
            return self._list(value, where, depth)
        if isinstance(value, PageOf):
            return PageValidator(self._convert(value.element, where, depth + 1))
        if isinstance(value, RecordOf):
            return RecordValidator(
                _plain(self._convert(value.key, where, depth + 1)), self._inner(value.value, where, depth)
            )
        if isinstance(value, (Fields, ObjectLiteral, Merged)):
            return self._object(value, where, depth)
        raise _StoppedError(where)

    def _inner(self, value: Value, where: Stop, depth: int) -> Validator:
        """A value inside a structure; documents and pages are nested like validators."""
        return self._convert(value, where, depth + 1)  # type: ignore[return-value]  # rendering knows both

    def _list(self, value: ListOf, where: Stop, depth: int) -> Inferred:
        if value.items == ():
            self._empty = self._empty or Stop(
                where.module, where.span, "an empty array does not tell what it may hold"
            )
            return _EMPTY_ARRAY
        return ArrayValidator(self._inner(value.element, where, depth))

    def _document(self, table: str, where: Stop) -> Inferred:
        definition = self.ev.tables.get(table)
        if definition is None or not _is_complete(definition):
            raise _StoppedError(Stop(where.module, where.span, f"the fields of `{table}` are not all known"))
        return DocumentValidator(table)

    def _object(self, value: Fields | ObjectLiteral | Merged, where: Stop, depth: int) -> Inferred:
        entries: dict[str, tuple[Value, Stop]] = {}
        self._collect(value, where, entries)
        fields: dict[str, FieldValidator] = {}
        for name, (entry, place) in entries.items():
            parts = entry.members if isinstance(entry, OneOf) else (entry,)
            kept = [p for p in parts if p not in (UNDEFINED, VOID)]
            if not kept:
                continue  # `undefined` fields are left out of what is sent
            validator = self._inner(one_of(kept), place, depth)
            fields[name] = FieldValidator(validator, len(kept) < len(parts))
        return ObjectValidator(fields, True)

    def _collect(self, value: Value, where: Stop, entries: dict[str, tuple[Value, Stop]]) -> None:
        """The entries of an object in order; later ones replace earlier ones, optional ones widen them."""
        if isinstance(value, ObjectLiteral):
            for prop in value.expr.props:
                place = Stop(value.module, Span(prop.value.start, prop.value.end), "its type is not known")
                inner = self.ev.expr(value.module, prop.value, value.frame)
                if prop.kind == "spread":
                    self._collect(inner, place, entries)
                elif prop.key is None or prop.kind in ("getter", "setter", "method"):
                    raise _StoppedError(Stop(place.module, place.span, "its key or value is computed"))
                else:
                    entries[prop.key] = (inner, place)
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
        elif isinstance(value, Fields):
            if value.open:
                raise _StoppedError(Stop(where.module, where.span, "not all of its fields are known"))
            for name, entry, optional in value.entries:
                known = entries.get(name)
                if optional and known is not None:
                    kept = [
                        m for m in (entry.members if isinstance(entry, OneOf) else (entry,)) if m != UNDEFINED
                    ]
                    entry = one_of([known[0], *kept])
                entries[name] = (entry, where)
        elif value not in (UNDEFINED, Scalar("null"), Lit(False), FALSY):
            raise _StoppedError(where)

    # --------------------------------------------------------------------------------------------- unions

    def _union(self, found: list[Inferred]) -> Inferred:
        flat: list[Inferred] = []
        for validator in found:
            for member in validator.members if isinstance(validator, UnionValidator) else (validator,):
                if not any(same(member, other) for other in flat):
                    flat.append(member)
        flat = _merged_objects(_without_pages(_without_literals(flat)))
        if any(isinstance(m, ArrayValidator) and m != _EMPTY_ARRAY for m in flat):
            flat = [m for m in flat if m != _EMPTY_ARRAY]
        if len(flat) == 1:
            return flat[0]
        flat.sort(key=lambda m: m == _NULL)  # null last, as people write it
        return UnionValidator(tuple(flat))  # type: ignore[arg-type]  # rendering knows documents and pages


def _merged_objects(flat: list[Inferred]) -> list[Inferred]:
    """Objects that agree in the fields they share become one, with the others optional."""
    kept: list[Inferred] = []
    for validator in flat:
        for number, other in enumerate(kept):
            if isinstance(validator, ObjectValidator) and isinstance(other, ObjectValidator):
                merged = _merge(other, validator)
                if merged is not None:
                    kept[number] = merged
                    break
        else:
            kept.append(validator)
    return kept


def _without_pages(flat: list[Inferred]) -> list[Inferred]:
    """`{ page: [], isDone: true, continueCursor: "" }` beside a page of documents is an empty page."""
    if not any(isinstance(m, PageValidator) for m in flat):
        return flat
    page = {"page", "isDone", "continueCursor"}
    return [
        m
        for m in flat
        if not (
            isinstance(m, ObjectValidator)
            and set(m.fields) == page
            and m.fields["page"].validator == _EMPTY_ARRAY
        )
    ]


def _has_gap(validator: object) -> bool:
    """Whether some array in it is still without an element."""
    if isinstance(validator, NothingYet):
        return True
    if isinstance(validator, ArrayValidator):
        return _has_gap(validator.element)
    if isinstance(validator, ObjectValidator):
        return any(_has_gap(f.validator) for f in validator.fields.values())
    if isinstance(validator, UnionValidator):
        return any(_has_gap(m) for m in validator.members)
    if isinstance(validator, RecordValidator):
        return _has_gap(validator.value)
    return isinstance(validator, PageValidator) and _has_gap(validator.item)


def _merge(a: ObjectValidator, b: ObjectValidator) -> ObjectValidator | None:
    shared = [name for name in a.fields if name in b.fields]
    if not shared or not all(_fit(a.fields[n].validator, b.fields[n].validator) for n in shared):
        return None
    fields = {}
    for name in (*a.fields, *(n for n in b.fields if n not in a.fields)):
        known = [f for f in (a.fields.get(name), b.fields.get(name)) if f is not None]
        full = next((f.validator for f in known if f.validator != _EMPTY_ARRAY), known[0].validator)
        fields[name] = FieldValidator(full, len(known) < 2 or any(f.optional for f in known))
    return ObjectValidator(fields, a.complete and b.complete)


def _fit(a: Validator, b: Validator) -> bool:
    arrays = isinstance(a, ArrayValidator) and isinstance(b, ArrayValidator)
    return same(a, b) or (arrays and _EMPTY_ARRAY in (a, b))


def _without_literals(flat: list[Inferred]) -> list[Inferred]:
    """Literals beside their own scalar say nothing; a boolean is both of its literals."""
    kinds = {m.kind for m in flat if isinstance(m, ScalarValidator)}
    literals = [m for m in flat if isinstance(m, LiteralValidator)]
    booleans = {m.value for m in literals if isinstance(m.value, bool)}
    if len(booleans) == 2 or (booleans and "boolean" in kinds):
        kept = [m for m in flat if not (isinstance(m, LiteralValidator) and isinstance(m.value, bool))]
        flat = kept if "boolean" in kinds else [*kept, ScalarValidator("boolean")]
    return [m for m in flat if not (isinstance(m, LiteralValidator) and _scalar_of(m) in kinds)]


def _scalar_of(literal: LiteralValidator | Lit) -> str:
    if isinstance(literal.value, bool):
        return "boolean"
    return "string" if isinstance(literal.value, str) else "number"


def same(a: object, b: object) -> bool:
    """Structural equality; object validators compare by their fields."""
    if isinstance(a, ObjectValidator) and isinstance(b, ObjectValidator):
        return (
            a.complete == b.complete
            and set(a.fields) == set(b.fields)
            and all(
                f.optional == b.fields[k].optional and same(f.validator, b.fields[k].validator)
                for k, f in a.fields.items()
            )
        )
    if isinstance(a, ArrayValidator) and isinstance(b, ArrayValidator):
        return same(a.element, b.element)
    if isinstance(a, RecordValidator) and isinstance(b, RecordValidator):
        return same(a.key, b.key) and same(a.value, b.value)
    if isinstance(a, UnionValidator) and isinstance(b, UnionValidator):
        return len(a.members) == len(b.members) and all(any(same(m, n) for n in b.members) for m in a.members)
    if isinstance(a, PageValidator) and isinstance(b, PageValidator):
        return same(a.item, b.item)
    return type(a) is type(b) and a == b


def _plain(validator: Inferred) -> Validator:
    """A record's key: Convex takes strings and ids there, no literals (convex-facts 6)."""
    if isinstance(validator, (IdValidator, ScalarValidator)):
        return validator
    return ScalarValidator("string")


def _is_complete(table: Table) -> bool:
    def known(validator: Validator) -> bool:
        if isinstance(validator, (UnknownValidator,)) or validator == IdValidator(None):
            return False
        if isinstance(validator, ArrayValidator):
            return known(validator.element)
        if isinstance(validator, ObjectValidator):
            return validator.complete and all(known(f.validator) for f in validator.fields.values())
        if isinstance(validator, RecordValidator):
            return known(validator.key) and known(validator.value)
        if isinstance(validator, UnionValidator):
            return all(known(m) for m in validator.members)
        return True

    return known(table.validator) and not isinstance(table.validator, AnyValidator)


def _may_fall_through(body: tuple[object, ...], expression: object) -> bool:
    """Whether control can reach the end of a function without a return or throw."""
    return expression is None and not _ends(body)


def _ends(body: tuple[object, ...]) -> bool:
    from convexlint.facts import ir

    for statement in body:
        if isinstance(statement, (ir.Return, ir.Throw)):
            return True
        if isinstance(statement, ir.If) and statement.no and _ends(statement.yes) and _ends(statement.no):
            return True
        if isinstance(statement, ir.Block) and _ends(statement.body):
            return True
        if isinstance(statement, ir.Try):
            if _ends(statement.final):
                return True
            if _ends(statement.body) and (statement.handler is None or _ends(statement.handler)):
                return True
        if isinstance(statement, ir.Loop) and statement.kind in ("while", "for") and _endless(statement):
            return True
        if isinstance(statement, ir.Switch) and _switch_ends(statement):
            return True
    return False


def _endless(loop: object) -> bool:
    from convexlint.facts import ir

    assert isinstance(loop, ir.Loop)
    always = loop.source is None or (isinstance(loop.source, ir.Atom) and loop.source.kind == "true")
    return always and not any(isinstance(s, ir.Jump) for s in loop.body)


def _switch_ends(switch: object) -> bool:
    from convexlint.facts import ir

    assert isinstance(switch, ir.Switch)
    if not any(case.test is None for case in switch.cases):
        return False
    return all(_ends(case.body) for case in switch.cases if case.body) and bool(
        switch.cases and switch.cases[-1].body
    )
