"""zod types as validators, as far as ids and shapes go (convex-helpers' zod builders; convex-facts 2.3).

What a value may become on its way (`transform`, `pipe`, `preprocess`) is unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation import validate
from convexlint.program.evaluation.package import Package
from convexlint.program.evaluation.values import UNKNOWN, External, Frame, ListOf, Lit, ValidatorOf, Value
from convexlint.program.validators import (
    ArrayValidator,
    FieldValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarName,
    ScalarValidator,
    UnionValidator,
    Validator,
)
from convexlint.structs import replace

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

_SCALARS: dict[str, ScalarName] = {
    "string": "string",
    "number": "number",
    "boolean": "boolean",
    "bigint": "int64",
    "null": "null",
}
_NULL = ScalarValidator("null")
_CHANGES = frozenset({"transform", "pipe", "overwrite", "codec"})
_PACKAGES = ("zod", "zod/v3", "zod/v4")


def _maker(package: str, path: tuple[str, ...]) -> str | None:
    """The name of the zod function that an import path means ("object" for `z.object`), else None."""
    if package not in _PACKAGES or not path:
        return None
    return path[1] if len(path) == 2 and path[0] in ("z", "default") else path[0] if len(path) == 1 else None


def _make(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value | None:
    """`z.name(...)`."""
    name = _maker(target.package, target.path)
    if name is None:
        return None

    def inner(number: int) -> Validator:
        value = ev.expr(module, node.args[number], frame) if number < len(node.args) else UNKNOWN
        return value.validator if isinstance(value, ValidatorOf) else validate.UNKNOWN_VALIDATOR

    def listed() -> list[Value]:
        value = ev.expr(module, node.args[0], frame) if node.args else UNKNOWN
        return list(value.items) if isinstance(value, ListOf) and value.items is not None else [UNKNOWN]

    validator: Validator = validate.UNKNOWN_VALIDATOR
    optional = name == "optional"
    if name in _SCALARS:
        validator = ScalarValidator(_SCALARS[name])
    elif name in ("object", "strictObject", "looseObject") and node.args:
        record = validate.as_validator(ev, ev.expr(module, node.args[0], frame))
        validator = record if record is not None else validator
    elif name == "array":
        validator = ArrayValidator(inner(0))
    elif name == "record":
        validator = RecordValidator(inner(0), inner(1)) if len(node.args) > 1 else validator
    elif name == "nullable":
        validator = UnionValidator((inner(0), _NULL))
    elif name == "optional":
        validator = inner(0)
    elif name == "union":
        members = tuple(
            m.validator if isinstance(m, ValidatorOf) else validate.UNKNOWN_VALIDATOR for m in listed()
        )
        validator = UnionValidator(members)
    elif name == "literal" and node.args:
        value = ev.expr(module, node.args[0], frame)
        validator = LiteralValidator(value.value) if isinstance(value, Lit) else validator
    elif name == "enum":
        names = [m.value for m in listed() if isinstance(m, Lit)]
        validator = UnionValidator(tuple(LiteralValidator(n) for n in names)) if names else validator
    return ValidatorOf(validator, optional, zod=True)


def zid(table: Value) -> Value:
    """`zid("table")`."""
    known = isinstance(table, Lit) and isinstance(table.value, str)
    return ValidatorOf(IdValidator(str(table.value) if known and isinstance(table, Lit) else None), zod=True)


def method(ev: Evaluator, module: Module, node: ir.Call | ir.New, value: ValidatorOf, name: str) -> Value:
    """A method of a zod type: most only narrow what it accepts."""
    validator = value.validator
    if name in _CHANGES:
        return ValidatorOf(validate.UNKNOWN_VALIDATOR, value.optional, zod=True)
    if name in ("optional", "nullish"):
        inner = UnionValidator((validator, _NULL)) if name == "nullish" else validator
        return ValidatorOf(inner, True, zod=True)
    if name == "nullable":
        return replace(value, validator=UnionValidator((validator, _NULL)))
    if name == "array":
        return ValidatorOf(ArrayValidator(validator), zod=True)
    if name == "or" and node.args:
        other = ev.expr(module, node.args[0])
        more = other.validator if isinstance(other, ValidatorOf) else validate.UNKNOWN_VALIDATOR
        return ValidatorOf(UnionValidator((validator, more)), zod=True)
    if name in ("extend", "merge", "safeExtend", "pick", "omit", "partial", "and", "catchall"):
        return ValidatorOf(_reshaped(ev, module, node, validator, name), value.optional, zod=True)
    return value


def _reshaped(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, validator: Validator, name: str
) -> Validator:
    if not isinstance(validator, ObjectValidator):
        return validate.UNKNOWN_VALIDATOR
    given = ev.expr(module, node.args[0]) if node.args else UNKNOWN
    other = validate.as_validator(ev, given)
    if name in ("pick", "omit") and isinstance(other, ObjectValidator) and other.complete:
        wanted = name == "pick"
        fields = {k: f for k, f in validator.fields.items() if (k in other.fields) is wanted}
        return ObjectValidator(fields, validator.complete)
    if name == "partial" and not node.args:
        optional = {k: FieldValidator(f.validator, True) for k, f in validator.fields.items()}
        return ObjectValidator(optional, validator.complete)
    if name in ("extend", "merge", "safeExtend") and isinstance(other, ObjectValidator):
        merged = {**validator.fields, **other.fields}
        return ObjectValidator(merged, validator.complete and other.complete)
    return ObjectValidator({}, False)


PACKAGE = Package(_PACKAGES[:1], calls={"": _make})
