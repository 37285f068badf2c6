"""The form of a card, and the mistakes that its reader names."""

from __future__ import annotations

import pytest

from convexlint.rules.card import CardError, Mark, parse_card

HEAD = (
    "# a-rule\n\nSays one thing.\n\n"
    "## What\n\nw\n\n## Why\n\ny\n\n## How to fix\n\nf\n\n## Limits\n\nl\n\n## Examples\n"
)


def card(*blocks: str) -> str:
    return HEAD + "\n".join(blocks)


def block(info: str, *lines: str) -> str:
    return "\n".join([f"```{info}", *lines, "```", ""])


BAD = block("ts bad a.ts", "const one = 1;", "    //^^^ words of it")


def test_prose_is_kept_by_section() -> None:
    parsed = parse_card("a-rule", card(BAD))
    assert parsed.summary == "Says one thing."
    assert dict(parsed.sections) == {"What": "w", "Why": "y", "How to fix": "f", "Limits": "l"}


def test_marks_are_no_part_of_the_module_and_mean_the_line_above() -> None:
    lines = ("const a = b;", "    //^ a thing", "          //^ error: b thing", "c();", "^^ c thing", "d();")
    (example,) = parse_card("a-rule", card(block("ts bad a.ts", *lines))).examples
    assert example.files["a.ts"].text == "const a = b;\nc();\nd();\n"
    assert example.files["a.ts"].marks == (
        Mark(0, 6, 7, "a thing"),
        Mark(0, 12, 13, "b thing", "error"),
        Mark(1, 0, 2, "c thing"),
    )


def test_a_bar_marks_an_empty_range() -> None:
    (example,) = parse_card("a-rule", card(block("ts bad a.ts", "a();", "| whole file"))).examples
    assert example.files["a.ts"].marks == (Mark(0, 0, 0, "whole file"),)


def test_neighbours_of_one_kind_are_one_project_until_a_path_comes_again() -> None:
    good = [block(f"ts good {path}", f"// {n}") for n, path in enumerate(("a.ts", "b.ts", "a.ts"))]
    examples = parse_card("a-rule", card("### Fine", *good)).examples
    assert [e.own for e in examples] == [("a.ts", "b.ts"), ("a.ts",)]
    assert [e.title for e in examples] == ["Fine: good 1", "Fine: good 2"]


def test_given_files_hold_for_the_page_or_for_their_section() -> None:
    text = card(
        block("ts given schema.ts", "// page"),
        "### One",
        block("ts given helper.ts", "// section"),
        block("ts good a.ts", "// one"),
        "### Two",
        block("ts good a.ts", "// two"),
    )
    one, two = parse_card("a-rule", text).examples
    assert sorted(one.files) == ["a.ts", "helper.ts", "schema.ts"]
    assert sorted(two.files) == ["a.ts", "schema.ts"]


def test_a_config_holds_for_its_section() -> None:
    text = card(
        "### One",
        block("toml", "[rules]"),
        block("ts good a.ts", "// one"),
        "### Two",
        block("ts good a.ts", "// two"),
    )
    assert [e.config for e in parse_card("a-rule", text).examples] == ["[rules]\n", ""]


def test_fixed_blocks_belong_to_the_bad_ones_above() -> None:
    text = card(BAD, block("ts fixed unsafe a.ts", "const two = 1;"))
    (example,) = parse_card("a-rule", text).examples
    assert example.fixed_mode == "unsafe"
    assert example.fixed_files["a.ts"].text == "const two = 1;\n"


def test_codes_of_typescript_follow_the_path_of_a_bad_block() -> None:
    text = card(block("ts bad a.ts TS2345 TS1005", "a();", "^ words"))
    assert parse_card("a-rule", text).examples[0].codes == ("TS2345", "TS1005")


def test_fixed_and_good_blocks_may_admit_findings_of_other_rules() -> None:
    text = card(block("ts good a.ts", "query();", "^^^^^ require-args-validator: has no args"))
    assert parse_card("a-rule", text).examples[0].files["a.ts"].marks == (
        Mark(0, 0, 5, "has no args", None, "require-args-validator"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# other\n", r"a-rule\.md:1: the first line must be `# a-rule`"),
        (HEAD.replace("## Why", "## Reason"), r"a-rule\.md:9: the sections are"),
        (HEAD.replace("## Limits\n\nl\n\n", ""), "section 'Limits' is missing"),
        (card("```ts bad a.ts", "a();"), "this block is never closed"),
        (card(block("ts wrong a.ts", "a();")), "with a KIND of given, bad, fixed, good, not-reported"),
        (card(block("", "a();")), "an example block says what it is"),
        (card(block("ts bad a.ts", "a();")), "a bad example marks what is reported"),
        (card(block("ts bad a.ts", "a();", "^ ")), "a mark needs words"),
        (card(block("ts good a.ts", "a();", "^ words")), "has no marks of its own rule"),
        (card(block("ts fixed a.ts", "a();")), "a fixed block stands below its bad block"),
        (card(block("ts good a.ts TS1005", "a();")), "only TypeScript codes of a bad block"),
    ],
)
def test_what_is_wrong_with_a_card_is_named(text: str, message: str) -> None:
    with pytest.raises(CardError, match=message):
        parse_card("a-rule", text)
