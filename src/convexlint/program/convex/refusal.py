"""Whether a validator certainly refuses a value, as far as the value is written as a literal (convex-facts 6)."""

from __future__ import annotations

from convexlint.facts.ir import Array, Atom, Expr, Number, Object, Spread, Template, Text, Unary
from convexlint.findings import Span
from convexlint.program.convex.types_text import type_text
from convexlint.program.modules.nodes import bare
from convexlint.program.validators import (
    ArrayValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    UnionValidator,
    Validator,
)
from convexlint.structs import Struct

_WORDS = {"true": "boolean", "false": "boolean", "null": "null", "bigint": "int64"}


class Refusal(Struct, frozen=True):
    """`span`: the part that is refused. `text`: why, after "it"."""

    span: Span
    text: str


def refusal(value: Expr, validator: Validator) -> Refusal | None:
    """Why `validator` refuses `value`; None where it takes it, or where that is not known."""
    value = bare(value)
    if isinstance(validator, UnionValidator):
        answers = [refusal(value, member) for member in validator.members]
        if not answers or any(answer is None for answer in answers):
            return None
        return answers[0] if len(answers) == 1 else _not_taken(value, validator)
    if isinstance(value, Object):
        return _object(value, validator)
    if isinstance(value, Array):
        return _array(value, validator)
    kind = _kind(value)
    if kind is None:
        return None
    if isinstance(validator, ScalarValidator):
        return None if validator.kind == kind else _not_taken(value, validator)
    if isinstance(validator, IdValidator):  # some texts are ids
        return None if kind == "string" else _not_taken(value, validator)
    if isinstance(validator, LiteralValidator):
        return None if _is_literal(value, validator) else _not_taken(value, validator)
    if isinstance(validator, (ObjectValidator, ArrayValidator, RecordValidator)):
        return _not_taken(value, validator)
    return None


def missing_fields(validator: ObjectValidator) -> tuple[str, ...]:
    """The fields that an empty object lacks."""
    return tuple(name for name, field in validator.fields.items() if not field.optional)


def _kind(value: Expr) -> str | None:
    if isinstance(value, (Text, Template)):
        return "string"
    if isinstance(value, Number):
        return "number"
    if isinstance(value, Atom):
        return _WORDS.get(value.kind)
    if isinstance(value, Unary) and value.op in ("-", "+"):
        return _kind(value.value)
    return None


def _is_literal(value: Expr, validator: LiteralValidator) -> bool:
    if isinstance(value, Text):
        return value.value == validator.value
    if isinstance(value, Number):
        return not isinstance(validator.value, (str, bool)) and value.value == validator.value
    if isinstance(value, Atom) and value.kind in ("true", "false"):
        return validator.value is (value.kind == "true")
    # A text with substitutions and a signed number may be any; null is no literal.
    return not isinstance(value, Atom)


def _object(value: Object, validator: Validator) -> Refusal | None:
    if isinstance(validator, RecordValidator):
        for prop in value.props:
            inner = refusal(prop.value, validator.value) if prop.key is not None else None
            if inner is not None:
                return inner
        return None
    if not isinstance(validator, ObjectValidator):
        known = (ScalarValidator, IdValidator, LiteralValidator, ArrayValidator)
        return _not_taken(value, validator) if isinstance(validator, known) else None
    given: set[str] = set()
    whole = True
    for prop in value.props:
        if prop.key is None:
            whole = False
            continue
        if isinstance(prop.value, Atom) and prop.value.kind == "undefined":
            continue
        given.add(prop.key)
        field = validator.fields.get(prop.key)
        if field is None:
            if validator.complete:
                return Refusal(Span(prop.start, prop.end), f"has no field `{prop.key}`")
            continue
        inner = refusal(prop.value, field.validator)
        if inner is not None:
            return inner
    lacking = [name for name in missing_fields(validator) if name not in given]
    if whole and lacking:
        return Refusal(Span(value.start, value.end), f"needs `{lacking[0]}`")
    return None


def _array(value: Array, validator: Validator) -> Refusal | None:
    if isinstance(validator, ArrayValidator):
        for item in value.items:
            inner = None if isinstance(item, Spread) else refusal(item, validator.element)
            if inner is not None:
                return inner
        return None
    known = (ScalarValidator, IdValidator, LiteralValidator, ObjectValidator, RecordValidator)
    return _not_taken(value, validator) if isinstance(validator, known) else None


def _not_taken(value: Expr, validator: Validator) -> Refusal:
    return Refusal(Span(value.start, value.end), f"takes `{type_text(validator)}` here")
