"""Given values and validators in words, for messages."""

from __future__ import annotations

import json

from convexlint.program.convex.answers import Refusal
from convexlint.program.convex.given import (
    Absent,
    Constant,
    Either,
    Foreign,
    Given,
    Some,
    SomeId,
    SomeList,
    SomeObject,
)
from convexlint.program.convex.types_text import type_text
from convexlint.program.validators import (
    ArrayValidator,
    IdValidator,
    LiteralValidator,
    ScalarValidator,
    UnionValidator,
    Validator,
)

_WIDEST = 40
"""Characters of a text that a message repeats."""


def in_words(value: Given) -> str:
    """What is given: "a string", "null", "a document of `notes`"."""
    if isinstance(value, Constant):
        kinds = {bool: "a boolean", str: "a string", type(None): "null"}
        return kinds.get(type(value.value), "a number")
    if isinstance(value, Some):
        return "null" if value.kind == "null" else f"{'an' if value.kind == 'int64' else 'a'} {value.kind}"
    if isinstance(value, SomeId):
        return f"an id of `{value.table}`"
    if isinstance(value, SomeList):
        return "an array"
    if isinstance(value, SomeObject):
        return f"a document of `{value.table}`" if value.table else "an object"
    if isinstance(value, Absent):
        return "undefined"
    if isinstance(value, Foreign):
        return (
            f"a {value.name.lower()}"
            if value.name in ("function", "Promise")
            else f"{_article(value.name)} `{value.name}`"
        )
    if isinstance(value, Either) and value.options:
        return in_words(next((o for o in value.options if not isinstance(o, Absent)), value.options[0]))
    return "a value"


def shown(value: Given) -> str:
    """What is given as it is written, where that is short: `"opne"`, `null`, `5`; else in words."""
    if isinstance(value, Constant):
        if isinstance(value.value, float) and value.value.is_integer():
            return f"`{int(value.value)}`"
        text = json.dumps(value.value, ensure_ascii=False)
        if len(text) <= _WIDEST:
            return f"`{text}`"
    return in_words(value)


def refusal_text(refusal: Refusal, noun: str = "field") -> str:
    """Why a validator refuses a value, after the name of its owner: "needs `name`", "has no field `typo`". `noun`:
    what the fields at the top are called."""
    names = " and ".join(f"`{name}`" for name in refusal.names)
    where = f" in `{refusal.place}`" if refusal.place else ""
    if refusal.kind == "missing":
        return f"needs {names}{where}"
    if refusal.kind == "extra":
        return f"has no {'field' if refusal.place else noun} {names}{where}"
    if refusal.kind == "key":
        return f"cannot be given the key {names}{where}"
    at = f" for `{refusal.place}`" if refusal.place else ""
    if refusal.kind == "value":
        return f"cannot be given {in_words(refusal.given)}{at}, which is not a Convex value"
    return f"takes `{type_text(refusal.wanted)}`{at or ' here'}, not {shown(refusal.given)}"


def wanted_in_words(validator: Validator | None) -> str:
    """A validator in words."""
    if isinstance(validator, ScalarValidator):
        return "null" if validator.kind == "null" else f"a {validator.kind}"
    if isinstance(validator, IdValidator):
        return f"an id of `{validator.table}`" if validator.table else "an id"
    if isinstance(validator, LiteralValidator):
        return f"the literal `{validator.value}`"
    if isinstance(validator, UnionValidator):
        members = dict.fromkeys(map(wanted_in_words, validator.members))
        return " or ".join(members) if len(members) <= 4 else "another value"
    return "an array" if isinstance(validator, ArrayValidator) else "an object"


def _article(word: str) -> str:
    return "an" if word[:1] in "AEIO" else "a"


def plain_form(value: Given) -> str:
    """What to write in the place of a value that Convex does not take."""
    forms = {
        "Date": "its number: `.getTime()`",
        "Map": "an object of its entries: `Object.fromEntries(map)`",
        "Set": "an array of its elements: `[...set]`",
        "Promise": "what it gives: `await` it",
        "URL": "its text: `url.toString()`",
        "URLSearchParams": "its text: `params.toString()`",
        "RegExp": "its text: `pattern.source`",
        "Symbol": "a text",
        "Blob": "the id of a file that `ctx.storage.store` gives",
        "File": "the id of a file that `ctx.storage.store` gives",
        "Buffer": "its `ArrayBuffer`, for `v.bytes()`",
        "Uint8Array": "its `ArrayBuffer`, for `v.bytes()`: `array.buffer`",
    }
    name = value.name if isinstance(value, Foreign) else ""
    return forms.get(name, "a plain object with the fields that are needed")
