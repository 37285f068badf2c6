"""No legal program keeps convexlint busy for long: work grows with the text, whatever names what how often."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bounded.measure import growth, lint_files, seconds
from tests.bounded.nasty import MAKERS, star_ring

TOLERANCE = 0.15
"""Of the exponent, for the noise of short runs on a busy machine; a square would be off by 1."""

ROWS = {
    "star_ring": 40,
    "star_clique": 8,
    "star_diamond": 20,
    "helper_clique": 6,
    "helper_clique_over_files": 6,
    "spread_twice": 12,
    "plain_spread_twice": 12,
    "union_twice": 16,
    "data_twice": 16,
    "type_twice": 16,
    "generic_twice": 16,
    "helper_chain": 30,
    "helper_fan": 20,
    "object_chain": 20,
    "classes": 20,
    "routes": 20,
    "big_switch": 25,
    "variables_of_each_other": 20,
    "functions_in_a_ring": 60,
    "checks_in_one_handler": 25,
    "one_long_line": 100,
    "long_list": 200,
    "deep_markup": 300,
    "literals_as_arguments": 120,
    "silenced_lines": 40,
    "functions_that_schedule_each_other": 40,
    "guards_in_a_circle": 12,
}
"""For each maker, the size from which it is grown eight times."""


SIZES = {
    "one_long_line": 4000,
    "checks_in_one_handler": 500,
    "functions_in_a_ring": 2000,
    "routes": 800,
    "classes": 100,
    "big_switch": 200,
    "helper_chain": 400,
    "long_list": 5000,
    "literals_as_arguments": 5000,
    "silenced_lines": 1500,
    "functions_that_schedule_each_other": 1500,
}
"""Sizes beyond what people write. Each takes some two seconds where nobody else works; a square would take minutes."""
LONGEST = 5.0


@pytest.fixture(scope="module", autouse=True)
def _everything_imported() -> None:
    seconds(star_ring(2))


@pytest.mark.parametrize("name", sorted(ROWS))
def test_time_grows_with_the_text(name: str) -> None:
    for runs in (2, 6, 12):  # somebody else's work on the machine must not decide
        exponent, last = growth(MAKERS[name], ROWS[name], runs)
        if last < 2 and exponent < 1.15 + TOLERANCE:
            return
    pytest.fail(f"the time grows with power {exponent:.2f} of the text's length, to {last:.2f} s")


@pytest.mark.parametrize("name", sorted(SIZES))
def test_large_sizes_are_done_in_seconds(name: str) -> None:
    assert seconds(MAKERS[name](SIZES[name])) < LONGEST


def test_what_goes_beyond_a_bound_is_told_with_its_place(tmp_path: Path) -> None:
    notes = {
        (kind, Path(path).name) for kind, path, _ in lint_files(MAKERS["union_twice"](16), tmp_path).notes
    }
    assert ("very large value", "m.ts") in notes


def test_a_large_circle_is_told(tmp_path: Path) -> None:
    notes = lint_files(MAKERS["helper_clique_over_files"](30), tmp_path).notes
    assert any(kind == "circle of values or functions that lead to each other" for kind, _, _ in notes)


def test_what_a_person_writes_is_followed_whole(tmp_path: Path) -> None:
    indexes = "".join(f'.index("by_{i}", ["f{i}"])' for i in range(64))
    fields = ", ".join(f"f{i}: v.string()" for i in range(64))
    blocks = "".join(f"if (ctx.a{i}) {{ " for i in range(60))
    helpers = "".join(f"async function h{i}(ctx) {{ return await h{i + 1}(ctx); }}\n" for i in range(400))
    files = {
        "convex/schema.ts": 'import { defineSchema, defineTable } from "convex/server";\n'
        'import { v } from "convex/values";\n'
        f"export default defineSchema({{ notes: defineTable({{ {fields} }}){indexes} }});\n",
        "convex/m.ts": 'import { query } from "./_generated/server";\n'
        "export const q = query({ args: {}, handler: async (ctx) => { "
        f'{blocks}await ctx.db.query("none").collect();{"}" * 60} await h0(ctx); }} }});\n'
        f'{helpers}async function h400(ctx) {{ return await ctx.db.query("notes").withIndex("by_63").first(); }}\n',
    }
    outcome = lint_files(files, tmp_path)
    assert outcome.notes == ()
    rules = [one.rule for one in outcome.diagnostics]
    assert "unknown-table" in rules
    assert "invalid-index" not in rules


def test_deeper_code_is_told_with_its_place(tmp_path: Path) -> None:
    deep = "if (1) { " * 300 + "}" * 300
    text = (
        f'import {{ query }} from "./_generated/server";\nexport const q = query(async () => {{ {deep} }});\n'
    )
    notes = lint_files({"convex/m.ts": text}, tmp_path).notes
    assert [kind for kind, _, _ in notes] == ["code nested too deeply"]
    assert notes[0][2] > 100
