"""Values that one validator takes and another refuses: what breaks when the first becomes the second.

Each break has a witness, a whole value of the old kind that the new validator refuses; nothing is told without one
that `acceptance.takes` has been put to. What is not known (a spread, a dynamic table) is silent.
What a push refuses: docs/convex.md 14.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice, product
from typing import Literal

from convexlint.program.convex.acceptance import takes
from convexlint.program.convex.values import Bytes, IdValue, Int64, Json, Unfollowed, written
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
from convexlint.structs import Struct

MOST_SAMPLES = 2_000
"""Values that are tried where unions of objects leave no shorter way."""

_WIDEST = 120
"""Characters of a witness that a message shows."""

MEMBER = "|"
"""The step of a path into one of the members of a union: what stands behind it is a field of that member alone."""

_WHOLE: tuple[str, ...] = ()
_DEPTH = 60
_SCALARS: dict[str, tuple[Json, ...]] = {
    "int64": (Int64(),),
    "boolean": (True, False),
    "bytes": (Bytes(),),
    "null": (None,),
}
_ANYTHING: tuple[Json, ...] = ("text", 1.0, True, None, [], {}, Int64(), Bytes())
_MISSING = object()

Kind = Literal["required", "gone", "optional", "type"]


class Break(Struct, frozen=True, eq=False):
    """`path`: field names down to where it breaks, "[]" for elements, "{}" for values of a record, `MEMBER` for one of
    several members of a union.

    kind: "required" (a field that old values lack), "gone" (a field that old values have), "optional" (a field that may
    be missing in old values and no longer in new ones), "type" (a value that is no longer taken). `old`, `new`: the
    validators there, for elements of arrays and values of records those of the whole; None where there is none.
    `witness`: a whole value that the old validator takes and the new one refuses.
    """

    path: tuple[str, ...]
    kind: Kind
    old: Validator | None
    new: Validator | None
    witness: Json

    @property
    def name(self) -> str:
        """The field as messages call it: `a.b`; "" for the whole value."""
        return ".".join(step for step in self.path if step not in ("[]", "{}", MEMBER))

    @property
    def place(self) -> tuple[str, ...]:
        """The path as far as there is one place for it in the source: up to the union that it goes into."""
        return self.path[: self.path.index(MEMBER)] if MEMBER in self.path else self.path

    @property
    def shown(self) -> str:
        """The witness as TypeScript would write it; where it is long, what leads to the break, and no more."""
        text = written(self.witness)
        if len(text) > _WIDEST:
            text = _excerpt(self.witness, tuple(step for step in self.path if step != MEMBER))
        return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."


def _excerpt(value: Json, path: tuple[str, ...]) -> str:
    """A value with the entries that a path does not go through left out."""
    if isinstance(value, list) and value and path[:1] == ("[]",):
        return f"[{_excerpt(value[0], path[1:])}]"
    if isinstance(value, dict) and value and path:
        name = next(iter(value)) if path[0] == "{}" else path[0]
        if name in value:
            others = "..., " if len(value) > 1 else ""
            return f"{{ {others}{name}: {_excerpt(value[name], path[1:])} }}"
    return written(value)


def breaks(old: Validator, new: Validator, *, loose: bool = False) -> Iterator[Break]:
    """What `old` takes and `new` refuses: one entry for each field of an object, in the new and then the old order.
    `loose`: see `acceptance.takes`."""
    for path, kind, inner_old, inner_new, witness in _breaks(old, new, loose, 0):
        if takes(old, witness, loose=loose) is not False and takes(new, witness, loose=loose) is False:
            yield Break(path, kind, inner_old, inner_new, witness)


_Found = tuple[tuple[str, ...], Kind, Validator | None, Validator | None, Json]


def _breaks(old: Validator, new: Validator, loose: bool, depth: int) -> Iterator[_Found]:
    if depth > _DEPTH or old is new or isinstance(new, AnyValidator):
        return
    if isinstance(old, ObjectValidator) and isinstance(new, ObjectValidator):
        yield from _objects(old, new, loose, depth)
    elif isinstance(old, ArrayValidator) and isinstance(new, ArrayValidator):
        for path, kind, a, b, witness in _breaks(old.element, new.element, loose, depth + 1):
            yield ("[]", *path), kind, *_seen_from(old, new, path, kind, a, b), [witness]
    elif isinstance(old, RecordValidator) and isinstance(new, RecordValidator):
        yield from _records(old, new, loose, depth)
    elif isinstance(old, UnionValidator) and not isinstance(new, UnionValidator):
        found = [next(_breaks(member, new, loose, depth + 1), None) for member in old.members]
        refused = next((one for one in found if one is not None), None)
        if refused is not None:
            yield (), "type", old, new, refused[4]
    else:
        tried = ((_WHOLE, "type", old, new, one) for one in _witness(old, new, loose, depth))
        yield from islice(chain(_of_members(old, new, loose, depth), tried), 1)


def _of_members(old: Validator, new: Validator, loose: bool, depth: int) -> Iterator[_Found]:
    """What breaks where one of the two is a union: the plainest value of a member that nobody takes, and what breaks
    between a member and those members of `new` that take its plainest value. Trying alone would find no field deep in
    one of many members."""
    if not isinstance(old, UnionValidator) and not isinstance(new, UnionValidator):
        return
    for member in _members(old):
        for plain in example(member):
            if takes(new, plain, loose=loose) is False:
                yield _nearly(member, new, loose, depth) or (_WHOLE, "type", old, new, plain)
            for other in _members(new):
                if takes(other, plain, loose=loose) is False:
                    continue
                for path, kind, a, b, witness in _breaks(member, other, loose, depth + 1):
                    if takes(new, witness, loose=loose) is False:
                        deep: _Found = ((MEMBER, *path), kind, a, b, witness)
                        paired = bool(path) and isinstance(old, UnionValidator)
                        yield deep if paired else (_WHOLE, "type", old, new, witness)


def _nearly(member: Validator, new: Validator, loose: bool, depth: int) -> _Found | None:
    """The one field that a member of a union lacks for just one of the members of `new`."""
    near: list[_Found] = []
    for other in _members(new):
        found = list(islice(_breaks(member, other, loose, depth + 1), 2))
        if len(found) == 1 and found[0][1] in ("required", "optional"):
            near += found
    if len(near) != 1 or takes(new, near[0][4], loose=loose) is not False:
        return None
    path, kind, a, b, witness = near[0]
    return (MEMBER, *path), kind, a, b, witness


def _objects(old: ObjectValidator, new: ObjectValidator, loose: bool, depth: int) -> Iterator[_Found]:
    base = next(iter(example(old)), None)
    if not isinstance(base, dict):
        return
    for name, field in new.fields.items():
        before = old.fields.get(name)
        if before is None:
            if not field.optional and old.complete:
                yield (name,), "required", None, field.validator, base
            elif not old.complete:
                continue
            continue
        if before.optional and not field.optional:
            without = {key: value for key, value in base.items() if key != name}
            yield (name,), "optional", before.validator, field.validator, without
        for path, kind, a, b, witness in _breaks(before.validator, field.validator, loose, depth + 1):
            yield (name, *path), kind, a, b, {**base, name: witness}
    if new.complete and not loose:
        for name, before in old.fields.items():
            if name not in new.fields:
                for value in example(before.validator):
                    yield (name,), "gone", before.validator, None, {**base, name: value}


def _records(old: RecordValidator, new: RecordValidator, loose: bool, depth: int) -> Iterator[_Found]:
    values = example(old.value)
    for path, kind, a, b, witness in _breaks(old.key, new.key, loose, depth + 1) if values else ():
        if isinstance(witness, str):
            yield ("{}", *path), kind, *_seen_from(old, new, path, kind, a, b), {witness: values[0]}
    for key in example(old.key):
        if not isinstance(key, str):
            return
        for path, kind, a, b, witness in _breaks(old.value, new.value, loose, depth + 1):
            yield ("{}", *path), kind, *_seen_from(old, new, path, kind, a, b), {key: witness}


def _seen_from(
    old: Validator,
    new: Validator,
    path: tuple[str, ...],
    kind: Kind,
    a: Validator | None,
    b: Validator | None,
) -> tuple[Validator | None, Validator | None]:
    """The types as a field has them: of elements and values that have no names, those of the whole."""
    return (old, new) if kind == "type" and all(step in ("[]", "{}") for step in path) else (a, b)


def _witness(old: Validator, new: Validator, loose: bool, depth: int) -> tuple[Json, ...]:
    """A value of `old` that `new` refuses, found by trying; () where none is."""
    tried = islice(samples(old, new, depth), MOST_SAMPLES)
    return tuple(islice((value for value in tried if takes(new, value, loose=loose) is False), 1))


def example(validator: Validator) -> tuple[Json, ...]:
    """The plainest value that the validator takes: no optional fields, empty lists; () where it takes none (an empty
    union)."""
    return tuple(islice(samples(validator, AnyValidator(), 0), 1))


def samples(validator: Validator, other: Validator, depth: int) -> Iterator[Json]:
    """Values that the validator takes, the plainest first; enough of them to tell it from `other`."""
    if depth > _DEPTH:
        return
    if isinstance(validator, ScalarValidator):
        if validator.kind == "string":
            named = [one for one in _literals(other) if isinstance(one, str)]
            yield max(named, key=len, default="") + "text"
            yield from named
            yield IdValue("other")
        elif validator.kind == "number":
            numbers = [one for one in _literals(other) if isinstance(one, float)]
            yield max(numbers, default=0.0) + 1.0
            yield from numbers
        else:
            yield from _SCALARS.get(validator.kind, ())
    elif isinstance(validator, IdValidator):
        if validator.table is not None:
            yield IdValue(validator.table)
    elif isinstance(validator, LiteralValidator):
        yield float(validator.value) if type(validator.value) is int else validator.value
    elif isinstance(validator, ArrayValidator):
        yield []
        inner = _elements(other)
        found = list(islice(samples(validator.element, inner, depth + 1), 20))
        yield from ([one] for one in found)
        yield from ([a, b] for a in found[:6] for b in found[:6])
    elif isinstance(validator, ObjectValidator):
        yield from _sampled_objects(validator, other, depth)
    elif isinstance(validator, RecordValidator):
        yield {}
        keys = [k for k in islice(samples(validator.key, _keys(other), depth + 1), 6) if isinstance(k, str)]
        keys += [name for name in _field_names(other) if takes(validator.key, name)]
        values = list(islice(samples(validator.value, _values(other), depth + 1), 12))
        yield from ({key: value} for key in dict.fromkeys(keys) for value in values)
        yield from ({**dict.fromkeys(keys, value)} for value in values)
    elif isinstance(validator, UnionValidator):
        for member in validator.members:
            yield from samples(member, other, depth + 1)
    elif isinstance(validator, AnyValidator):
        yield from _ANYTHING
        yield {"field": "text"}
    else:
        yield Unfollowed()


def _sampled_objects(validator: ObjectValidator, other: Validator, depth: int) -> Iterator[Json]:
    choices: list[list[object]] = []
    names = list(validator.fields)
    for name, field in validator.fields.items():
        inner = _field(other, name)
        values: list[object] = list(islice(samples(field.validator, inner, depth + 1), 24))
        choices.append([_MISSING, *values] if field.optional else values)
    for chosen in islice(product(*choices), MOST_SAMPLES):
        yield {n: v for n, v in zip(names, chosen, strict=True) if v is not _MISSING}  # type: ignore[misc]
    # With many fields a product begins with those of the last ones alone: each field is varied by itself, too.
    plain = [one[0] for one in choices if one]
    if len(plain) == len(choices):
        for at, values in enumerate(choices):
            for value in values[1:]:
                varied = [*plain[:at], value, *plain[at + 1 :]]
                yield {n: v for n, v in zip(names, varied, strict=True) if v is not _MISSING}  # type: ignore[misc]


# ------------------------------------------------------------------------- parts of the other side


def _members(validator: Validator) -> Iterator[Validator]:
    if isinstance(validator, UnionValidator):
        for member in validator.members:
            yield from _members(member)
    else:
        yield validator


def _union(found: list[Validator]) -> Validator:
    return found[0] if len(found) == 1 else UnionValidator(tuple(found))


def _literals(validator: Validator) -> list[Json]:
    found = [member.value for member in _members(validator) if isinstance(member, LiteralValidator)]
    return [float(value) if type(value) is int else value for value in found]


def _elements(validator: Validator) -> Validator:
    return _union([m.element for m in _members(validator) if isinstance(m, ArrayValidator)])


def _keys(validator: Validator) -> Validator:
    return _union([m.key for m in _members(validator) if isinstance(m, RecordValidator)])


def _values(validator: Validator) -> Validator:
    records = [m.value for m in _members(validator) if isinstance(m, RecordValidator)]
    objects = [m for m in _members(validator) if isinstance(m, ObjectValidator)]
    return _union([*records, *(f.validator for o in objects for f in o.fields.values())])


def _field_names(validator: Validator) -> list[str]:
    objects = [m for m in _members(validator) if isinstance(m, ObjectValidator)]
    return list(dict.fromkeys(name for o in objects for name in o.fields))


def _field(validator: Validator, name: str) -> Validator:
    found = [
        m.fields[name].validator
        for m in _members(validator)
        if isinstance(m, ObjectValidator) and name in m.fields
    ]
    return _union([*found, *(m.value for m in _members(validator) if isinstance(m, RecordValidator))])
