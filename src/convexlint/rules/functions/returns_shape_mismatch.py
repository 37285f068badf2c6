"""A result that the `returns` validator refuses throws, after all the work is done."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from convexlint.facts.ir import Call, Expr, Object
from convexlint.findings import Category, Finding, Fix, Level, Related, Span
from convexlint.program.convex.given import SomeObject
from convexlint.program.convex.given_text import plain_form
from convexlint.program.inference.returns import inferred_returns
from convexlint.program.modules.nodes import bare
from convexlint.program.places.shapes import Mismatch, return_mismatches, written_fields
from convexlint.program.program import Program
from convexlint.program.validators import (
    ArrayValidator,
    FieldValidator,
    IdValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    UnionValidator,
    UnknownValidator,
    Validator,
)
from convexlint.program.writing.editing import insert_property_before, replace
from convexlint.program.writing.imports import ensure_import
from convexlint.program.writing.manners import manners
from convexlint.program.writing.validator_text import Manner, validator_text
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.FUNCTIONS, level=Level.ERROR, fix="unsafe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for mismatch in return_mismatches(program):
        function = mismatch.function
        declared = function.returns.span
        refusal = mismatch.refusal
        unset = refusal.names if not refusal.certain else ()
        if unset and written_fields(program).get(refusal.table, frozenset()).intersection(unset):
            unset = ()
        yield Finding(
            path=mismatch.module.path,
            span=mismatch.span,
            message=_message(mismatch),
            level=Level.WARNING if unset else None,
            help=_help(mismatch),
            function=function.path,
            related=(Related(function.module.path, declared, "the `returns` validator"),) if declared else (),
            fix=_with_document_fields(program, mismatch) or _as_inferred(program, mismatch),
        )


def _message(mismatch: Mismatch) -> str:
    refusal = mismatch.refusal
    if refusal.kind in ("value", "key"):
        return f"gives {mismatch.text}: the call throws"
    if refusal.certain:
        return f"gives {mismatch.text}: the `returns` validator refuses it, and the call throws"
    listed = ", ".join(f"`{name}`" for name in refusal.names)
    return f"gives {mismatch.text}: the call throws for documents that have {listed}, which `returns` lacks"


def _help(mismatch: Mismatch) -> str:
    refusal = mismatch.refusal
    if refusal.kind == "value":
        return f"return {plain_form(refusal.given)}"
    if refusal.kind != "extra":
        return "correct the validator, or what is returned"
    listed = ", ".join(f"`{name}`" for name in refusal.names)
    return f"return the listed fields alone, or add {listed} to the validator"


def _as_inferred(program: Program, mismatch: Mismatch) -> Fix | None:
    """Put in the place of the validator one of all that the handler returns, where that is known to the last field."""
    function = mismatch.function
    inferred = inferred_returns(program, function).validator
    if inferred is None or function.config is None:
        return None
    declared = next((prop for prop in function.config.props if prop.key == "returns"), None)
    imported = ensure_import(function.module, "convex/values", "v")
    if declared is None or imported is None or declared.kind != "pair":
        return None
    value = declared.value
    manner = manners(program).of(function.module, imported.text)
    text = validator_text(inferred, manner, declared.start, "returns: ")
    return Fix.unsafe(
        "declare what the handler returns",
        replace(function.module, Span(value.start, value.end), text),
        *imported.edits,
        because="the handler may be what is wrong, and callers of the function get another shape",
    )


def _with_document_fields(program: Program, mismatch: Mismatch) -> Fix | None:
    """Add what the documents have, the optional fields too, to an object validator that is written in place."""
    function, refusal = mismatch.function, mismatch.refusal
    table, wanted = program.schema.tables.get(refusal.table), refusal.wanted
    whole = isinstance(refusal.given, SomeObject) and refusal.given.table == refusal.table
    if table is None or not whole or not isinstance(wanted, ObjectValidator) or function.config is None:
        return None
    declared = next((prop.value for prop in function.config.props if prop.key == "returns"), None)
    literals = [] if declared is None else [o for o in _objects(declared) if _keys(o) == set(wanted.fields)]
    imported = ensure_import(function.module, "convex/values", "v")
    if len(literals) != 1 or imported is None or not isinstance(table.validator, ObjectValidator):
        return None
    fields = {
        "_id": FieldValidator(IdValidator(table.name), False),
        "_creationTime": FieldValidator(ScalarValidator("number"), False),
        **table.validator.fields,
    }
    missing = {name: field for name, field in fields.items() if name not in wanted.fields}
    (literal,) = literals
    if not literal.props or not all(_is_known(field.validator) for field in missing.values()):
        return None
    # On one line with the others: the author may break that line.
    manner = Manner(function.module, imported.text, {}, None, None, program.schema.tables, width=sys.maxsize)
    lines = []
    for name, field in missing.items():
        text = validator_text(field.validator, manner, literal.props[-1].start)
        lines.append(f"{name}: {imported.text}.optional({text})" if field.optional else f"{name}: {text}")
    edits = insert_property_before(function.module, literal, len(literal.props), ", ".join(lines))
    return Fix.unsafe(
        "add the other fields of the document to `returns`",
        edits,
        *imported.edits,
        because="callers of the function then get them",
    )


def _objects(node: Expr) -> Iterator[Object]:
    """The object literals of a validator expression: arguments of calls, values of properties."""
    plain = bare(node)
    if isinstance(plain, Object):
        yield plain
        for prop in plain.props:
            yield from _objects(prop.value)
    elif isinstance(plain, Call):
        for arg in plain.args:
            yield from _objects(arg)


def _keys(literal: Object) -> set[str | None]:
    return {prop.key for prop in literal.props}


def _is_known(validator: Validator) -> bool:
    """Whether every part of a validator could be read."""
    if isinstance(validator, ObjectValidator):
        return validator.complete and all(_is_known(field.validator) for field in validator.fields.values())
    if isinstance(validator, UnionValidator):
        return all(_is_known(member) for member in validator.members)
    if isinstance(validator, ArrayValidator):
        return _is_known(validator.element)
    if isinstance(validator, RecordValidator):
        return _is_known(validator.key) and _is_known(validator.value)
    if isinstance(validator, IdValidator):
        return validator.table is not None
    return not isinstance(validator, UnknownValidator)
