"""Validators as source text, in the manner of the module they are written into."""

from __future__ import annotations

from collections.abc import Mapping

from convexlint.program.evaluation.validate import with_system_fields
from convexlint.program.inference.inferred import DocumentValidator, PageValidator, same
from convexlint.program.model import Module, Table
from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    UnionValidator,
    Validator,
)
from convexlint.program.writing.editing import line_indent, quoted
from convexlint.structs import Struct

WIDTH = 88  # an object longer than this is broken over lines


class Manner(Struct, frozen=True):
    """How a module writes validators.

    `v`: its name for `v`. `named`: validators that have a name there, by that name. `schema`: its name for the
    schema when the project writes `schema.doc("t")`, else None. `page`: its name for `paginationResultValidator`, None
    where it spells pages out. `unit`: one step of indentation. `comma`: a trailing comma in broken objects.
    """

    module: Module
    v: str
    named: Mapping[str, Validator]
    schema: str | None
    page: str | None
    tables: Mapping[str, Table]
    unit: str = "  "
    comma: str = ","


def validator_text(validator: Validator, manner: Manner, offset: int) -> str:
    """The source of `validator` for a place on the line that holds `offset`."""
    return _text(validator, manner, line_indent(manner.module, offset))


def indent_unit(module: Module) -> str:
    """One step of indentation: a tab, or the smallest number of spaces that a line begins with (2 if none)."""
    if b"\n\t" in module.source:
        return "\t"
    widths = [
        len(line) - len(line.lstrip(b" ")) for line in module.source.split(b"\n") if line.startswith(b" ")
    ]
    return " " * min((w for w in widths if w > 1), default=2)


def _text(validator: Validator, manner: Manner, indent: str) -> str:
    if isinstance(validator, DocumentValidator):
        return _document(validator.table, manner, indent)
    if isinstance(validator, PageValidator):
        return _page(validator, manner, indent)
    for name, known in manner.named.items():
        if isinstance(validator, (ObjectValidator, UnionValidator)) and same(validator, known):
            return name
    return _plain(validator, manner, indent)


def _document(table: str, manner: Manner, indent: str) -> str:
    whole = with_system_fields(manner.tables[table].validator, table)
    for name, known in manner.named.items():
        if same(whole, known):
            return name
    if manner.schema is not None:
        return f"{manner.schema}.doc({quoted(manner.module, table)})"
    return _plain(whole, manner, indent)


def _page(page: PageValidator, manner: Manner, indent: str) -> str:
    if manner.page is not None:
        return f"{manner.page}({_text(page.item, manner, indent)})"
    v = manner.v
    inner = indent + manner.unit
    statuses = [f"{v}.literal({quoted(manner.module, s)})" for s in ("SplitRecommended", "SplitRequired")]
    entries = [
        f"page: {v}.array({_text(page.item, manner, inner)})",
        f"isDone: {v}.boolean()",
        f"continueCursor: {v}.string()",
        f"splitCursor: {v}.optional({v}.union({v}.string(), {v}.null()))",
        f"pageStatus: {v}.optional({v}.union({', '.join(statuses)}, {v}.null()))",
    ]
    return _braces(entries, f"{v}.object(", manner, indent)


def _plain(validator: Validator, manner: Manner, indent: str) -> str:
    v = manner.v
    if isinstance(validator, ScalarValidator):
        return f"{v}.{validator.kind}()"
    if isinstance(validator, IdValidator):
        return f"{v}.id({quoted(manner.module, validator.table or '')})"
    if isinstance(validator, LiteralValidator):
        return f"{v}.literal({_literal(validator.value, manner.module)})"
    if isinstance(validator, ArrayValidator):
        return f"{v}.array({_text(validator.element, manner, indent)})"
    if isinstance(validator, RecordValidator):
        return f"{v}.record({_text(validator.key, manner, indent)}, {_text(validator.value, manner, indent)})"
    if isinstance(validator, UnionValidator):
        return f"{v}.union({', '.join(_text(m, manner, indent) for m in validator.members)})"
    if isinstance(validator, ObjectValidator):
        entries = []
        for name, field in validator.fields.items():
            inner = _text(field.validator, manner, indent + manner.unit)
            entries.append(f"{name}: {v}.optional({inner})" if field.optional else f"{name}: {inner}")
        return _braces(entries, f"{v}.object(", manner, indent)
    assert isinstance(validator, AnyValidator)  # inference lets nothing unknown through
    return f"{v}.any()"


def _braces(entries: list[str], start: str, manner: Manner, indent: str) -> str:
    if not entries:
        return f"{start}{{}})"
    line = f"{start}{{ {', '.join(entries)} }})"
    if len(line) + len(indent) <= WIDTH and "\n" not in line:
        return line
    inner = indent + manner.unit
    body = f",\n{inner}".join(entries)
    return f"{start}{{\n{inner}{body}{manner.comma}\n{indent}}})"


def _literal(value: str | float | bool, module: Module) -> str:
    if isinstance(value, str):
        return quoted(module, value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if value.is_integer() else repr(value)
