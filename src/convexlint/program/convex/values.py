"""Convex values as data (convex-facts 6).

A value is None (null), a bool, a float (number), an `Int64`, a str, `Bytes`, an `IdValue`, a list, or a dict;
`Unfollowed` where nobody knows what is taken. An id is a string for the backend, so `v.string()` takes it; a string
is not an id.
"""

from __future__ import annotations

import json

from convexlint.structs import Struct


class Int64(Struct, frozen=True):
    value: int = 1


class Bytes(Struct, frozen=True):
    """Some bytes."""


class IdValue(Struct, frozen=True):
    """An id of a document of `table`."""

    table: str


class Unfollowed(Struct, frozen=True):
    """Some value that a validator takes which could not be followed."""


Plain = None | bool | float | str | Int64 | Bytes | IdValue | Unfollowed
Json = Plain | list["Json"] | dict[str, "Json"]


def written(value: Json) -> str:
    """The value as TypeScript would write it; ids and bytes as what they are: `<id of users>`."""
    if isinstance(value, Int64):
        return f"{value.value}n"
    if isinstance(value, Bytes):
        return "<bytes>"
    if isinstance(value, Unfollowed):
        return "..."
    if isinstance(value, IdValue):
        return f"<id of {value.table}>"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, dict):
        pairs = [
            f"{key if key.isidentifier() else json.dumps(key)}: {written(one)}" for key, one in value.items()
        ]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return json.dumps(value, ensure_ascii=False)
