"""A push is refused when a document that exists does not fit the new schema."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from convexlint.findings import Category, Finding, Level, Span, Suggestion
from convexlint.program.convex.types_text import short_type
from convexlint.program.evolution.schema_changes import SchemaBreak, schema_breaks, schema_definition
from convexlint.program.model import Module
from convexlint.program.program import Program
from convexlint.program.validators import UnionValidator
from convexlint.program.writing.editing import replace
from convexlint.program.writing.manners import manners
from convexlint.program.writing.validator_text import validator_text
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.EVOLUTION, level=Level.ERROR, fix="suggestion")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    before = program.before()
    if before is None:
        return
    if before.present and not before.validation and program.schema.validation:
        yield from _validation_on(program, before.revision)
    for found in schema_breaks(program):
        if not any(fnmatchcase(found.table.name, pattern) for pattern in program.settings.may_change):
            yield _finding(program, found, before.revision)


def _validation_on(program: Program, revision: str) -> Iterator[Finding]:
    where = schema_definition(program)
    if where is not None:
        yield Finding(
            where[0].path,
            where[1],
            f"`schemaValidation` was off in {revision} and is on now: the push checks every document of every table",
            help="deploy it where a push that is refused does no harm first, or mend the documents that do not fit",
        )


def _finding(program: Program, found: SchemaBreak, revision: str) -> Finding:
    help_ = _help(found)
    if found.migrated is not None:
        help_ = f"`{found.migrated}` is new and writes the field: let it finish before this schema is pushed; {help_}"
    return Finding(
        found.module.path,
        found.span,
        f"{_what(found)}: the push refuses a document like {found.found.shown}, which the schema of {revision} takes",
        help=help_,
        suggestions=_suggestions(program, found),
        level=Level.WARNING if found.migrated is not None else None,
    )


def _name(found: SchemaBreak) -> str:
    return "`" + ".".join(filter(None, (found.table.name, found.found.name))) + "`"


def _what(found: SchemaBreak) -> str:
    name, one = _name(found), found.found
    if one.kind == "required":
        renamed = f" (it looks like `{found.renamed}` by another name)" if found.renamed else ""
        return f"{name} is new and required{renamed}, and documents that exist lack it"
    if one.kind == "optional":
        return f"{name} was optional and is required now, and documents that exist may lack it"
    if one.kind == "gone":
        renamed = f" (it looks like `{found.renamed}` now)" if found.renamed else ""
        return f"{name} is gone{renamed}, and documents that exist may hold it"
    return f"{name} was `{short_type(one.old)}` and is `{short_type(one.new)}`"


def _help(found: SchemaBreak) -> str:
    one = found.found
    if one.kind in ("required", "optional"):
        return "make it `v.optional(...)` and push; fill it in in all documents; then make it required"
    if one.kind == "gone":
        return "keep it as `v.optional(...)` and push; take it out of all documents; then take it out of the schema"
    return "take both types with `v.union(...)` and push; change all documents; then take the new type alone"


def _suggestions(program: Program, found: SchemaBreak) -> tuple[Suggestion, ...]:
    """The first of the three steps, where it is one edit."""
    site, one = found.field, found.found
    if site is None:
        return ()
    module = site.module
    text = module.text(site.value_span)
    v = _v(text)
    if v is None:
        return ()
    if one.kind in ("required", "optional"):
        return (_suggestion(module, site.value_span, f"{v}.optional({text})", "make it optional first"),)
    if one.kind != "type" or site.optional or one.old is None:
        return ()
    manner = manners(program).of(module, v)
    members = one.old.members if isinstance(one.old, UnionValidator) else (one.old,)
    old = [validator_text(member, manner, site.value_span.start) for member in members]
    union = f"{v}.union({', '.join(dict.fromkeys((text, *old)))})"
    return (_suggestion(module, site.value_span, union, "take the old type, too, at first"),)


def _suggestion(module: Module, span: Span, text: str, title: str) -> Suggestion:
    return Suggestion(
        title, (replace(module, span, text),), "documents that exist have to change before it can go"
    )


def _v(text: str) -> str | None:
    """What `v` is called, by the text of a validator that begins with it."""
    name, dot, _ = text.partition(".")
    return name if dot and name.isidentifier() else None
