"""What a card cannot show of no-duplicate-indexes: the help, which says whose order changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.session import Overrides, Request, check

SCHEMA = """import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  tickets: defineTable({ user: v.string(), event: v.string() })
    .index("by_user", ["user"])
    .index("by_user_event", ["user", "event"]),
});
"""
READ = 'ctx.db.query("tickets").withIndex("by_user", (q) => q.eq("user", args.me))'
MODULE = """import { v } from "convex/values";
import { query } from "./_generated/server";
export const mine = query({ args: { me: v.string() }, handler: async (ctx, args) => { BODY } });
"""
NONE = (
    "delete `by_user` and let its queries use `by_user_event`: no query that was found asks for its rows in "
    "`_creationTime` order"
)
ONE = (
    "delete `by_user` and let its queries use `by_user_event`; the rows that one query collects then come ordered by "
    "`event` instead of `_creationTime`"
)


@pytest.mark.parametrize(
    ("body", "help_"),
    [
        ("", NONE),
        (f"return await {READ}.unique();", NONE),
        (f"return await {READ}.collect();", ONE),
        (f'return await {READ}.filter((q) => q.neq(q.field("event"), "x")).collect();', ONE),
        (f"const out = []; for await (const row of {READ}) out.push(row.event); return out;", ONE),
        (f"const tickets = {READ}; return (await tickets.collect()).map((t) => t.event);", ONE),
        (
            f"return [await {READ}.collect(), await {READ}.collect()];",
            ONE.replace("one query collects", "2 queries collect"),
        ),
    ],
)
def test_the_help_says_whose_order_changes(tmp_path: Path, body: str, help_: str) -> None:
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "convex").mkdir()
    (tmp_path / "convex/schema.ts").write_text(SCHEMA)
    (tmp_path / "convex/mine.ts").write_text(MODULE.replace("BODY", body))
    only = Overrides(select=("no-duplicate-indexes",))
    (diagnostic,) = check(Request(paths=(str(tmp_path),), isolated=True, overrides=only)).diagnostics
    finding = diagnostic.finding
    assert finding.help == help_
    assert len(finding.related) == 1 + body.count("collect()") + body.count("for await")
    assert (
        finding.fix is not None
        and finding.fix.because is not None
        and "ordered by `event`" in finding.fix.because
    )
