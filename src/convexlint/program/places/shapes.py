"""Handler results against the `returns` validator: only what certainly is refused (convex-facts 6).

Values know nothing of control flow, so a result counts only where every possibility but null is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.registration import bare
from convexlint.program.evaluation.values import (
    NOTHING,
    UNKNOWN,
    DocOf,
    IdOf,
    ListOf,
    Lit,
    ObjectLiteral,
    PageOf,
    PromiseOf,
    Scalar,
    Value,
    members,
)
from convexlint.program.model import FunctionRef, Module, RegisteredFunction, Table
from convexlint.program.places.sites import all_sites
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
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
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_SYSTEM = ("_id", "_creationTime")
_KINDS = {"number": "number", "string": "string", "boolean": "boolean", "bigint": "int64", "bytes": "bytes"}
# Methods of texts, numbers and lists that always give something.
_ALWAYS = frozenset(
    """charAt concat every filter flatMap includes indexOf join lastIndexOf map padEnd padStart repeat replace
    replaceAll reverse slice some sort split startsWith endsWith substring toFixed toISOString toLowerCase
    toPrecision toSorted toString toUpperCase trim trimEnd trimStart""".split()  # noqa: SIM905
)
_CONSTANTS = (ir.Text, ir.Number, ir.Template, ir.Object, ir.Array, ir.Lambda)


class Refusal(Struct, frozen=True):
    """Why a value is refused. `text`: what a message says. `table`, `fields`: a document of that table has
    these fields, which the object validator `wanted` lacks. `certain`: False where the fields are optional, so that
    only documents which have them are refused."""

    text: str
    table: str = ""
    fields: tuple[str, ...] = ()
    wanted: ObjectValidator | None = None
    certain: bool = True


class Mismatch(Struct, frozen=True, eq=False):
    """A returned expression, at `span` of `module`, that `function.returns` certainly refuses."""

    function: RegisteredFunction
    module: Module
    span: Span
    refusal: Refusal


class Shapes:
    """Compares the results of the registered functions of a program."""

    def __init__(
        self, ev: Evaluator, tables: Mapping[str, Table], functions: tuple[RegisteredFunction, ...]
    ) -> None:
        self._ev = ev
        self._tables = tables
        self._functions = functions

    def all(self) -> Iterator[Mismatch]:
        for function in self._functions:
            validator, handler = function.returns.validator, function.handler
            if validator is None or handler is None or function.custom or function.wrapper is not None:
                continue
            facts = handler.module.facts.functions[handler.index]
            if facts.is_generator or function.kind == "httpAction" or handler.module.holds(b"delete "):
                continue
            for node in self._ev.world.index(handler.module).returns.get(handler.index, ()):
                refusal = self._returned(handler.module, node, validator)
                if refusal is not None and not refusal.certain and _speaks_of(handler, refusal.fields):
                    continue  # it may have asked for rows without it: `q.eq("deletedAt", undefined)`
                if refusal is not None:
                    yield Mismatch(function, handler.module, Span(node.start, node.end), refusal)

    def _returned(self, module: Module, node: ir.Expr, validator: Validator) -> Refusal | None:
        plain = bare(node)
        while isinstance(plain, ir.Await):
            plain = bare(plain.value)
        if isinstance(plain, (ir.Binary, ir.Conditional)) or _has_cast(node):
            return None
        value = self._ev.expr(module, node)
        while isinstance(value, PromiseOf):
            value = value.value
        kept = [m for m in members(value) if m not in NOTHING]
        if kept and len(kept) < len(members(value)) and self._is_narrowed(module, plain):
            return None
        if not kept:
            nothing = value in NOTHING
            return self.refused(value, validator) if nothing else None
        return self._every(kept, validator, isinstance(plain, ir.Object))

    def _every(self, values: list[Value], validator: Validator, direct: bool) -> Refusal | None:
        found: list[Refusal] = []
        for value in values:
            refusal = self.refused(value, validator, direct)
            if refusal is None:
                return None
            found.append(refusal)
        return next((refusal for refusal in found if not refusal.certain), found[0] if found else None)

    def _is_narrowed(self, module: Module, node: ir.Expr) -> bool:
        """Whether a test stands around the returned variable, which may leave null alone of it."""
        parent = self._ev.world.index(module).parent(node)
        while parent is not None and not isinstance(parent, ir.Function):
            if isinstance(parent, (ir.If, ir.Switch)):
                return True
            parent = self._ev.world.index(module).parent(parent)
        return False

    # ------------------------------------------------------------------------------------------- refusal

    def refused(self, value: Value, validator: Validator, direct: bool = False) -> Refusal | None:
        """Why `validator` certainly refuses `value`; None when it may pass. `direct`: an object literal that
        nothing can have changed since it was made."""
        if value is UNKNOWN or isinstance(validator, (AnyValidator, UnknownValidator)):
            return None
        if isinstance(validator, UnionValidator):
            found = [self.refused(value, member, direct) for member in validator.members]
            if not found or any(refusal is None for refusal in found):
                return None
            return _told([refusal for refusal in found if refusal is not None])
        if isinstance(value, DocOf):
            return self._document(value, validator)
        if isinstance(value, ObjectLiteral):
            return self._literal(value, validator, direct)
        if isinstance(value, (ListOf, PageOf)):
            return self._list(value, validator)
        if isinstance(value, (Lit, Scalar, IdOf)):
            return _scalar(value, validator)
        return None

    def _document(self, value: DocOf, validator: Validator) -> Refusal | None:
        what = f"a document of `{value.table}`"
        if isinstance(validator, (ScalarValidator, LiteralValidator, IdValidator, ArrayValidator)):
            return Refusal(f"{what}, where `returns` wants {_named(validator)}")
        table = self._tables.get(value.table)
        if not isinstance(validator, ObjectValidator) or table is None:
            return None
        if not isinstance(table.validator, ObjectValidator) or not table.validator.complete:
            return None
        fields = table.validator.fields
        required = (*_SYSTEM, *(name for name, field in fields.items() if not field.optional))
        if validator.complete:
            extra = tuple(name for name in required if name not in validator.fields)
            if extra:
                listed = ", ".join(f"`{name}`" for name in extra)
                return Refusal(f"{what}, which has {listed} besides", value.table, extra, validator)
        for name, field in validator.fields.items():
            if not field.optional and name not in fields and name not in _SYSTEM:
                return Refusal(f"{what}, which has no `{name}`")
        loose = tuple(
            name for name, field in fields.items() if field.optional and name not in validator.fields
        )
        if validator.complete and loose:
            listed = ", ".join(f"`{name}`" for name in loose)
            return Refusal(f"{what}, which may have {listed} besides", value.table, loose, validator, False)
        return None

    def _literal(self, value: ObjectLiteral, validator: Validator, direct: bool) -> Refusal | None:
        if isinstance(validator, (ScalarValidator, LiteralValidator, IdValidator, ArrayValidator)):
            return Refusal(f"an object, where `returns` wants {_named(validator)}")
        if not isinstance(validator, ObjectValidator):
            return None
        closed = True
        named: set[str] = set()
        for prop in value.expr.props:
            if prop.kind == "spread":
                brought = self._spread(value, prop)
                refusal = None if brought is None else self._besides(value, brought, validator)
                if refusal is not None:
                    return refusal
                named.update(brought or ())
                closed = closed and brought is not None
                continue
            if prop.key is None or prop.kind in ("getter", "setter"):
                closed = False
                continue
            named.add(prop.key)
            field = validator.fields.get(prop.key)
            if field is None and validator.complete and self._is_there(value, prop.value):
                return Refusal(f"an object with `{prop.key}`, which `returns` lacks", "", (prop.key,))
        if closed and direct:
            for name, wanted in validator.fields.items():
                if not wanted.optional and name not in named:
                    return Refusal(f"an object without `{name}`")
        return self._properties(value, validator)

    def _spread(self, value: ObjectLiteral, prop: ir.Prop) -> dict[str, str] | None:
        """The fields that a document which is spread surely brings, with its table; None where that is not known."""
        spread = self._ev.expr(value.module, prop.value, value.frame)
        if not isinstance(spread, DocOf):
            return None
        table = self._tables.get(spread.table)
        if table is None or not isinstance(table.validator, ObjectValidator) or not table.validator.complete:
            return None
        fields = table.validator.fields
        return dict.fromkeys(
            (*_SYSTEM, *(n for n, field in fields.items() if not field.optional)), spread.table
        )

    def _besides(
        self, value: ObjectLiteral, brought: dict[str, str], validator: ObjectValidator
    ) -> Refusal | None:
        """Fields of a document that is spread which the validator lacks, and which no other property takes away."""
        own = {prop.key for prop in value.expr.props}
        extra = tuple(name for name in brought if name not in validator.fields and name not in own)
        if not extra or not validator.complete:
            return None
        listed = ", ".join(f"`{name}`" for name in extra)
        table = brought[extra[0]]
        return Refusal(
            f"an object with {listed} of a document of `{table}`, which `returns` lacks", table, extra
        )

    def _is_there(self, value: ObjectLiteral, node: ir.Expr) -> bool:
        """Whether a property is surely sent: a constant, or a field that every document of its table has."""
        plain = bare(node)
        if isinstance(plain, _CONSTANTS) or self._is_made(value, plain):
            return True
        if not isinstance(plain, ir.Member) or id(plain) in self._ev.world.index(value.module).optional:
            return False
        holder = self._ev.expr(value.module, plain.object, value.frame)
        return isinstance(holder, DocOf) and self._has_always(holder.table, plain.name)

    def _is_made(self, value: ObjectLiteral, node: ir.Expr) -> bool:
        """Whether an operator, or a method of a text, number or list, makes the value: it is never undefined."""
        if isinstance(node, ir.Binary):
            if node.op in ("&&", "||", "??"):
                return node.op != "&&" and self._is_there(value, node.right)
            return True
        if isinstance(node, ir.Unary):
            return node.op in ("!", "-", "+", "~", "typeof")
        if isinstance(node, ir.Conditional):
            return self._is_there(value, node.yes) and self._is_there(value, node.no)
        if isinstance(node, ir.Await):
            made = self._ev.expr(value.module, node, value.frame)
            return isinstance(node.value, ir.Call) and all(isinstance(m, ListOf) for m in members(made))
        index = self._ev.world.index(value.module)
        if isinstance(node, ir.Name) and node.ref >= 0:
            definition = index.definitions.get(node.ref)
            plain = definition is not None and definition.keyword == "const" and not definition.path
            held = definition.expr if definition is not None and plain else None
            return held is not None and self._is_there(value, held)
        callee = node.callee if isinstance(node, ir.Call) else node
        if not isinstance(callee, ir.Member) or id(callee) in index.optional or id(node) in index.optional:
            return False
        receiver = self._ev.expr(value.module, callee.object, value.frame)
        known = all(isinstance(m, (Scalar, Lit, ListOf)) and m not in NOTHING for m in members(receiver))
        wanted = _ALWAYS if isinstance(node, ir.Call) else frozenset({"length"})
        return known and callee.name in wanted

    def _has_always(self, name: str, field: str) -> bool:
        table = self._tables.get(name)
        if table is None or not isinstance(table.validator, ObjectValidator):
            return False
        declared = table.validator.fields.get(field)
        return field in _SYSTEM or (declared is not None and not declared.optional)

    def _properties(self, value: ObjectLiteral, validator: ObjectValidator) -> Refusal | None:
        props = value.expr.props
        last = max(
            (n for n, prop in enumerate(props) if prop.key is None or prop.kind == "spread"), default=-1
        )
        for prop in props[last + 1 :]:  # what a spread may write over is not known
            field: FieldValidator | None = validator.fields.get(prop.key or "")
            plain = bare(prop.value)
            if field is None or _has_cast(prop.value) or isinstance(plain, (ir.Binary, ir.Conditional)):
                continue
            inner = self._ev.expr(value.module, prop.value, value.frame)
            kept = [m for m in members(inner) if m not in NOTHING]
            refusal = self._every(kept, field.validator, isinstance(plain, ir.Object)) if kept else None
            if refusal is not None:
                text = f"`{prop.key}`: {refusal.text}"
                return Refusal(text, refusal.table, refusal.fields, refusal.wanted, refusal.certain)
        return None

    def _list(self, value: ListOf | PageOf, validator: Validator) -> Refusal | None:
        if isinstance(value, PageOf):
            if not isinstance(validator, ObjectValidator):
                return None
            page = validator.fields.get("page")
            return None if page is None else self._list(ListOf(value.element), page.validator)
        if isinstance(validator, ArrayValidator):
            elements = [m for m in members(value.element) if m not in NOTHING]
            if len(elements) < len(members(value.element)):
                return None  # null among them: a filter may have left nothing else
            return self._every(elements, validator.element, False)
        if isinstance(validator, (ScalarValidator, LiteralValidator, IdValidator, ObjectValidator)):
            return Refusal(f"an array, where `returns` wants {_named(validator)}")
        return None


def _speaks_of(handler: FunctionRef, fields: tuple[str, ...]) -> bool:
    """Whether the function that returns a document names one of these fields anywhere."""
    function = handler.module.facts.functions[handler.index]
    source = handler.module.source[function.start : function.end]
    return any(re.search(rb"\b" + re.escape(field.encode()) + rb"\b", source) for field in fields)


def _told(found: list[Refusal]) -> Refusal:
    """What is told of a union whose members all refuse a value."""
    loose = [refusal for refusal in found if not refusal.certain]
    return (loose or [refusal for refusal in found if refusal.fields] or found)[0]


def _scalar(value: Lit | Scalar | IdOf, validator: Validator) -> Refusal | None:
    if isinstance(value, IdOf):
        if isinstance(validator, IdValidator) and validator.table not in (None, value.table):
            return Refusal(f"an id of `{value.table}`, where `returns` wants {_named(validator)}")
        kind = "string"
    elif isinstance(value, Lit):
        kind = {bool: "boolean", str: "string"}.get(type(value.value), "number")
    else:
        kind = "null" if value in NOTHING else _KINDS.get(value.kind, "")
    if not kind:
        return None
    what = "null" if kind == "null" else f"a {kind}"
    text = f"{what}, where `returns` wants {_named(validator)}"
    if isinstance(validator, ScalarValidator):
        loose = isinstance(value, Scalar) and {kind, validator.kind} == {"number", "int64"}
        return None if kind == validator.kind or loose else Refusal(text)
    if isinstance(validator, LiteralValidator):
        same = isinstance(value, Lit) and value.value == validator.value
        open_ended = not isinstance(value, Lit) and kind != "null"
        return None if same or open_ended else Refusal(text)
    if isinstance(validator, IdValidator):
        return None if kind == "string" else Refusal(text)
    if isinstance(validator, (ArrayValidator, ObjectValidator, RecordValidator)):
        return Refusal(text)
    return None


def _has_cast(node: ir.Expr) -> bool:
    """A cast says what TypeScript is to believe, not what is there."""
    while isinstance(node, (ir.Cast, ir.Await)):
        if isinstance(node, ir.Cast) and node.kind == "as":
            return True
        node = node.value
    return False


def _named(validator: Validator) -> str:
    """A validator in words."""
    if isinstance(validator, ScalarValidator):
        return "null" if validator.kind == "null" else f"a {validator.kind}"
    if isinstance(validator, IdValidator):
        return f"an id of `{validator.table}`" if validator.table else "an id"
    if isinstance(validator, LiteralValidator):
        return f"the literal `{validator.value}`"
    return "an array" if isinstance(validator, ArrayValidator) else "an object"


@listed
def return_mismatches(program: Program) -> Iterator[Mismatch]:
    """Results that the `returns` validators of their functions certainly refuse, by function."""
    yield from Shapes(program.ev, program.schema.tables, program.functions).all()


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
