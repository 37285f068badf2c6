"""The validator that says what an annotation says, and none where that is not certain."""

from __future__ import annotations

import pytest

from convexlint.discovery.project import Role
from convexlint.facts.lowered import lowered
from convexlint.facts.module import extract
from convexlint.program.model import Module
from convexlint.program.writing.type_validators import args_text


def text_of(annotation: str, head: str = "") -> str | None:
    source = f"{head}\nfunction f(a: {annotation}) {{}}\n".encode()
    facts = extract(source, "a.ts")
    module = Module("/p/convex/a.ts", "a", Role.MODULE, True, False, source, lowered(facts))
    found = facts.functions[1].params[0].annotation
    assert found is not None
    return args_text(module, found, "v")


@pytest.mark.parametrize(
    ("annotation", "written"),
    [
        ("{}", "{}"),
        (
            "{ a: string; b?: number; c: boolean; d: bigint; e: null }",
            "{ a: v.string(), b: v.optional(v.number()), c: v.boolean(), d: v.int64(), e: v.null() }",
        ),
        ('{ id: Id<"users"> }', '{ id: v.id("users") }'),
        ("{ l: string[]; m: Array<number> }", "{ l: v.array(v.string()), m: v.array(v.number()) }"),
        ('{ k: "a" | "b" | 3 }', '{ k: v.union(v.literal("a"), v.literal("b"), v.literal(3)) }'),
        ("{ o: { x: string } }", "{ o: v.object({ x: v.string() }) }"),
        ("{ b: ArrayBuffer }", "{ b: v.bytes() }"),
        ("{ s: Infer<typeof status> }", "{ s: status }"),
        ("{ x?: string | undefined }", "{ x: v.optional(v.string()) }"),
    ],
)
def test_types_that_a_validator_can_say(annotation: str, written: str) -> None:
    assert text_of(annotation) == written


def test_the_modules_own_aliases_and_interfaces_are_followed() -> None:
    head = "type Kind = 'a' | 'b';\ninterface Args { kind: Kind }\n"
    assert text_of("Args", head) == "{ kind: v.union(v.literal('a'), v.literal('b')) }"


def test_names_are_written_in_the_modules_own_quotes() -> None:
    assert text_of("{ id: Id<'users'>; k: 'a' }") == "{ id: v.id('users'), k: v.literal('a') }"


@pytest.mark.parametrize(
    "annotation",
    [
        "any",
        "{ a: any }",
        "{ a: unknown }",
        "{ a: Foreign }",
        "{ a: Date }",
        "{ [key: string]: number }",
        '{ "a-b": string }',
        "{ f: () => void }",
        "string",
    ],
)
def test_what_no_validator_says_for_certain_is_left_to_a_person(annotation: str) -> None:
    assert text_of(annotation) is None


def test_a_type_that_holds_itself_has_no_validator() -> None:
    assert text_of("Tree", "interface Tree { children: Tree[] }\n") is None
