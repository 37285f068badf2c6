"""What convexlint says of a change is what Convex's backend does at the push, case by case (docs/convex.md 14.1)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convexlint.program.convex.breaks import breaks
from convexlint.program.convex.types_read import read_type
from convexlint.program.validators import UnionValidator
from tests.evolution.backend import check_value, is_subset
from tests.evolution.test_narrowing import BROKEN, SAFE, VALIDATORS, documents


def is_known(*types: str) -> bool:
    """Whether the backend could have been given the types: what convexlint does not know is not a validator there."""
    return not any("unknown" in text or "..." in text for text in types)


# Each rule of `check_value` and of `is_subset`: old, new, and whether the push refuses a document of the old kind.
RULES = [
    ("MissingRequiredField", "{ a: string }", "{ a: string, b: string }", True),
    ("MissingRequiredField, optional before", "{ a?: string }", "{ a: string }", True),
    ("ExtraField", "{ a: string, b: string }", "{ a: string }", True),
    ("ExtraField, in an array", "{ a: { b: null }[] }", "{ a: {}[] }", True),
    ("LiteralValuesDoNotMatch", '{ a: "x" | "y" }', '{ a: "x" }', True),
    ("TableNamesDoNotMatch", '{ a: Id<"users"> }', '{ a: Id<"bots"> }', True),
    ("NoMatch, a string that is not an id", "{ a: string }", '{ a: Id<"users"> }', True),
    ("NoMatch, another scalar", "{ a: number }", "{ a: bigint }", True),
    ("NoMatch, the other number", "{ a: bigint }", "{ a: number }", True),
    ("NoMatch, an id is no such literal", '{ a: Id<"users"> }', '{ a: "x" }', True),
    ("NoMatch, of a union", "{ a: string | null }", "{ a: string }", True),
    ("keys of a record", "{ a: Record<string, null> }", '{ a: Record<Id<"users">, null> }', True),
    ("values of a record", "{ a: Record<string, string> }", "{ a: Record<string, number> }", True),
    ("any, narrowed", "{ a: any }", "{ a: string }", True),
    ("a field deep in one of many members", '{ k: "x", a: ({ t: 1, u?: string } | { t: 2 })[] } | { k: "y" }',
     '{ k: "x", a: ({ t: 1 } | { t: 2 })[] } | { k: "y" }', True),
    ("a new optional field", "{ a: string }", "{ a: string, b?: string }", False),
    ("a literal becomes its scalar", '{ a: "x" }', "{ a: string }", False),
    ("an id becomes a string", '{ a: Id<"users"> }', "{ a: string }", False),
    ("boolean becomes true | false", "{ a: boolean }", "{ a: true | false }", False),
    ("one of a union", "{ a: string }", "{ a: string | null }", False),
    ("any", "{ a: string }", "{ a: any }", False),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "refused"), [rule[1:] for rule in RULES], ids=[r[0] for r in RULES])
def test_each_rule_of_the_backend(old: str, new: str, refused: bool) -> None:
    before, after = read_type(old), read_type(new)
    found = list(breaks(before, after))
    assert bool(found) is refused
    for one in found:
        assert check_value(before, one.witness)
        assert not check_value(after, one.witness)
    assert not (refused and is_subset(before, after))


@pytest.mark.parametrize(("old", "new"), [row[:2] for row in BROKEN if is_known(*row[:2])])
def test_what_is_reported_is_refused(old: str, new: str) -> None:
    before, after = read_type(old), read_type(new)
    assert not is_subset(before, after), "the push would look at no document"
    for one in breaks(before, after):
        assert not check_value(after, one.witness)


@pytest.mark.parametrize(("old", "new"), [row for row in SAFE if is_known(*row)])
def test_what_is_silent_passes_or_is_not_looked_at(old: str, new: str) -> None:
    before, after = read_type(old), read_type(new)
    if is_subset(before, after):
        assert list(breaks(before, after)) == []


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_the_verdict_is_that_of_the_backend(data: st.DataObject) -> None:
    old = data.draw(VALIDATORS)
    new = data.draw(st.one_of(VALIDATORS, VALIDATORS.map(lambda more: UnionValidator((old, more)))))
    if data.draw(st.booleans()):
        old, new = new, old
    found = list(breaks(old, new))
    if is_subset(old, new):
        assert found == []
    for one in found:
        assert check_value(old, one.witness)
        assert not check_value(new, one.witness)
    if not found:
        assert check_value(new, data.draw(documents(old)))
