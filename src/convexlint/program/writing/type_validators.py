"""The validator that says what a TypeScript annotation says."""

from __future__ import annotations

import json
import re

from convexlint.facts import ir
from convexlint.program.model import Module
from convexlint.program.writing.editing import quoted

MAX_DEPTH = 12
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_KEYWORDS = {
    "string": "string()",
    "number": "number()",
    "boolean": "boolean()",
    "bigint": "int64()",
    "null": "null()",
}


def args_text(module: Module, annotation: ir.Type, v: str) -> str | None:
    """The `args` object for a parameter's annotation, None when some part of it has no known validator.

    `v`: how the module writes the `v` of convex/values.
    """
    resolved = _resolved(module, annotation, 0)
    return None if resolved is None else _fields(module, resolved, v, 0)


def _resolved(module: Module, annotation: ir.Type, depth: int) -> ir.TypeObject | None:
    """An object type, through the module's own aliases and interfaces."""
    if isinstance(annotation, ir.TypeObject):
        return annotation
    declared = _declared(module, annotation)
    return None if declared is None or depth > MAX_DEPTH else _resolved(module, declared, depth + 1)


def _declared(module: Module, annotation: ir.Type) -> ir.Type | None:
    if not isinstance(annotation, ir.TypeName) or annotation.args:
        return None
    found = [t for t in module.facts.types if t.name == annotation.name]
    if len(found) != 1 or found[0].params or found[0].extends:
        return None
    return found[0].type


def _fields(module: Module, annotation: ir.TypeObject, v: str, depth: int) -> str | None:
    if annotation.index is not None:
        return None
    parts = []
    for field in annotation.fields:
        inner = _validator(module, field.type, v, depth + 1, field.optional)
        if inner is None or not _KEY.match(field.name):
            return None
        parts.append(f"{field.name}: {inner}")
    return "{ " + ", ".join(parts) + " }" if parts else "{}"


def _validator(module: Module, annotation: ir.Type, v: str, depth: int, optional: bool = False) -> str | None:
    if depth > MAX_DEPTH:
        return None
    if isinstance(annotation, ir.TypeUnion):
        items = [i for i in annotation.items if not _is_undefined(i)]
        if len(items) < len(annotation.items):
            # `x: T | undefined` must be given, as undefined or not; a validator knows only left out or not.
            if not optional and depth > 1:
                return None
            optional = True
        members = [_validator(module, i, v, depth + 1) for i in items]
        if not members or None in members:
            return None
        known = [m for m in members if m is not None]
        text = known[0] if len(known) == 1 else f"{v}.union({', '.join(known)})"
    else:
        single = _single(module, annotation, v, depth)
        if single is None:
            return None
        text = single
    return f"{v}.optional({text})" if optional else text


def _single(module: Module, annotation: ir.Type, v: str, depth: int) -> str | None:
    if isinstance(annotation, ir.TypeKeyword):
        made = _KEYWORDS.get(annotation.name)
        return None if made is None else f"{v}.{made}"
    if isinstance(annotation, ir.TypeLiteral):
        value = annotation.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        text = quoted(module, value) if isinstance(value, str) else json.dumps(value)
        return f"{v}.literal({text})"
    if isinstance(annotation, ir.TypeArray):
        return _array(module, annotation.element, v, depth)
    if isinstance(annotation, ir.TypeObject):
        fields = _fields(module, annotation, v, depth)
        return None if fields is None else f"{v}.object({fields})"
    if isinstance(annotation, ir.TypeName):
        return _named(module, annotation, v, depth)
    return None


def _array(module: Module, element: ir.Type, v: str, depth: int) -> str | None:
    inner = _validator(module, element, v, depth + 1)
    return None if inner is None else f"{v}.array({inner})"


def _named(module: Module, annotation: ir.TypeName, v: str, depth: int) -> str | None:
    declared = _declared(module, annotation)
    if declared is not None:
        return _validator(module, declared, v, depth + 1)
    args = annotation.args
    if annotation.name == "bigint" and not args:  # the grammar reads it as any other name
        return f"{v}.int64()"
    if annotation.name in ("Id", "GenericId") and len(args) == 1 and isinstance(args[0], ir.TypeLiteral):
        table = args[0].value
        return f"{v}.id({quoted(module, table)})" if isinstance(table, str) else None
    if annotation.name in ("Array", "ReadonlyArray") and len(args) == 1:
        return _array(module, args[0], v, depth)
    if annotation.name == "ArrayBuffer" and not args:
        return f"{v}.bytes()"
    if annotation.name == "Infer" and len(args) == 1 and isinstance(args[0], ir.TypeQuery):
        value = args[0].value
        return module.source[value.start : value.end].decode()
    return None


def _is_undefined(annotation: ir.Type) -> bool:
    return isinstance(annotation, ir.TypeKeyword) and annotation.name == "undefined"
