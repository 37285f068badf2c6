"""What takes the place of `convexlint/structs.py` where records are native classes. It is never imported from here."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

__all__ = ["Struct", "field", "fields_of", "force_setattr", "register", "replace"]

T = TypeVar("T")

_FIELDS: dict[type, dict[str, str]] = {}


def register(kind: type, fields: dict[str, str]) -> None:
    """Tell of a native class: its fields in order, each with its type as it is written."""
    _FIELDS[kind] = fields


def fields_of(kind: type) -> dict[str, str]:
    """The fields of a kind of Struct in order, each with its type as it is written."""
    return _FIELDS[kind]


def replace(item: T, /, **changes: Any) -> T:
    """A copy with other values in some fields."""
    known: Any = item
    names = _FIELDS.get(type(item))
    if names is None:
        return msgspec.structs.replace(known, **changes)  # type: ignore[no-any-return]
    return type(item)(*[changes[name] if name in changes else getattr(known, name) for name in names])


def force_setattr(item: Any, name: str, value: Any) -> None:
    setattr(item, name, value)
