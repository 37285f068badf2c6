"""A write that the table's validator refuses, or values that Convex can neither store nor send."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Fix, Level, Related, Suggestion
from convexlint.program.convex.answers import Refusal
from convexlint.program.convex.given import Constant, SomeObject
from convexlint.program.convex.given_text import in_words, plain_form, shown
from convexlint.program.convex.near import nearest
from convexlint.program.convex.types_text import type_text
from convexlint.program.model import Module
from convexlint.program.places.document_writes import DocumentWrite, refused_writes
from convexlint.program.places.givens import name_of, place_of
from convexlint.program.places.shapes import unsent_results
from convexlint.program.program import Program
from convexlint.program.validators import ObjectValidator
from convexlint.program.writing.editing import replace
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, level=Level.ERROR, fix="unsafe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for write in refused_writes(program):
        for refusal in write.refusals:
            if not _is_misspelled(refusal, write.refusals):
                yield _finding(program, write, refusal)
    for result in unsent_results(program):
        yield Finding(
            path=result.module.path,
            span=place_of(result.refusal, result.module, result.node) or result.span,
            message=f"gives {result.text}: the call throws",
            help=f"return {plain_form(result.refusal.given)}" if result.refusal.kind == "value" else None,
            function=result.function.path,
        )


def _finding(program: Program, write: DocumentWrite, refusal: Refusal) -> Finding:
    module = write.call.place.module
    span = place_of(refusal, module, write.data) or write.call.place.span
    table = program.schema.tables.get(write.table)
    related: tuple[Related, ...] = ()
    if table is not None and table.module is not None and table.name_span is not None:
        related = (Related(table.module.path, table.name_span, f"table `{write.table}` is defined here"),)
    near = _meant(refusal)
    return Finding.at(
        write.call.place,
        _message(write, refusal) + (f"; did you mean `{near}`?" if near is not None else ""),
        span=name_of(refusal, span),
        help=_help(write, refusal),
        related=related if refusal.kind not in ("value", "key") else (),
        fix=_without_null(module, write, refusal),
        suggestions=_renamed(module, refusal, near),
    )


def _message(write: DocumentWrite, refusal: Refusal) -> str:
    names = " and ".join(f"`{name}`" for name in refusal.names)
    where = f"`{refusal.place}`" if refusal.place else "the document"
    table = f"`{write.table}`"
    fails = f"the {write.call.method} throws"
    if refusal.kind == "value":
        return f"{where} is {in_words(refusal.given)}, which Convex cannot store: {fails}"
    if refusal.kind == "key":
        return f"no stored object may have a field {names}: {fails}"
    if refusal.kind == "missing":
        if write.call.method == "patch" and not refusal.path:
            return f"{table} requires {names}, which this patch removes: {fails}"
        return f"{table} requires {names}{f' in {where}' if refusal.place else ''}, which is missing: {fails}"
    if refusal.kind == "extra":
        owner = f"{where} of {table}" if refusal.place else table
        return f"{owner} has no field {names}: {fails}"
    return f"{table} takes `{type_text(refusal.wanted)}` for {where}, not {shown(refusal.given)}: {fails}"


def _help(write: DocumentWrite, refusal: Refusal) -> str:
    if refusal.kind == "value":
        return f"store {plain_form(refusal.given)}"
    if refusal.kind == "key":
        return "name it in plain ASCII, without `$` before it, and without `_` at the top of a document"
    if _is_null(refusal) and _is_optional(write, refusal):
        return "an optional field that is not there is `undefined`: write that, or leave the field out"
    if refusal.kind == "extra":
        return "add the field to the schema, or leave it out"
    if refusal.kind == "missing":
        return "give the field, or make it optional in the schema"
    return "write what the schema says, or correct the schema"


# ------------------------------------------------------------------------------------------- what was meant


def _meant(refusal: Refusal) -> str | None:
    """The field that is named nearly so, and is not given."""
    sent, wanted = refusal.given, refusal.wanted
    if refusal.kind != "extra" or len(refusal.names) != 1 or not isinstance(sent, SomeObject):
        return None
    if not isinstance(wanted, ObjectValidator):
        return None
    return nearest(refusal.names[0], [field for field in wanted.fields if field not in sent.entries], 0.7)


def _is_misspelled(missing: Refusal, refusals: tuple[Refusal, ...]) -> bool:
    """Whether what is missing is there under a near name, which is reported already."""
    near = {_meant(r) for r in refusals if r.kind == "extra" and r.path == missing.path}
    return missing.kind == "missing" and near.issuperset(missing.names)


def _renamed(module: Module, refusal: Refusal, near: str | None) -> tuple[Suggestion, ...]:
    at = refusal.at
    if near is None or at is None or at.module is not module:
        return ()
    name = refusal.names[0]
    span = name_of(refusal, at.span)
    if module.text(span).strip("\"'") != name:
        return ()
    text = f"{near}: {name}" if span == at.span else near
    return (Suggestion(f"name it `{near}`", (replace(module, span, text),)),)


# ---------------------------------------------------------------------------------------------------- null


def _is_null(refusal: Refusal) -> bool:
    return refusal.kind == "type" and isinstance(refusal.given, Constant) and refusal.given.value is None


def _is_optional(write: DocumentWrite, refusal: Refusal) -> bool:
    """Whether the field that is given null may be left out."""
    wanted = write.wanted
    for step in refusal.path[:-1]:
        field = wanted.fields.get(step) if isinstance(wanted, ObjectValidator) else None
        wanted = None if field is None else field.validator
    if not refusal.path or not isinstance(wanted, ObjectValidator):
        return False
    field = wanted.fields.get(refusal.path[-1])
    return field is not None and field.optional


def _without_null(module: Module, write: DocumentWrite, refusal: Refusal) -> Fix | None:
    at = refusal.at
    if not _is_null(refusal) or not _is_optional(write, refusal) or at is None or at.module is not module:
        return None
    if module.text(at.span) != "null":
        return None
    return Fix.unsafe(
        "write undefined",
        replace(module, at.span, "undefined"),
        because="the field is then not there, which code that compares it with null does not expect",
    )
