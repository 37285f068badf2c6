"""How projects name their indexes after the fields, and whether a name fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from convexlint.structs import Struct

MAX_NAME = 64
RESERVED = ("by_id", "by_creation_time")


class IndexStyle(Struct, frozen=True):
    """A way to build a name: `prefix`, then the fields joined by `separator`.

    casing: "exact" (as in the schema), "snake" (user_id for userId), "capital" (UserId).
    """

    prefix: str
    separator: str
    casing: str

    def name(self, fields: Sequence[str]) -> str:
        return self.prefix + self.separator.join(self._word(field) for field in fields)

    def _word(self, field: str) -> str:
        return _cased(field, self.casing)


@lru_cache(maxsize=4096)
def _cased(field: str, casing: str) -> str:
    word = field.replace(".", "_")
    if casing == "snake":
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).lower()
    if casing == "capital":
        return "".join(part[:1].upper() + part[1:] for part in word.split("_"))
    return word


PREFIXES = ("by_", "idx_", "index_")

# The styles met in real projects, Convex's own guideline first: of equally common ones the earlier wins.
STYLES = (
    *(
        IndexStyle(prefix, separator, casing)
        for casing in ("exact", "snake")
        for prefix in (PREFIXES[0], "", *PREFIXES[1:])
        for separator in ("_and_", "_")
    ),
    IndexStyle("by", "And", "capital"),
    IndexStyle("by", "", "capital"),
)


def prevailing_style(
    named: Iterable[tuple[str, tuple[str, ...]]], *, prefix: str, separator: str, casing: str
) -> IndexStyle:
    """The style that names most of the given (name, fields) pairs exactly, within what is prescribed.

    "any" prescribes nothing. Names over several fields decide first, for one field shows no separator; then
    those over one; then how names begin and what stands in them, whether they name their fields or not.
    """
    styles = dict.fromkeys(
        IndexStyle(
            style.prefix if prefix == "any" else prefix,
            style.separator if separator == "any" else separator,
            style.casing if casing == "any" else "exact",
        )
        for style in STYLES
    )
    return _prevailing(tuple(styles), tuple((name, tuple(fields)) for name, fields in named))


@lru_cache(maxsize=16)
def _prevailing(styles: tuple[IndexStyle, ...], pairs: tuple[tuple[str, tuple[str, ...]], ...]) -> IndexStyle:
    def votes(style: IndexStyle) -> tuple[int, int, int]:
        hits = [fields for name, fields in pairs if style.name(fields) == name]
        alike = sum(_resembles(name, style) for name, fields in pairs if len(fields) > 1)
        return sum(len(fields) > 1 for fields in hits), len(hits), alike

    return max(styles, key=votes)


def _resembles(name: str, style: IndexStyle) -> bool:
    """Whether a name over several fields begins and joins words as the style does."""
    if not name.startswith(style.prefix) or (not style.prefix and name.startswith(PREFIXES)):
        return False
    rest = name[len(style.prefix) :]
    if style.separator == "" or style.separator not in rest[1:]:
        return False
    return style.separator == "_and_" or "_and_" not in rest


_BETWEEN = ("", "_", "and", "And", "_and", "_And", "and_", "And_", "_and_", "_And_")
"""What may stand between two fields in the name of an index, as written."""


def names_its_fields(
    name: str, fields: Sequence[str], *, prefix: str, separator: str, casing: str, scope: str
) -> bool:
    """Whether an index name lists the fields in order.

    `prefix` and `separator` "any" accept any beginning, and nothing or "and" between fields. casing "any"
    compares in lower case without `_`, "exact" as written; a nested field may be named by one segment under "any" only,
    a `creationTime` behind all fields is fine under both. scope "first" asks for the first field only.
    """
    exact = casing == "exact"

    def shape(text: str) -> str:
        text = text.replace(".", "_")
        return text if exact else text.replace("_", "").lower()

    text, start = shape(name), shape(prefix)
    if prefix == "any":
        ends = set(range(len(text) + 1))
    else:
        ends = {len(start)} if text.startswith(start) else set()
    if separator != "any":
        between: tuple[str, ...] = (shape(separator),)
    else:
        between = _BETWEEN if exact else ("", "and")
    for number, field in enumerate(fields[:1] if scope == "first" else fields):
        if number:
            ends = {end + len(part) for end in ends for part in between if text.startswith(part, end)}
        # A nested field is named well by any one segment of its path, where names are not taken to the letter.
        words = {shape(word) for word in (field, *(() if exact else field.split("."))) if word}
        ends = {end + len(word) for end in ends for word in words if text.startswith(word, end)}
    if scope == "first" or len(text) in ends:
        return bool(ends)
    # Convex adds `_creationTime` to every index: a name may say so.
    last = {shape("creationTime"), shape("_creationTime")}
    return any(text[end:] == part + word for end in ends for part in between for word in last)


def is_usable(name: str) -> bool:
    """Whether Convex takes it as an index name (convex-facts 5.2)."""
    identifier = re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]*", name)
    return identifier is not None and len(name) <= MAX_NAME and name not in RESERVED
