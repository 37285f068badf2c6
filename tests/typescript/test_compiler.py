"""The harness itself: it must be able to say no."""

from __future__ import annotations

import pytest

from tests.typescript.compiler import check

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("typescript"), pytest.mark.usefixtures("typescript")]

SCHEMA = """\
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({ rooms: defineTable({ floor: v.number() }).index("by_floor", ["floor"]) });
"""

ROOMS = """\
import { v } from "convex/values";
import { internalMutation, query } from "./_generated/server";

export const onFloor = query({
  args: { floor: v.number() },
  handler: (ctx, args) =>
    ctx.db.query("TABLE").withIndex("by_floor", (q) => q.eq("floor", args.floor)).take(5),
});

export const close = internalMutation({
  args: { id: v.id("rooms") },
  handler: (ctx, args) => ctx.db.delete(args.id),
});
"""

TIDY = """\
import { internal } from "./_generated/api";
import { internalAction } from "./_generated/server";
import { PATH } from "some-package/paths";
import type { Id } from "./_generated/dataModel";

export const tidy = internalAction(async (ctx, args: { id: Id<"rooms"> }): Promise<void> => {
  await ctx.runMutation(internal.rooms.REMOVE, { id: args.id });
  await fetch(PATH + process.env.SUFFIX);
});
"""


def project(table: str = "rooms", remove: str = "close") -> dict[str, str]:
    return {
        "convex/schema.ts": SCHEMA,
        "convex/rooms.ts": ROOMS.replace("TABLE", table),
        "convex/tidy.ts": TIDY.replace("REMOVE", remove),
    }


def test_many_projects_are_judged_apart() -> None:
    errors = check({"good": project(), "table": project(table="halls"), "reference": project(remove="clsoe")})
    assert errors["good"] == ()
    assert {(error.path, error.line) for error in errors["table"]} == {("convex/rooms.ts", 7)}
    assert [(error.path, error.line, error.code) for error in errors["reference"]] == [
        ("convex/tidy.ts", 7, "TS2551")
    ]


def test_a_project_without_a_schema_has_untyped_tables() -> None:
    text = ROOMS.replace("TABLE", "halls")
    without_index = text.replace(""".withIndex("by_floor", (q) => q.eq("floor", args.floor))""", "")
    errors = check({"no index": {"convex/rooms.ts": without_index}, "index": {"convex/rooms.ts": text}})
    assert errors["no index"] == ()
    assert errors["index"], "without a schema only the system indexes exist"


def test_a_syntax_error_in_one_project_hides_nothing_in_another() -> None:
    broken = {**project(), "convex/rooms.ts": ROOMS.replace("});", "};", 1)}
    errors = check({"syntax": broken, "table": project(table="halls")})
    assert "TS1005" in {error.code for error in errors["syntax"]}
    assert {error.path for error in errors["table"]} == {"convex/rooms.ts"}
