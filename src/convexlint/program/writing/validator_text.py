"""Validators as source text, in the manner of the module they are written into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Union

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
from convexlint.structs import Struct, replace

_WIDTHS = (80, 100, 120)
_FITTING = 0.95  # so many of a module's lines fit into its width


class Manner(Struct, frozen=True):
    """How a module writes validators.

    `v`: its name for `v`. `named`: validators that have a name there, by that name. `schema`: its name for the
    schema when the project writes `schema.doc("t")`, else None. `page`: its name for `paginationResultValidator`, None
    where it spells pages out. `fields`: by table, what spreads the fields of its documents (`...eventFields`). `unit`:
    one step of indentation. `comma`: a trailing comma in what is broken over lines. `width`: columns of a line.
    `declared`: where the names of the module's own constants can be used from on: a module runs from top to bottom.
    """

    module: Module
    v: str
    named: Mapping[str, Validator]
    schema: str | None
    page: str | None
    tables: Mapping[str, Table]
    fields: Mapping[str, str] = {}
    unit: str = "  "
    comma: str = ","
    width: int = _WIDTHS[0]
    declared: Mapping[str, int] = {}

    def at(self, offset: int) -> Manner:
        """The same for code at `offset`, with the names that can be used there."""
        early = {name: one for name, one in self.named.items() if self.declared.get(name, 0) <= offset}
        return self if len(early) == len(self.named) else replace(self, named=early)


def validator_text(validator: Validator, manner: Manner, offset: int, lead: str = "") -> str:
    """The source of `validator` for a place on the line that holds `offset`, behind the text `lead`."""
    manner = manner.at(offset)
    indent = line_indent(manner.module, offset)
    return _laid_out(_tree(validator, manner), manner, indent, _columns(indent) + len(lead))


def width_of(module: Module) -> int:
    """The width that nearly all lines of code keep: 80, 100 or 120 columns (80 for small modules)."""
    lines = [line.rstrip() for line in module.source.split(b"\n")]
    code = [
        len(line) for line in lines if line and not line.lstrip().startswith((b"//", b"*", b"/*", b"import "))
    ]
    for width in _WIDTHS[:-1]:
        if sum(length <= width for length in code) >= _FITTING * len(code):
            return width
    return _WIDTHS[-1] if len(code) > 10 else _WIDTHS[0]


def indent_unit(module: Module) -> str:
    """One step of indentation: a tab, or the smallest number of spaces that a line begins with (2 if none)."""
    if b"\n\t" in module.source:
        return "\t"
    widths = [
        len(line) - len(line.lstrip(b" ")) for line in module.source.split(b"\n") if line.startswith(b" ")
    ]
    return " " * min((w for w in widths if w > 1), default=2)


class _Call(Struct, frozen=True):
    """`v.union(a, b)`, still without line breaks. `names`: the keys where it takes one object: `v.object({ ... })`;
    "" for an entry without a key (a spread)."""

    head: str
    parts: tuple[_Tree, ...]
    names: tuple[str, ...] | None = None


_Tree = Union[str, _Call]


def _flat(tree: _Tree) -> str:
    if isinstance(tree, str):
        return tree
    parts = [_flat(part) for part in tree.parts]
    if tree.names is None:
        return f"{tree.head}({', '.join(parts)})"
    entries = [f"{name}: {part}" if name else part for name, part in zip(tree.names, parts, strict=True)]
    return f"{tree.head}({{ {', '.join(entries)} }})" if entries else f"{tree.head}({{}})"


def _laid_out(tree: _Tree, manner: Manner, indent: str, column: int) -> str:
    """`tree` from `column` of a line with this `indent` on: on that line if it fits, else each part on its own."""
    flat = _flat(tree)
    if isinstance(tree, str) or column + len(flat) + 1 <= manner.width:
        return flat
    inner = indent + manner.unit
    lines = []
    for number, part in enumerate(tree.parts):
        name = tree.names[number] if tree.names is not None else ""
        lead = f"{name}: " if name else ""
        lines.append(inner + lead + _laid_out(part, manner, inner, _columns(inner) + len(lead)))
    start, end = ("({", "})") if tree.names is not None else ("(", ")")
    return f"{tree.head}{start}\n" + ",\n".join(lines) + f"{manner.comma}\n{indent}{end}"


def _columns(text: str) -> int:
    return len(text) + text.count(
        "\t"
    )  # a tab is two columns wide, as formatters count it unless told otherwise


def _tree(validator: Validator, manner: Manner) -> _Tree:
    if isinstance(validator, DocumentValidator):
        return _document(validator.table, manner)
    if isinstance(validator, PageValidator):
        return _page(validator, manner)
    for name, known in manner.named.items():
        if isinstance(validator, (ObjectValidator, UnionValidator)) and same(validator, known):
            return name
    return _plain(validator, manner)


def _document(table: str, manner: Manner) -> _Tree:
    whole = with_system_fields(manner.tables[table].validator, table)
    for name, known in manner.named.items():
        if same(whole, known):
            return name
    if manner.schema is not None:
        return f"{manner.schema}.doc({quoted(manner.module, table)})"
    spread = manner.fields.get(table)
    if spread is not None:
        v = manner.v
        system: tuple[_Tree, ...] = (f"{v}.id({quoted(manner.module, table)})", f"{v}.number()")
        return _Call(f"{v}.object", (f"...{spread}", *system), ("", "_id", "_creationTime"))
    return _plain(whole, manner)


def _page(page: PageValidator, manner: Manner) -> _Tree:
    item = _tree(page.item, manner)
    if manner.page is not None:
        return _Call(manner.page, (item,))
    v = manner.v
    statuses = [f"{v}.literal({quoted(manner.module, s)})" for s in ("SplitRecommended", "SplitRequired")]
    entries: dict[str, _Tree] = {
        "page": _Call(f"{v}.array", (item,)),
        "isDone": f"{v}.boolean()",
        "continueCursor": f"{v}.string()",
        "splitCursor": f"{v}.optional({v}.union({v}.string(), {v}.null()))",
        "pageStatus": _Call(f"{v}.optional", (_Call(f"{v}.union", (*statuses, f"{v}.null()")),)),
    }
    return _Call(f"{v}.object", tuple(entries.values()), tuple(entries))


def _plain(validator: Validator, manner: Manner) -> _Tree:
    v = manner.v
    if isinstance(validator, ScalarValidator):
        return f"{v}.{validator.kind}()"
    if isinstance(validator, IdValidator):
        return f"{v}.id({quoted(manner.module, validator.table or '')})"
    if isinstance(validator, LiteralValidator):
        return f"{v}.literal({_literal(validator.value, manner.module)})"
    if isinstance(validator, ArrayValidator):
        return _Call(f"{v}.array", (_tree(validator.element, manner),))
    if isinstance(validator, RecordValidator):
        return _Call(f"{v}.record", (_tree(validator.key, manner), _tree(validator.value, manner)))
    if isinstance(validator, UnionValidator):
        return _Call(f"{v}.union", tuple(_tree(m, manner) for m in validator.members))
    if isinstance(validator, ObjectValidator):
        entries: dict[str, _Tree] = {}
        for name, field in validator.fields.items():
            inner = _tree(field.validator, manner)
            entries[name] = _Call(f"{v}.optional", (inner,)) if field.optional else inner
        return _Call(f"{v}.object", tuple(entries.values()), tuple(entries))
    assert isinstance(validator, AnyValidator)  # inference lets nothing unknown through
    return f"{v}.any()"


def _literal(value: str | float | bool, module: Module) -> str:
    if isinstance(value, str):
        return quoted(module, value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if value.is_integer() else repr(value)
