"""The `args` that a handler's TypeScript annotation asks for, through imports, `Doc`, `Record`, `Pick` and the like.

All or nothing, as for `returns` (inference.py), but stricter: the handler keeps its annotation at times, and then its
type and the validator's must be the same, not one wider than the other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convexlint.program.convex.handlers import args_param
from convexlint.program.evaluation import documents
from convexlint.program.evaluation.typeexpr import type_value
from convexlint.program.evaluation.values import (
    UNDEFINED,
    VOID,
    DocOf,
    Fields,
    IdOf,
    ListOf,
    Lit,
    OneOf,
    RecordOf,
    Scalar,
    Value,
    one_of,
)
from convexlint.program.inference.inferred import NULL_VALIDATOR, union_of
from convexlint.program.model import RegisteredFunction
from convexlint.program.program import Program
from convexlint.program.queries import query
from convexlint.program.validators import (
    ArrayValidator,
    FieldValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    Validator,
)

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_MAX_DEPTH = 12
_SCALARS: dict[str, Validator] = {
    "string": ScalarValidator("string"),
    "number": ScalarValidator("number"),
    "boolean": ScalarValidator("boolean"),
    "bigint": ScalarValidator("int64"),
    "bytes": ScalarValidator("bytes"),
    "null": NULL_VALIDATOR,
}


class ArgsInference:
    """Reads the annotations of one program's handlers."""

    def __init__(self, ev: Evaluator) -> None:
        self._ev = ev

    def of(self, function: RegisteredFunction) -> ObjectValidator | None:
        """The arguments by the annotation of the handler's second parameter, None where it has none or some part of
        it has no validator that says just the same."""
        param, handler = args_param(function), function.handler
        if param is None or param.annotation is None or handler is None:
            return None
        value = type_value(self._ev, handler.module, param.annotation, {})
        found = self._convert(value, 0) if isinstance(value, Fields) else None
        return found if isinstance(found, ObjectValidator) else None

    def _convert(self, value: Value, depth: int) -> Validator | None:
        if depth > _MAX_DEPTH:
            return None
        if isinstance(value, OneOf):
            members = [self._convert(member, depth + 1) for member in value.members]
            known = [member for member in members if member is not None]
            return union_of(known) if len(known) == len(members) else None
        if isinstance(value, Scalar):
            return _SCALARS.get(value.kind)
        if isinstance(value, Lit):
            return LiteralValidator(value.value) if value.declared else None
        if isinstance(value, IdOf):
            return IdValidator(value.table) if value.table is not None else None
        if isinstance(value, ListOf):
            element = self._convert(value.element, depth + 1) if value.items is None else None
            return None if element is None else ArrayValidator(element)
        if isinstance(value, RecordOf):
            return self._record(value, depth)
        if isinstance(value, DocOf):
            fields = documents.doc_fields(self._ev, value.table)
            return None if fields is None else self._object(fields, depth)
        return self._object(value, depth) if isinstance(value, Fields) else None

    def _record(self, value: RecordOf, depth: int) -> Validator | None:
        key, inner = self._convert(value.key, depth + 1), self._convert(value.value, depth + 1)
        if inner is None or not (isinstance(key, IdValidator) or key == ScalarValidator("string")):
            return None
        return RecordValidator(key, inner)

    def _object(self, value: Fields, depth: int) -> ObjectValidator | None:
        if value.open:
            return None
        fields: dict[str, FieldValidator] = {}
        for name, entry, optional in value.entries:
            parts = entry.members if isinstance(entry, OneOf) else (entry,)
            kept = [part for part in parts if part not in (UNDEFINED, VOID)]
            # A required `x: T | undefined` is not what an optional validator gives: there `x` may be left out.
            if not _KEY.match(name) or not kept or (len(kept) < len(parts) and not optional):
                return None
            inner = self._convert(one_of(kept), depth + 1)
            if inner is None:
                return None
            fields[name] = FieldValidator(inner, optional)
        return ObjectValidator(fields, True)


@query
def inferred_args(program: Program, function: RegisteredFunction) -> ObjectValidator | None:
    """The arguments of a function by the annotation of its handler; None where it has none or some part of it has no
    validator that says just the same."""
    return ArgsInference(program.ev).of(function)
