"""What a card cannot show of prefer-id-validator: where the change is no more than suggested, and where a fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.findings import Finding
from convexlint.session import Overrides, Request, check

SCHEMA = """import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  rooms: defineTable({ name: v.string() }),
  visits: defineTable({ roomId: v.string() }).index("by_roomId", ["roomId"]),
});
"""
HEAD = """import { v } from "convex/values";
import { internalMutation, internalQuery } from "./_generated/server";
export const f = internalMutation({
  args: { room: v.id("rooms"), word: v.string(), rest: v.any() },
  handler: async (ctx, args) => {
    %s
  },
});
"""


def of_the_schema(folder: Path, body: str) -> Finding:
    (folder / "package.json").write_text("{}")
    (folder / "convex").mkdir()
    (folder / "convex" / "schema.ts").write_text(SCHEMA)
    (folder / "convex" / "visits.ts").write_text(HEAD % body)
    selected = Overrides(select=("prefer-id-validator",))
    (found,) = check(Request(paths=(str(folder),), isolated=True, overrides=selected)).diagnostics
    assert found.finding.path.endswith("schema.ts")
    return found.finding


@pytest.mark.parametrize(
    "body",
    [
        'await ctx.db.insert("visits", { roomId: args.room });',
        'await ctx.db.insert("rooms", { name: args.word });',
        'return await ctx.db.query("visits").withIndex("by_roomId", (q) => q.eq("roomId", args.room)).take(9);',
    ],
)
def test_a_field_that_only_ids_go_into_is_fixed(tmp_path: Path, body: str) -> None:
    found = of_the_schema(tmp_path, body)
    assert found.fix is not None and not found.fix.is_safe and not found.suggestions


@pytest.mark.parametrize(
    "body",
    [
        'await ctx.db.insert("visits", { roomId: args.word });',
        'await ctx.db.insert("visits", { ...args.rest });',
        'await ctx.db.insert("visits", args.rest);',
        "await ctx.db.patch(args.rest, { roomId: args.word });",
        'return await ctx.db.query("visits").withIndex("by_roomId", (q) => q.eq("roomId", args.word)).take(9);',
    ],
)
def test_a_field_that_other_strings_may_go_into_is_only_suggested(tmp_path: Path, body: str) -> None:
    found = of_the_schema(tmp_path, body)
    assert found.fix is None
    (suggestion,) = found.suggestions
    assert [edit.text for edit in suggestion.edits] == ['id("rooms")']
