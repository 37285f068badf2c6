"""Validators that inference makes: documents and pages beside Convex's own, and how several paths become one."""

from __future__ import annotations

from convexlint.program.evaluation.values import Lit
from convexlint.program.validators import (
    ArrayValidator,
    FieldValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarValidator,
    StandIn,
    UnionValidator,
    Validator,
)

NULL_VALIDATOR = ScalarValidator("null")


class DocumentValidator(StandIn, frozen=True):
    """A whole document of a table, to be written in the project's own manner."""

    table: str


class PageValidator(StandIn, frozen=True):
    """The result of `.paginate()`."""

    item: Validator


class NothingYet(StandIn, frozen=True):
    """The element of an empty array: whatever another path puts there."""


EMPTY_ARRAY = ArrayValidator(NothingYet())  # gone before anything is written


def union_of(found: list[Validator]) -> Validator:
    """One validator that takes whatever one of `found` takes, without repeats."""
    flat: list[Validator] = []
    literals: set[tuple[type, object]] = set()
    others: list[Validator] = []
    for validator in found:
        for member in validator.members if isinstance(validator, UnionValidator) else (validator,):
            if isinstance(member, LiteralValidator):
                key = (type(member.value), member.value)
                if key not in literals:
                    literals.add(key)
                    flat.append(member)
            elif not any(same(member, other) for other in others):
                others.append(member)
                flat.append(member)
    flat = _merged_objects(_without_pages(_without_literals(flat)))
    if any(isinstance(m, RecordValidator) for m in flat):  # a record may be empty
        flat = [m for m in flat if not (isinstance(m, ObjectValidator) and m.complete and not m.fields)]
    if any(isinstance(m, ArrayValidator) and m != EMPTY_ARRAY for m in flat):
        flat = [m for m in flat if m != EMPTY_ARRAY]
    if len(flat) == 1:
        return flat[0]
    flat.sort(key=lambda m: m == NULL_VALIDATOR)  # null last, as people write it
    return UnionValidator(tuple(flat))


def _merged_objects(flat: list[Validator]) -> list[Validator]:
    """Objects that differ in one field become one, with that field optional. More of them stay apart: together they
    would take what none of them takes."""
    kept: list[Validator] = []
    for validator in flat:
        for number, other in enumerate(kept):
            if isinstance(validator, ObjectValidator) and isinstance(other, ObjectValidator):
                merged = _merge(other, validator)
                if merged is not None:
                    kept[number] = merged
                    break
        else:
            kept.append(validator)
    return kept


def _without_pages(flat: list[Validator]) -> list[Validator]:
    """`{ page: [], isDone: true, continueCursor: "" }` beside a page of documents is an empty page."""
    if not any(isinstance(m, PageValidator) for m in flat):
        return flat
    page = {"page", "isDone", "continueCursor"}
    return [
        m
        for m in flat
        if not (
            isinstance(m, ObjectValidator)
            and set(m.fields) == page
            and m.fields["page"].validator == EMPTY_ARRAY
        )
    ]


def page_of(fields: dict[str, FieldValidator]) -> PageValidator | None:
    """A page whose items were made anew: `{ ...result, page: result.page.map(...) }`."""
    if set(fields) != {"page", "isDone", "continueCursor", "splitCursor", "pageStatus"}:
        return None
    page = fields["page"].validator
    return PageValidator(page.element) if isinstance(page, ArrayValidator) else None


def has_gap(validator: object) -> bool:
    """Whether some array in it is still without an element."""
    if isinstance(validator, NothingYet):
        return True
    if isinstance(validator, ArrayValidator):
        return has_gap(validator.element)
    if isinstance(validator, ObjectValidator):
        return any(has_gap(f.validator) for f in validator.fields.values())
    if isinstance(validator, UnionValidator):
        return any(has_gap(m) for m in validator.members)
    if isinstance(validator, RecordValidator):
        return has_gap(validator.value)
    return isinstance(validator, PageValidator) and has_gap(validator.item)


def _merge(a: ObjectValidator, b: ObjectValidator) -> ObjectValidator | None:
    shared = [name for name in a.fields if name in b.fields]
    if not shared or not all(_fit(a.fields[n].validator, b.fields[n].validator) for n in shared):
        return None
    apart = len(a.fields) + len(b.fields) - 2 * len(shared)
    if apart + sum(a.fields[n].optional is not b.fields[n].optional for n in shared) > 1:
        return None
    fields = {}
    for name in (*a.fields, *(n for n in b.fields if n not in a.fields)):
        known = [f for f in (a.fields.get(name), b.fields.get(name)) if f is not None]
        full = next((f.validator for f in known if f.validator != EMPTY_ARRAY), known[0].validator)
        fields[name] = FieldValidator(full, len(known) < 2 or any(f.optional for f in known))
    return ObjectValidator(fields, a.complete and b.complete)


def _fit(a: Validator, b: Validator) -> bool:
    arrays = isinstance(a, ArrayValidator) and isinstance(b, ArrayValidator)
    return same(a, b) or (arrays and EMPTY_ARRAY in (a, b))


def _without_literals(flat: list[Validator]) -> list[Validator]:
    """Literals beside their own scalar say nothing; a boolean is both of its literals."""
    kinds = {m.kind for m in flat if isinstance(m, ScalarValidator)}
    literals = [m for m in flat if isinstance(m, LiteralValidator)]
    booleans = {m.value for m in literals if isinstance(m.value, bool)}
    if len(booleans) == 2 or (booleans and "boolean" in kinds):
        kept = [m for m in flat if not (isinstance(m, LiteralValidator) and isinstance(m.value, bool))]
        flat = kept if "boolean" in kinds else [*kept, ScalarValidator("boolean")]
    return [m for m in flat if not (isinstance(m, LiteralValidator) and scalar_of(m) in kinds)]


def scalar_of(literal: LiteralValidator | Lit) -> str:
    if isinstance(literal.value, bool):
        return "boolean"
    return "string" if isinstance(literal.value, str) else "number"


def same(a: object, b: object) -> bool:
    """Structural equality; object validators compare by their fields."""
    if isinstance(a, ObjectValidator) and isinstance(b, ObjectValidator):
        return (
            a.complete == b.complete
            and set(a.fields) == set(b.fields)
            and all(
                f.optional == b.fields[k].optional and same(f.validator, b.fields[k].validator)
                for k, f in a.fields.items()
            )
        )
    if isinstance(a, ArrayValidator) and isinstance(b, ArrayValidator):
        return same(a.element, b.element)
    if isinstance(a, RecordValidator) and isinstance(b, RecordValidator):
        return same(a.key, b.key) and same(a.value, b.value)
    if isinstance(a, UnionValidator) and isinstance(b, UnionValidator):
        return len(a.members) == len(b.members) and all(any(same(m, n) for n in b.members) for m in a.members)
    if isinstance(a, PageValidator) and isinstance(b, PageValidator):
        return same(a.item, b.item)
    return type(a) is type(b) and a == b
