"""Indexes that helpers of packages name: a rename or a removal there would not compile."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.session import Overrides, Request, check

SCHEMA = """import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  letters: defineTable({ to: v.string(), sent: v.number() })
    .index("lookup", ["to"])
    .index("by_to_and_sent", ["to", "sent"]),
});
"""
HELPERS = {
    "a stream": 'stream(ctx.db, schema).query("letters").withIndex("lookup", (q) => q.eq("to", "me")).collect()',
    "a relationship": 'getManyFrom(ctx.db, "letters", "lookup", "me")',
    "a plain query": 'ctx.db.query("letters").withIndex("lookup", (q) => q.eq("to", "me")).collect()',
}


@pytest.mark.parametrize("rule", ["index-naming", "no-duplicate-indexes"])
@pytest.mark.parametrize("helper", HELPERS)
def test_an_index_that_a_helper_names_is_reported_but_not_changed(
    tmp_path: Path, helper: str, rule: str
) -> None:
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "convex").mkdir()
    (tmp_path / "convex" / "schema.ts").write_text(SCHEMA)
    (tmp_path / "convex" / "letters.ts").write_text(
        'import { getManyFrom, stream } from "./elsewhere";\n'
        'import { query } from "./_generated/server";\n'
        'import schema from "./schema";\n'
        f"export const inbox = query({{ args: {{}}, handler: async (ctx) => await {HELPERS[helper]} }});\n"
    )
    request = Request(paths=(str(tmp_path),), isolated=True, overrides=Overrides(select=(rule,)))
    (diagnostic,) = check(request).diagnostics
    assert (diagnostic.finding.fix is not None) == (helper == "a plain query")


@pytest.mark.parametrize("quoted", [True, False])
def test_an_index_that_a_test_names_is_reported_but_not_changed(tmp_path: Path, quoted: bool) -> None:
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "convex").mkdir()
    (tmp_path / "convex" / "schema.ts").write_text(SCHEMA)
    name = "lookup" if quoted else "by_to_and_sent"
    (tmp_path / "convex" / "letters.test.ts").write_text(
        f'test("it", async () => {{ await t.run((ctx) => ctx.db.query("letters").withIndex("{name}").take(1)); }});\n'
    )
    selected = Overrides(select=("index-naming",))
    (diagnostic,) = check(Request(paths=(str(tmp_path),), isolated=True, overrides=selected)).diagnostics
    fix = diagnostic.finding.fix
    assert (fix is None) == quoted
