"""The pages of rules, from a decorator's metadata and a card's prose."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from rich.cells import cell_len

from convexlint.findings import Category, Finding, Level
from convexlint.reports.explain import rule_page, rules_json, rules_list, rules_table
from convexlint.reports.paint import plain
from convexlint.rules.card import load_card, parse_card
from convexlint.rules.loader import load_rules
from convexlint.rules.rule import NoOptions, Rule


@dataclass(frozen=True, slots=True)
class Options:
    """What users may set.

    Attributes:
        scope: which functions are meant
        max_rows: how many rows
            are few
        names: more of them
    """

    scope: Literal["public", "all"] = "public"
    max_rows: int = 5
    names: tuple[str, ...] = ("a",)


def nothing(program: object, options: object) -> Iterator[Finding]:
    """A check that finds nothing."""
    yield from ()


def made(name: str, level: Level | None = Level.WARNING, options: type[Any] = NoOptions, **more: Any) -> Rule:
    columns = {"category": Category.QUERIES, "fix": "safe", "official": False, "always": False, **more}
    return Rule(
        name=name, level=level, since="0.1.0", stage="program", options=options, check=nothing, **columns
    )


CARD = parse_card(
    "few-rows",
    """# few-rows
Reads few | rows.

## What
What it reports.
## Why
Why it matters.
## How to fix
What to do.
## Limits
What it misses.
## Examples
### One
```ts good a.ts
export {};
```
""",
)


def test_a_page_has_metadata_prose_and_options_but_no_examples() -> None:
    assert rule_page(made("few-rows", options=Options, official=True), CARD, examples=False) == (
        """\
# few-rows

Reads few | rows.

- Category: queries
- Level: warning under `recommended`
- Fix: safe: applied by `--fix`
- Since: 0.1.0
- ESLint and oxlint comments that name `@convex-dev/few-rows` silence it, too

## What

What it reports.

## Why

Why it matters.

## How to fix

What to do.

## Limits

What it misses.

## Options

- `scope` ("public" or "all"; default `"public"`): which functions are meant
- `max-rows` (a number; default `5`): how many rows are few
- `names` (a list of text; default `["a"]`): more of them
"""
    )


def test_people_get_a_bad_example_with_its_mark_and_what_to_write_instead() -> None:
    card = load_card("no-filter-in-query")
    rule = next(one for one in load_rules() if one.name == card.name)
    page = rule_page(rule, card, examples=False, one_example=True)
    reported, _, instead = page.partition("\nReported:\n")[2].partition("\nInstead:\n")
    assert (
        '      .filter((q) => q.eq(q.field("channelId"), args.channelId))\n     //^^^^^^ every row of `messages`'
        in reported
    )
    assert '.withIndex("by_channelId", (q) => q.eq("channelId", args.channelId))' in instead
    assert page.index("Instead:") < page.index("- Category:")
    assert page.count("after-index") == 1, "options are told once"


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.name)
def test_every_rule_has_a_page_for_people(rule: Rule) -> None:
    card = load_card(rule.name)
    page = rule_page(rule, card, examples=False, one_example=True)
    assert page.startswith(f"# {rule.name}\n")
    has_bad = any(example.kind == "bad" for example in card.examples)
    assert ("Reported:" in page) is has_bad
    assert page.count("```") % 2 == 0


def test_the_list_of_rules_fits_a_terminal_on_two_lines_a_rule() -> None:
    pages = [(rule, load_card(rule.name)) for rule in load_rules()]
    lines = plain(rules_list(pages, 80)).splitlines()
    assert all(cell_len(line) <= 80 for line in lines)
    at = next(i for i, line in enumerate(lines) if line.startswith("  no-filter-in-query "))
    assert lines[at].split() == ["no-filter-in-query", "warning", "safe"]
    assert lines[at + 1].startswith("      A `.filter()` on a database query")
    wide = plain(rules_list(pages)).splitlines()
    assert sum(line.startswith("  no-filter-in-query ") and "reads every row" in line for line in wide) == 1


def test_examples_come_last_when_wanted() -> None:
    page = rule_page(made("few-rows"), CARD, examples=True)
    assert page.endswith("## Examples\n### One\n```ts good a.ts\nexport {};\n```\n")


def test_a_page_says_when_a_rule_is_off_or_always_on() -> None:
    assert "off under `recommended`; a warning when turned on" in rule_page(
        made("x", None), CARD, examples=False
    )
    assert "error; cannot be turned off" in rule_page(
        made("x", Level.ERROR, always=True), CARD, examples=False
    )


def test_json_of_one_rule_is_an_object_and_of_all_an_array() -> None:
    pages = [(made("few-rows", options=Options), CARD)]
    one = json.loads(rules_json(pages, one=True))
    assert json.loads(rules_json(pages, one=False)) == [one]
    assert one == {
        "name": "few-rows",
        "category": "queries",
        "level": "warning",
        "fix": "safe",
        "since": "0.1.0",
        "official": False,
        "always": False,
        "summary": "Reads few | rows.",
        "what": "What it reports.",
        "why": "Why it matters.",
        "how_to_fix": "What to do.",
        "limits": "What it misses.",
        "options": [
            {
                "name": "scope",
                "type": '"public" or "all"',
                "default": "public",
                "description": "which functions are meant",
            },
            {"name": "max-rows", "type": "a number", "default": 5, "description": "how many rows are few"},
            {"name": "names", "type": "a list of text", "default": ["a"], "description": "more of them"},
        ],
    }


def test_the_list_is_by_category() -> None:
    pages = [
        (made("b", None, fix=None), CARD),
        (made("a-rule", Level.ERROR, category=Category.SCHEMA), CARD),
    ]
    assert plain(rules_list(pages)) == (
        "schema\n"
        "  a-rule  error    safe        Reads few | rows.\n"
        "\n"
        "queries\n"
        "  b       off                  Reads few | rows.\n"
    )


def test_the_table_keeps_its_columns() -> None:
    assert rules_table([(made("few-rows"), CARD)]).splitlines()[2] == (
        "| few-rows | queries | warning | safe | Reads few \\| rows. |"
    )
