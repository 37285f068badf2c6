"""What breaks when one validator becomes another: a table of pairs, and the algebra against brute force."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convexlint.program.convex.acceptance import takes
from convexlint.program.convex.breaks import breaks
from convexlint.program.convex.types_read import TypeTextError, read_type
from convexlint.program.convex.types_text import type_text
from convexlint.program.convex.values import Bytes, IdValue, Int64, Json
from convexlint.program.validators import (
    AnyValidator,
    ArrayValidator,
    FieldValidator,
    IdValidator,
    LiteralValidator,
    ObjectValidator,
    RecordValidator,
    ScalarName,
    ScalarValidator,
    UnionValidator,
    Validator,
)

DEEP = '{ k: "x", a: ({ t: 1, u?: string } | { t: 2 })[] } | { k: "y" }'
SAFE = [
    ("string", "string"),
    ("string", "string | null"),
    ("string", "any"),
    ('"a"', "string"),
    ('"a" | "b"', '"b" | "a" | "c"'),
    ('"a" | "b"', "string"),
    ("1", "number"),
    ("true", "boolean"),
    ("true | false", "boolean"),
    ("boolean", "true | false"),
    ('Id<"users">', "string"),
    ('Id<"users">', 'Id<"users"> | Id<"bots">'),
    ("string[]", "(string | number)[]"),
    ("never[]", "string[]"),
    ("{ a: string }", "{ a: string, b?: number }"),
    ("{ a: string }", "{ a?: string }"),
    ("{ a: string }", "{ a: string } | { b: string }"),
    ("{ k: true, x: string } | { k: false, y: number }", "{ k: boolean, x?: string, y?: number }"),
    ("{ a: true | false }", "{ a: true } | { a: false }"),
    ("Record<string, number>", "Record<string, number | null>"),
    ("{ a: number, b: number }", "Record<string, number>"),
    ("{}", "Record<string, string>"),
    ("unknown", "string"),
    ("{ a: unknown }", "{ a: string }"),
    ("string", "unknown"),
    ("{ a: string, ... }", "{ a: string, b: string }"),
    ("bigint", "bigint | null"),
    ("ArrayBuffer", "ArrayBuffer"),
    ("null", "null"),
    ("(string | number)[][]", "(number | string)[][]"),
]
BROKEN = [
    (DEEP, DEEP.replace(", u?: string", ""), [("gone", "|.a.[].|.u")]),
    (DEEP, DEEP.replace("u?: string", "u: string"), [("optional", "|.a.[].|.u")]),
    (DEEP, DEEP.replace("t: 2", "t: 2, u: 1"), [("required", "|.a.[].|.u")]),
    (DEEP, DEEP.replace(' | { k: "y" }', ""), [("type", "")]),
    ("string", "number", [("type", "")]),
    ("string | null", "string", [("type", "")]),
    ("any", "string", [("type", "")]),
    ("string", '"a"', [("type", "")]),
    ('"a" | "b" | "c"', '"a" | "b"', [("type", "")]),
    ("number", "1 | 2", [("type", "")]),
    ("boolean", "true", [("type", "")]),
    ("string", 'Id<"users">', [("type", "")]),
    ('Id<"users">', 'Id<"bots">', [("type", "")]),
    ("number", "bigint", [("type", "")]),
    ("string[]", "number[]", [("type", "[]")]),
    ("string[]", "string", [("type", "")]),
    ("{ a: string }", "{ a: number }", [("type", "a")]),
    ("{ a: string }", "{ a: string, b: number }", [("required", "b")]),
    ("{ a?: string }", "{ a: string }", [("optional", "a")]),
    ("{ a: string, b: number }", "{ a: string }", [("gone", "b")]),
    ("{ a?: string }", "{}", [("gone", "a")]),
    ("{ a: string, ... }", "{}", [("gone", "a")]),
    ("{ a: { b: string } }", "{ a: { b: number } }", [("type", "a.b")]),
    ("{ a: { b: string } }", "{ a: { b: string, c: string } }", [("required", "a.c")]),
    ("{ a: { b: string }[] }", "{ a: { b: number }[] }", [("type", "a.[].b")]),
    ("{ a: string, b: string }", "{ a: number, b: number }", [("type", "a"), ("type", "b")]),
    ("{ a: string, b: string }", "{ b?: string, c: string }", [("required", "c"), ("gone", "a")]),
    ("{ a: string } | { b: string }", "{ a: string }", [("type", "")]),
    ("{ a: boolean }", "{ a: true } | { b: string }", [("type", "")]),
    ("{ k: boolean, x: string }", "{ k: true, x: string } | { k: false, x: number }", [("type", "")]),
    ("Record<string, string>", "Record<string, number>", [("type", "{}")]),
    ("Record<string, string>", "{ a?: string }", [("type", "")]),
    ("Record<string, string>", '"x"', [("type", "")]),
    ("{ a: string }", "Record<string, number>", [("type", "")]),
    ("string", "never", [("type", "")]),
    ("null", "string", [("type", "")]),
    ("ArrayBuffer", "string", [("type", "")]),
    ("(string | null)[]", "string[]", [("type", "[]")]),
    ("{ a: unknown, b: string }", "{ a: unknown, b: number }", [("type", "b")]),
]


@pytest.mark.parametrize(("old", "new"), SAFE)
def test_wider_is_silent(old: str, new: str) -> None:
    assert list(breaks(read_type(old), read_type(new))) == []


@pytest.mark.parametrize(("old", "new", "due"), BROKEN)
def test_narrower_breaks_with_a_witness(old: str, new: str, due: list[tuple[str, str]]) -> None:
    before, after = read_type(old), read_type(new)
    found = list(breaks(before, after))
    assert [(one.kind, ".".join(one.path)) for one in found] == due
    for one in found:
        assert takes(before, one.witness) is not False
        assert takes(after, one.witness) is False


def test_readers_of_results_do_not_mind_more_fields() -> None:
    old, new = read_type("{ a: string }[]"), read_type("{ a: string, b: number }[]")
    assert list(breaks(new, old, loose=True)) == []
    assert [one.kind for one in breaks(old, new, loose=True)] == ["required"]


NAMES = ("a", "b", "c")
LITERALS: tuple[str | float | bool, ...] = ("x", "y", 1.0, 2.0, True, False)


def objects(inner: st.SearchStrategy[Validator]) -> st.SearchStrategy[Validator]:
    fields = st.builds(FieldValidator, inner, st.booleans())
    return st.dictionaries(st.sampled_from(NAMES), fields, max_size=2).map(lambda f: ObjectValidator(f, True))


VALIDATORS: st.SearchStrategy[Validator] = st.recursive(
    st.one_of(
        st.sampled_from(get_args(ScalarName)).map(ScalarValidator),
        st.sampled_from(("users", "bots")).map(IdValidator),
        st.sampled_from(LITERALS).map(LiteralValidator),
        st.just(AnyValidator()),
    ),
    lambda inner: st.one_of(
        inner.map(ArrayValidator),
        objects(inner),
        st.lists(inner, min_size=1, max_size=3).map(lambda members: UnionValidator(tuple(members))),
        inner.map(lambda value: RecordValidator(ScalarValidator("string"), value)),
    ),
    max_leaves=6,
)
SCALARS: dict[str, st.SearchStrategy[Json]] = {
    "string": st.sampled_from(("x", "y", "other", "")),
    "number": st.sampled_from((0.0, 1.0, 2.0, 3.5)),
    "boolean": st.booleans(),
    "null": st.none(),
    "int64": st.just(Int64(7)),
    "bytes": st.just(Bytes()),
}


def documents(validator: Validator) -> st.SearchStrategy[Json]:
    """Values that the validator takes, made without a look at any other validator."""
    if isinstance(validator, ScalarValidator):
        return SCALARS[validator.kind]
    if isinstance(validator, IdValidator):
        return st.just(IdValue(str(validator.table)))
    if isinstance(validator, LiteralValidator):
        return st.just(validator.value)
    if isinstance(validator, ArrayValidator):
        return st.lists(documents(validator.element), max_size=2).map(list)
    if isinstance(validator, ObjectValidator):
        required = {n: documents(f.validator) for n, f in validator.fields.items() if not f.optional}
        optional = {n: documents(f.validator) for n, f in validator.fields.items() if f.optional}
        return st.fixed_dictionaries(required, optional=optional).map(dict)
    if isinstance(validator, UnionValidator):
        return st.one_of(*map(documents, validator.members))
    if isinstance(validator, RecordValidator):
        return st.dictionaries(st.sampled_from(NAMES), documents(validator.value), max_size=2).map(dict)
    return st.one_of(*SCALARS.values(), st.just([]), st.just({"a": None}))


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_the_verdict_is_that_of_brute_force(data: st.DataObject) -> None:
    old = data.draw(VALIDATORS)
    related = st.one_of(VALIDATORS, VALIDATORS.map(lambda more: UnionValidator((old, more))))
    new = data.draw(related)
    if data.draw(st.booleans()):
        old, new = new, old
    found = list(breaks(old, new))
    for one in found:
        assert takes(old, one.witness) is True
        assert takes(new, one.witness) is False
    if not found:
        document = data.draw(documents(old))
        assert takes(new, document) is not False, (type_text(old), type_text(new))


@settings(max_examples=300, deadline=None)
@given(VALIDATORS)
def test_types_are_read_as_they_are_written(validator: Validator) -> None:
    again = read_type(type_text(validator))
    assert list(breaks(validator, again)) == list(breaks(again, validator)) == []


@pytest.mark.parametrize(
    "text", ["", "{", "string |", "Id<users>", "foo", "[]", "{ a string }", "string number"]
)
def test_what_is_no_type_is_told(text: str) -> None:
    with pytest.raises(TypeTextError):
        read_type(text)


def test_a_long_witness_is_cut_to_what_leads_to_the_break() -> None:
    more = ", ".join(f"name{n}: string" for n in range(30))
    old, new = f"{{ {more}, one: ({DEEP})[] }}", f"{{ {more}, one: ({DEEP.replace(', u?: string', '')})[] }}"
    (found,) = breaks(read_type(old), read_type(new))
    assert found.name == "one.a.u"
    assert found.place == ("one", "[]")
    assert found.shown == '{ ..., one: [{ ..., a: [{ ..., u: "text" }] }] }'
