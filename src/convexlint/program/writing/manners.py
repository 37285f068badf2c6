"""How a project writes validators: names it has for them, whether it uses `schema.doc`, its indentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.program.evaluation.values import SchemaOf, ValidatorOf
from convexlint.program.model import Module, Schema
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.program.validators import ObjectValidator, UnionValidator, Validator
from convexlint.program.writing.validator_text import Manner, indent_unit, width_of

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator


class Manners:
    """`of(module, v)` gives the manner of one module; made once per module."""

    def __init__(self, ev: Evaluator, schema: Schema) -> None:
        self._ev = ev
        self._schema = schema
        self._uses_doc = any(m.holds(b"schema.doc(") for m in ev.world.modules.values())
        self._made: dict[tuple[str, str], Manner] = {}

    def of(self, module: Module, v: str) -> Manner:
        key = (module.path, v)
        if key not in self._made:
            self._made[key] = self._make(module, v)
        return self._made[key]

    def _make(self, module: Module, v: str) -> Manner:
        named: dict[str, Validator] = {}
        declared: dict[str, int] = {}
        schema = page = None
        index = self._ev.world.index(module)
        for number, binding in enumerate(module.facts.bindings):
            definition = index.definitions.get(number)
            if binding.function != 0 or definition is None or definition.kind not in ("var", "import"):
                continue
            if (
                definition.kind == "import"
                and definition.imported is not None
                and definition.imported.type_only
            ):
                continue
            if (
                definition.imported is not None
                and definition.imported.imported == "paginationResultValidator"
            ):
                page = binding.name
            if binding.kind == "let" or binding.assigned:
                continue
            value = self._ev.binding(module, number)
            if isinstance(value, SchemaOf) and self._uses_doc:
                schema = binding.name
            elif (
                isinstance(value, ValidatorOf)
                and not value.optional
                and not value.zod
                and isinstance(value.validator, (ObjectValidator, UnionValidator))
            ):
                named[binding.name] = value.validator
                if definition.kind == "var" and definition.expr is not None:
                    declared[binding.name] = definition.expr.end
        tables, unit, width = self._ev.tables, indent_unit(module), width_of(module)
        return Manner(module, v, named, schema, page, tables, unit=unit, width=width, declared=declared)


@query
def manners(program: Program) -> Manners:
    """How the project writes validators."""
    return Manners(program.ev, program.schema)
