"""Of the public functions without a check, those that do most harm are shown first."""

from __future__ import annotations

from pathlib import Path

from convexlint.reports.rank import ranked, tallies
from convexlint.session import Overrides, Request, check

SCHEMA = """
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({ pages: defineTable({ text: v.string() }), orders: defineTable({ userId: v.string() }) });
"""
MODULE = """
import { action, mutation, query } from "./_generated/server";
import { internal } from "./_generated/api";
import { v } from "convex/values";
export const pages = query({ args: {}, handler: async (ctx) => await ctx.db.query("pages").take(5) });
export const orders = query({ args: {}, handler: async (ctx) => await ctx.db.query("orders").take(5) });
export const ask = action({ args: {}, handler: async (ctx) => await ctx.runQuery(internal.a.secret, {}) });
const write = async (ctx, text) => { await ctx.db.insert("pages", { text }); };
export const add = mutation({ args: { text: v.string() }, handler: async (ctx, args) => {
  await ctx.db.query("pages").first();
  await write(ctx, args.text);
} });
"""


def test_changes_then_actions_then_rows_of_somebody_then_others(tmp_path: Path) -> None:
    for name, text in {"schema.ts": SCHEMA, "a.ts": MODULE, "_generated/api.js": ""}.items():
        path = tmp_path / "convex" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    overrides = Overrides(select=("require-access-control",))
    found = check(Request(paths=(str(tmp_path),), overrides=overrides)).diagnostics
    assert [one.finding.function for one in found] == ["a:pages", "a:orders", "a:ask", "a:add"]
    assert [one.finding.function for one in ranked(found)] == ["a:add", "a:ask", "a:orders", "a:pages"]
    assert tallies(found)[0].example.finding.function == "a:add"
