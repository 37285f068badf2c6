"""What is shown and never applied by --fix."""

from __future__ import annotations

from tests.acceptance.conftest import Project

SCHEMA = """\
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  tasks: defineTable({ text: v.string(), done: v.boolean() })
    .index("by_text", ["text"]),
});
"""
FILTER = """\
import { internalQuery } from "./_generated/server";
import { v } from "convex/values";
export const open = internalQuery({
  args: { done: v.boolean(), text: v.string() },
  handler: async (ctx, args) => await ctx.db.query("tasks").filter((q) => PREDICATE).first(),
});
"""


def suggested(project: Project, predicate: str) -> list[dict[str, str]]:
    project.write({"convex/schema.ts": SCHEMA, "convex/tasks.ts": FILTER.replace("PREDICATE", predicate)})
    (found,) = project.check("--select", "no-filter-in-query").report["diagnostics"]
    assert found["fix"] is None
    return [{e["path"]: e["new_text"] for e in one["edits"]} for one in found["suggestions"]]


def test_a_filter_that_no_index_serves_is_given_one_in_one_change(project: Project) -> None:
    assert suggested(project, 'q.eq(q.field("done"), args.done)') == [
        {
            "convex/tasks.ts": 'withIndex("by_done", (q) => q.eq("done", args.done))',
            "convex/schema.ts": '\n    .index("by_done", ["done"])',
        }
    ]
    before = (project.root / "convex/tasks.ts").read_text()
    project.check("--fix", "--unsafe-fixes", "--select", "no-filter-in-query")
    assert (project.root / "convex/tasks.ts").read_text() == before


def test_no_index_is_suggested_for_what_an_index_cannot_answer(project: Project) -> None:
    assert suggested(project, 'q.neq(q.field("done"), args.done)') == []
    assert suggested(project, 'q.eq(q.field("nothing"), args.done)') == []
    assert suggested(project, 'q.eq(q.field("done"), args.text)') == []
