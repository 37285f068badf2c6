"""Edits inside calls, chains and object literals, on hand-made modules."""

from __future__ import annotations

import pytest

from convexlint.discovery.project import Role
from convexlint.facts.ir import Head, ModuleFacts, Number, Object, Prop
from convexlint.facts.lowered import lowered
from convexlint.findings import Edit, Fix, Span
from convexlint.fixes.edits import FixSet
from convexlint.program.model import Module
from convexlint.program.writing.editing import (
    argument_start,
    indent_deeper,
    pin,
    quoted,
    remove_link,
    remove_property,
    replace,
)

NOTHING = lowered(ModuleFacts(Head((), (), (), None, False), (), (), (), (), (), ()))


def module(source: str) -> Module:
    return Module("/p/convex/a.ts", "a", Role.MODULE, True, False, source.encode(), NOTHING)


def applied(source: str, edit: Edit) -> str:
    return source[: edit.span.start] + edit.text + source[edit.span.end :]


@pytest.mark.parametrize(
    ("source", "argument", "expected"),
    [
        ("db.get(id)", "id", "db.get(|id)"),
        ("db.get(\n  id,\n)", "id", "db.get(\n  |id,\n)"),
        ("db.get((id as any))", "id", "db.get(|(id as any))"),
        ("db.get( ( (id)))", "id", "db.get( |( (id)))"),
        ("db.get(/* who */ id)", "id", "db.get(/* who */ |id)"),
        ("db.get(\n  // who (asks)\n  (id))", "(id)", "db.get(\n  // who (asks)\n  |(id))"),
        ("db.get?.(id)", "id", "db.get?.(|id)"),
    ],
)
def test_an_argument_starts_before_its_parentheses_and_behind_its_comments(
    source: str, argument: str, expected: str
) -> None:
    inside = source.index(argument) + (1 if argument.startswith("(") else 0)
    at = argument_start(module(source), source.index("get") + 3, inside)
    assert source[:at] + "|" + source[at:] == expected


def test_a_link_goes_with_its_line_break() -> None:
    source = 'defineTable({})\n    .index("a", ["a"])\n    .index("b", ["b"]),\n'
    start = source.index('.index("b"')
    edit = remove_link(module(source), Span(start, source.index(",\n")))
    assert applied(source, edit) == 'defineTable({})\n    .index("a", ["a"]),\n'


def test_a_link_behind_a_line_comment_leaves_the_line_break() -> None:
    source = 'defineTable({}) // rows\n    .index("b", ["b"]),\n'
    edit = remove_link(module(source), Span(source.index(".index"), source.index(",\n")))
    assert applied(source, edit) == "defineTable({}) // rows\n    ,\n"


@pytest.mark.parametrize(
    ("source", "position", "expected"),
    [
        ("{ a: 1 }", 0, "{}"),
        ("{ a: 1, b: 2 }", 0, "{ b: 2 }"),
        ("{ a: 1, b: 2 }", 1, "{ a: 1 }"),
        ("{\n  a: 1,\n  b: 2,\n}", 1, "{\n  a: 1,\n}"),
    ],
)
def test_a_property_goes_with_its_comma(source: str, position: int, expected: str) -> None:
    literal = object_of(source)
    assert applied(source, remove_property(module(source), literal, position)) == expected


def object_of(source: str) -> Object:
    """The facts of an object literal whose properties look like `a: 1`."""
    props = []
    for key in ("a", "b"):
        at = source.find(f"{key}: ")
        if at >= 0:
            props.append(Prop(at, 4, "pair", key, 0, 1, Number(at + 3, 1, 1.0), None))
    return Object(0, len(source), tuple(props))


def test_fixes_may_share_a_pin_but_not_change_what_is_pinned() -> None:
    source = '.index("by_a", ["a"]) query(1) query(2)'
    here, name = module(source), Span(7, 13)
    first = Fix.safe("use it", replace(here, Span(22, 30), "used"), pin(here, name))
    second = Fix.safe("use it", replace(here, Span(31, 39), "used"), pin(here, name))
    rename = Fix.safe("rename it", replace(here, name, '"by_b"'))
    together = FixSet()
    assert [together.add(fix) for fix in (first, second, rename)] == [True, True, False]
    assert applied(source, pin(here, name)) == source


def moved_right(source: str) -> str | None:
    edits = indent_deeper(module(source), Span(0, len(source)), "  ")
    if edits is None:
        return None
    for edit in reversed(edits):
        source = applied(source, edit)
    return source


def test_lines_move_right_but_the_first_and_empty_ones() -> None:
    assert moved_right("() => {\n  a();\n\n  b();\n}") == "() => {\n    a();\n\n    b();\n  }"
    assert moved_right("() => {\r\n  a();\r\n}") == "() => {\r\n    a();\r\n  }"
    assert moved_right("() => {\n  a(`one ${line}`);\n}") == "() => {\n    a(`one ${line}`);\n  }"


@pytest.mark.parametrize(
    "source",
    [
        "() => `two\n  lines`",
        "() => `a ${b ? `c\n` : d}`",
        "() => {\n  return `${f({\n    a: 1,\n  })}`;\n}",
        "() => 'a string \\\n  goes on'",
    ],
)
def test_lines_of_a_text_are_never_moved(source: str) -> None:
    assert moved_right(source) is None


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("t\n  .index(1)\n  .index(2)", "t\n  .index(2)"),
        ("t\n  // why\n  .index(1)\n  .index(2)", "t\n  // why\n  .index(2)"),
        ("t\r\n  // why\r\n  .index(1)\r\n  .index(2)", "t\r\n  // why\r\n  .index(2)"),
        ("t\n  // why\n  .index(1),\n", "t,\n  // why\n"),
        ("t\n  .index(0)\n  .index(1) // why\n  .index(2)", "t\n  .index(0)\n  // why\n  .index(2)"),
        ("t.index(0).index(1) // why\n  .index(2)", "t.index(0) // why\n  .index(2)"),
    ],
)
def test_a_link_goes_with_its_line_also_behind_a_comment(source: str, expected: str) -> None:
    at = source.index(".index(1)")
    assert applied(source, remove_link(module(source), Span(at, at + len(".index(1)")))) == expected


def test_a_name_that_cannot_be_seen_is_written_with_escapes() -> None:
    assert quoted(module("const a = 'b';"), "a'\n\x1b\u202e\\") == "'a\\'\\n\\x1b\\u202e\\\\'"
