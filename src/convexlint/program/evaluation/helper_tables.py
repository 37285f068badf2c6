"""`Table(name, fields)` of convex-helpers: a table with the validators of its documents and of their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.program.evaluation import validate
from convexlint.program.evaluation.values import (
    UNKNOWN,
    External,
    Fields,
    Frame,
    Lit,
    TableDef,
    ValidatorOf,
    Value,
)
from convexlint.program.validators import IdValidator, ObjectValidator, ScalarValidator, UnionValidator

if TYPE_CHECKING:
    from convexlint.facts import ir
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module


def made_table(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value:
    """`{ name, table, doc, nullableDoc, _id, systemFields, withSystemFields, withoutSystemFields }`."""
    name = ev.expr(module, node.args[0], frame) if node.args else UNKNOWN
    if len(node.args) < 2 or not isinstance(name, Lit) or not isinstance(name.value, str):
        return UNKNOWN
    fields = ev.expr(module, node.args[1], frame)
    validator = validate.as_validator(ev, fields)
    if not isinstance(validator, ObjectValidator):
        validator = validate.UNKNOWN_VALIDATOR
    row = validate.with_system_fields(validator, name.value)
    table = TableDef(validator, (), (module, node), node.args[1], chained=False)
    system = (
        ("_id", ValidatorOf(IdValidator(name.value)), False),
        ("_creationTime", ValidatorOf(ScalarValidator("number")), False),
    )
    own = (
        tuple(
            (key, ValidatorOf(field.validator, field.optional), False)
            for key, field in validator.fields.items()
        )
        if isinstance(validator, ObjectValidator)
        else ()
    )
    is_open = not isinstance(validator, ObjectValidator) or not validator.complete
    return Fields(
        (
            ("name", name, False),
            ("table", table, False),
            ("doc", ValidatorOf(row), False),
            ("nullableDoc", ValidatorOf(UnionValidator((row, ScalarValidator("null")))), False),
            ("_id", system[0][1], False),
            ("systemFields", Fields(system), False),
            ("withSystemFields", Fields((*system, *own), open=is_open), False),
            ("withoutSystemFields", fields, False),
        )
    )
