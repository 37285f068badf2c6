"""Validators and references in words: how a field's type reads, and which tables it points to."""

from __future__ import annotations

import json

from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    UnionValidator,
    Validator,
)

_WIDEST = 160
"""Characters of a type that a message shows."""


def type_text(validator: Validator | None) -> str:
    """A validator as TypeScript would write its type: `Id<"users"> | null`, `{ a: string, b?: number }[]`."""
    if validator is None:
        return "unknown"
    if isinstance(validator, ScalarValidator):
        return {"int64": "bigint", "bytes": "ArrayBuffer"}.get(validator.kind, validator.kind)
    if isinstance(validator, IdValidator):
        return f'Id<"{validator.table}">' if validator.table is not None else "Id<?>"
    if isinstance(validator, LiteralValidator):
        return _literal(validator.value)
    if isinstance(validator, ArrayValidator):
        inner = type_text(validator.element)
        return f"({inner})[]" if isinstance(validator.element, UnionValidator) else f"{inner}[]"
    if isinstance(validator, ObjectValidator):
        fields = [
            f"{name}{'?' if f.optional else ''}: {type_text(f.validator)}"
            for name, f in validator.fields.items()
        ]
        if not validator.complete:
            fields.append("...")
        return "{ " + ", ".join(fields) + " }" if fields else "{}"
    if isinstance(validator, RecordValidator):
        return f"Record<{type_text(validator.key)}, {type_text(validator.value)}>"
    if isinstance(validator, UnionValidator):
        return " | ".join(type_text(m) for m in validator.members) or "never"
    return "any" if isinstance(validator, AnyValidator) else "unknown"


def short_type(validator: Validator | None) -> str:
    """The same, cut to what a message has room for."""
    text = type_text(validator)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."


def _literal(value: str | float | bool) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if value.is_integer() else str(value)


def referenced_tables(validator: Validator) -> list[str]:
    """The tables whose ids a value of this type holds, in order of appearance, each once."""
    found: dict[str, None] = {}

    def visit(node: Validator) -> None:
        if isinstance(node, IdValidator) and node.table is not None:
            found.setdefault(node.table)
        elif isinstance(node, ArrayValidator):
            visit(node.element)
        elif isinstance(node, ObjectValidator):
            for field in node.fields.values():
                visit(field.validator)
        elif isinstance(node, RecordValidator):
            visit(node.key)
            visit(node.value)
        elif isinstance(node, UnionValidator):
            for member in node.members:
                visit(member)

    visit(validator)
    return list(found)


def object_fields(validator: Validator) -> dict[str, tuple[Validator, bool]]:
    """The fields of a table or object, those of a union's members together; True = optional (or not in every
    member)."""
    if isinstance(validator, ObjectValidator):
        return {name: (f.validator, f.optional) for name, f in validator.fields.items()}
    if not isinstance(validator, UnionValidator):
        return {}
    members = [object_fields(m) for m in validator.members]
    merged: dict[str, tuple[Validator, bool]] = {}
    for fields in members:
        for name, (inner, optional) in fields.items():
            everywhere = all(name in other for other in members)
            known = merged.get(name)
            if known is not None and known[0] != inner:
                parts = known[0].members if isinstance(known[0], UnionValidator) else (known[0],)
                inner = UnionValidator((*parts, inner)) if inner not in parts else known[0]
            merged[name] = (inner, optional or not everywhere or (known is not None and known[1]))
    return merged
