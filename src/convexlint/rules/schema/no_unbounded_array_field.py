"""An array in a document grows until the document is too large; rows of a table do not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Level, Related, Span
from convexlint.program.places.array_appends import ArrayAppend, array_appends
from convexlint.program.places.validator_sites import validator_fields
from convexlint.program.places.validator_uses import ELEMENT, VALUE, FieldSite
from convexlint.program.program import Program
from convexlint.program.validators import (
    ArrayValidator,
    IdValidator,
    ObjectValidator,
    UnionValidator,
    Validator,
)
from convexlint.rules.rule import NoOptions, rule

# Names that say that only some are kept: `topSellers`, `lastLogins`, `recent_visits`.
_BOUNDED = re.compile(r"(?:top|last|latest|recent|first|newest|best)(?=[A-Z_0-9]|$)")


@rule(category=Category.SCHEMA, concern=Concern.COST, level=Level.INFO)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    found: list[tuple[FieldSite, str]] = []
    seen: set[tuple[str, Span]] = set()
    for field in validator_fields(program):
        spot = (field.module.path, field.key_span)
        path = field.use.path
        if field.use.role != "schema" or not program.reports(field.module) or spot in seen:
            continue
        if ELEMENT in path or VALUE in path or field.validator is None or _BOUNDED.match(path[-1]):
            continue
        what = _elements(field.validator)
        if what is None:
            continue
        seen.add(spot)
        found.append((field, what))
    appends: dict[tuple[str, str], list[ArrayAppend]] = {}
    if found:
        for append in array_appends(program, frozenset(field.use.path[0] for field, _ in found)):
            appends.setdefault((append.table, append.field), []).append(append)
    for field, what in found:
        path = field.use.path
        yield _finding(field, what, appends.get((field.use.table or "", path[0]), []))


def _elements(validator: Validator) -> str | None:
    """What an array holds, if these are objects or ids; None for everything else."""
    if isinstance(validator, UnionValidator):
        return next((what for member in validator.members if (what := _elements(member))), None)
    if not isinstance(validator, ArrayValidator):
        return None
    inner = validator.element
    members = inner.members if isinstance(inner, UnionValidator) else (inner,)
    if any(isinstance(member, ObjectValidator) for member in members):
        return "objects"
    if any(isinstance(member, IdValidator) for member in members):
        return "ids"
    return None


def _finding(field: FieldSite, what: str, appends: list[ArrayAppend]) -> Finding:
    growth = "grows with every write that appends to it" if appends else "may grow without bound"
    return Finding(
        path=field.module.path,
        span=field.key_span,
        message=f"{field.use.text} is an array of {what} and {growth}: a document holds 1 MiB, an array "
        "8,192 elements",
        help=f"keep the {what} as rows of a table of their own, with the id of the `{field.use.table}` document in "
        "an indexed field",
        related=tuple(
            Related(append.place.module.path, append.place.span, f"appends to `{append.field}`")
            for append in appends[:3]
        ),
        level=Level.WARNING if appends else None,
    )
