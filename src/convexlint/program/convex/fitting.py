"""Whether a value certainly has the type of a table's field, as far as validators and literals tell."""

from __future__ import annotations

from convexlint.facts.ir import (
    Atom,
    BindName,
    Cast,
    Expr,
    Member,
    Name,
    Number,
    ObjectPattern,
    Text,
    TypeKeyword,
)
from convexlint.program.model import RegisteredFunction, Table
from convexlint.program.validators import (
    FieldValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    ScalarName,
    ScalarValidator,
    UnionValidator,
    Validator,
)

LITERAL_KINDS = {"true": "boolean", "false": "boolean", "null": "null"}


def fits_field(value: Expr, function: RegisteredFunction | None, table: Table, field: str) -> bool:
    """Whether TypeScript takes `value`, written in the handler of `function`, for `field` of `table`.

    True for `any`, for literals, and for an argument that is validated like the field; False when not sure.
    """
    if isinstance(value, Cast) and isinstance(value.annotation, TypeKeyword):
        return value.annotation.name == "any"
    declared = _declared(table, field)
    if declared is None:
        return False
    argument = _argument(value, function) if function is not None else None
    if argument is not None:
        allowed = declared.optional or not argument.optional
        return allowed and _takes(declared.validator, argument.validator)
    if isinstance(value, Atom) and value.kind == "undefined":
        return declared.optional
    return _takes_literal(declared.validator, value)


def is_plain_field(table: Table, field: str) -> bool:
    """Whether every document has the field, with values of one type."""
    declared = _declared(table, field)
    return declared is not None and not declared.optional and isinstance(declared.validator, ScalarValidator)


def clashes_with_field(value: Expr, function: RegisteredFunction | None, table: Table, field: str) -> bool:
    """Whether TypeScript surely refuses `value` for the field: an argument that is validated as something else."""
    declared = table.validator.fields.get(field) if isinstance(table.validator, ObjectValidator) else None
    argument = _argument(value, function) if function is not None else None
    return declared is not None and argument is not None and not fits_field(value, function, table, field)


def _declared(table: Table, field: str) -> FieldValidator | None:
    if field == "_creationTime":
        return FieldValidator(ScalarValidator("number"), False)
    return table.validator.fields.get(field) if isinstance(table.validator, ObjectValidator) else None


def _takes(field: Validator, argument: Validator) -> bool:
    """Whether TypeScript takes what `argument` validates for what `field` does; an id is a string, too."""
    if isinstance(argument, UnionValidator):
        return all(_takes(field, member) for member in argument.members)
    if isinstance(field, UnionValidator):
        return any(_takes(member, argument) for member in field.members)
    if isinstance(argument, IdValidator):
        return field == ScalarValidator("string") or (argument.table is not None and field == argument)
    if isinstance(argument, LiteralValidator):
        kinds: dict[type, ScalarName] = {str: "string", bool: "boolean"}
        kind = kinds.get(type(argument.value), "number")
        return field == ScalarValidator(kind) or _same_literal(field, argument)
    return isinstance(argument, ScalarValidator) and field == argument


def _same_literal(field: Validator, argument: LiteralValidator) -> bool:
    return (
        isinstance(field, LiteralValidator)
        and type(field.value) is type(argument.value)
        and field.value == argument.value
    )


def _takes_literal(validator: Validator, value: Expr) -> bool:
    if isinstance(validator, UnionValidator):
        return any(_takes_literal(member, value) for member in validator.members)
    if isinstance(validator, LiteralValidator):
        return isinstance(value, Text) and value.value == validator.value
    if not isinstance(validator, ScalarValidator):
        return False
    if isinstance(value, Atom):
        return LITERAL_KINDS.get(value.kind) == validator.kind
    return isinstance(value, Text | Number) and validator.kind == (
        "string" if isinstance(value, Text) else "number"
    )


def _argument(value: Expr, function: RegisteredFunction) -> FieldValidator | None:
    """The validator of the argument that `value` is: `args.name`, or a name that the handler destructures.

    A custom builder may hand other values to its handlers than the clients sent: unknown.
    """
    name = _argument_name(value, function)
    validator = function.args.validator
    if name is None or function.custom or not isinstance(validator, ObjectValidator):
        return None
    return validator.fields.get(name)


def _argument_name(value: Expr, function: RegisteredFunction) -> str | None:
    if function.handler is None:
        return None
    params = function.handler.module.facts.functions[function.handler.index].params
    if len(params) < 2 or params[1].annotation is not None:
        return None
    pattern = params[1].pattern
    if isinstance(value, Member) and isinstance(value.object, Name) and isinstance(pattern, BindName):
        return value.name if value.object.ref == pattern.ref else None
    if isinstance(value, Name) and isinstance(pattern, ObjectPattern):
        for field in pattern.fields:
            if isinstance(field.pattern, BindName) and field.pattern.ref == value.ref:
                return field.key
    return None
