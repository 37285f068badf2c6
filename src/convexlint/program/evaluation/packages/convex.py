"""convex itself: `convex/server` and `convex/values` (convex-facts 2.1, 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation import validate
from convexlint.program.evaluation.package import Package
from convexlint.program.evaluation.packages.generated import BUILDERS
from convexlint.program.evaluation.values import (
    UNKNOWN,
    External,
    Frame,
    Lit,
    RefName,
    SchemaOf,
    ValidatorOf,
    Value,
)
from convexlint.program.validators import (
    ArrayValidator,
    FieldValidator,
    ObjectValidator,
    ScalarValidator,
    UnionValidator,
    Validator,
)

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

_SERVER = "convex/server"
_NUMBER = ScalarValidator("number")
_STRING = ScalarValidator("string")
_NULLABLE_STRING = UnionValidator((_STRING, ScalarValidator("null")))
_PAGINATION_OPTS = ValidatorOf(
    ObjectValidator(
        {
            "numItems": FieldValidator(_NUMBER, False),
            "cursor": FieldValidator(_NULLABLE_STRING, False),
            "endCursor": FieldValidator(_NULLABLE_STRING, True),
            "id": FieldValidator(_NUMBER, True),
            "maximumRowsRead": FieldValidator(_NUMBER, True),
            "maximumBytesRead": FieldValidator(_NUMBER, True),
        },
        True,
    )
)


def _v(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value | None:
    """`v.string()` and its like."""
    path = target.path
    return validate.v_call(ev, module, node, path[1], frame) if len(path) == 2 and path[0] == "v" else None


def _as_object_validator(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value | None:
    if target.package != "convex/values" or not node.args:
        return None
    validator = ev.validator(module, node.args[0], frame)
    return ValidatorOf(validator) if validator is not None else UNKNOWN


def _define_table(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value | None:
    return validate.define_table(ev, module, node, frame) if target.package == _SERVER else None


def _define_schema(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value | None:
    return SchemaOf(module, node) if target.package == _SERVER else None


def _make_function_reference(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value | None:
    if target.package != _SERVER or not node.args:
        return None
    value = ev.expr(module, node.args[0], frame)
    return RefName(value.value) if isinstance(value, Lit) and isinstance(value.value, str) else UNKNOWN


def _pagination_result_validator(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value | None:
    if target.package != _SERVER or not node.args:
        return None
    value = ev.expr(module, node.args[0], frame)
    item: Validator = value.validator if isinstance(value, ValidatorOf) else validate.UNKNOWN_VALIDATOR
    return ValidatorOf(
        ObjectValidator(
            {
                "page": FieldValidator(ArrayValidator(item), False),
                "isDone": FieldValidator(ScalarValidator("boolean"), False),
                "continueCursor": FieldValidator(_STRING, False),
                "splitCursor": FieldValidator(_NULLABLE_STRING, True),
                "pageStatus": FieldValidator(_NULLABLE_STRING, True),
            },
            True,
        )
    )


def _doc_validator(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: External, frame: Frame | None
) -> Value | None:
    if target.package != _SERVER or not node.args:
        return None
    table = ev.expr(module, node.args[0], frame)
    definition = ev.expr(module, node.args[1], frame) if len(node.args) > 1 else UNKNOWN
    validator = ev.member(definition, "validator")
    if isinstance(table, Lit) and isinstance(validator, ValidatorOf):
        return ValidatorOf(validate.with_system_fields(validator.validator, str(table.value)))
    return ValidatorOf(validate.UNKNOWN_VALIDATOR)


PACKAGE = Package(
    ("convex",),
    constants={
        **{(_SERVER, (f"{name}Generic",)): builder for name, builder in BUILDERS.items()},
        (_SERVER, ("paginationOptsValidator",)): _PAGINATION_OPTS,
    },
    calls={
        "": _v,
        "asObjectValidator": _as_object_validator,
        "defineTable": _define_table,
        "defineSchema": _define_schema,
        "makeFunctionReference": _make_function_reference,
        "paginationResultValidator": _pagination_result_validator,
        "docValidator": _doc_validator,
    },
)
