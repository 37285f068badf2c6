"""An index name that lists its fields tells a reader of a query what the index can do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypedDict

from convexlint.findings import Category, Finding, Fix, Level, Suggestion
from convexlint.program.convex.naming import IndexStyle, is_usable, names_its_fields, prevailing_style
from convexlint.program.model import IndexDef, Table
from convexlint.program.places.index_uses import IndexLedger, ledger_of
from convexlint.program.program import Program
from convexlint.program.writing.editing import quoted, replace
from convexlint.program.writing.renamed_index import renamed
from convexlint.rules.rule import rule


@dataclass(frozen=True, slots=True)
class Options:
    """The form that names must have.

    Attributes:
        prefix: what every name starts with ("by_"); "any" asks for nothing, "" for no prefix.
        separator: what stands between the fields ("_and_", "_"); "any" takes nothing, `_`, or "and".
        casing: "any" compares in lower case and without `_`; "exact" compares letter by letter.
        fields: "all" wants every field in order, "first" at least the first one.
    """

    prefix: str = "any"
    separator: str = "any"
    casing: Literal["any", "exact"] = "any"
    fields: Literal["all", "first"] = "all"


@rule(category=Category.SCHEMA, level=Level.WARNING, fix="unsafe", options=Options)
def check(program: Program, options: Options) -> Iterator[Finding]:
    style: IndexStyle | None = None
    ledger = ledger_of(program)
    seen: set[tuple[str, int]] = set()
    for table in program.schema.tables.values():
        for index in table.indexes:
            spot = (index.module.path, index.name_span.start)
            if spot in seen or not program.reports(index.module) or not _applies(table, index):
                continue
            if _fits(index, options):
                continue
            seen.add(spot)
            style = style or _style(program, options)
            expected = _expected(style, index, options)
            if not is_usable(expected):
                continue
            fields = ", ".join(index.fields or ())
            yield Finding(
                path=index.module.path,
                span=index.name_span,
                message=f"index `{index.name}` of `{table.name}` does not name its fields ({fields}); "
                f"call it `{expected}`",
                **_remedy(program, _fix(ledger, table, index, expected, style, options)),
            )


class _Remedy(TypedDict):
    help: str
    fix: Fix | None
    suggestions: tuple[Suggestion, ...]


def _remedy(program: Program, fix: Fix | None) -> _Remedy:
    """The rename as a fix; only as a suggestion where generated files list the index names (`staticDataModel`),
    for then nothing compiles until `npx convex codegen` has run."""
    text = "rename it here and in every query that uses it"
    if fix is None or not program.project.static_data_model:
        return {"help": text, "fix": fix, "suggestions": ()}
    because = "`_generated/dataModel` lists index names: run `npx convex codegen` afterwards"
    return {"help": text, "fix": None, "suggestions": (Suggestion(fix.title, fix.edits, because),)}


def _applies(table: Table, index: IndexDef) -> bool:
    return table.origin == "schema" and index.kind == "database" and bool(index.fields)


def _fits(index: IndexDef, options: Options) -> bool:
    return names_its_fields(
        index.name,
        index.fields or (),
        prefix=options.prefix,
        separator=options.separator,
        casing=options.casing,
        scope=options.fields,
    )


def _style(program: Program, options: Options) -> IndexStyle:
    named = (
        (index.name, index.fields or ())
        for table in program.schema.tables.values()
        for index in table.indexes
        if _applies(table, index)
    )
    return prevailing_style(named, prefix=options.prefix, separator=options.separator, casing=options.casing)


def _expected(style: IndexStyle, index: IndexDef, options: Options) -> str:
    fields = index.fields or ()
    return style.name(fields[:1] if options.fields == "first" else fields)


def _fix(
    ledger: IndexLedger, table: Table, index: IndexDef, name: str, style: IndexStyle, options: Options
) -> Fix | None:
    """Rename in the schema and in every use; None where another index has or gets the name."""
    others = [other for other in table.indexes if other is not index]
    taken = {other.name for other in others}
    taken |= {_expected(style, other, options) for other in others if _applies(table, other)}
    uses = ledger.uses_of(index)
    if name in taken or uses.lost or not ledger.is_own(index):
        return None
    edits = [replace(index.module, index.name_span, quoted(index.module, name)), *renamed(uses, name)]
    title = f"rename the index to `{name}`"
    because = "the deploy drops the index and builds a new one"
    return Fix.unsafe(title, *edits, because=f"{because}, and {uses.doubt}" if uses.doubt else because)
