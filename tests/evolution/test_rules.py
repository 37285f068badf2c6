"""The rules about a change: indexes, tables, migrations, suggestions, what is meant to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.findings import Suggestion
from convexlint.session import Outcome
from tests.evolution.test_against import git, messages, run, write

SCHEMA = """import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  rooms: defineTable({ name: v.string(), floor: v.optional(v.number()), kind: v.string(), at: v.array(v.float64()) })
    .index("by_name", ["name"])
    .index("by_floor", { fields: ["floor", "name"] })
    .searchIndex("search_name", { searchField: "name", filterFields: ["kind"] })
    .vectorIndex("by_at", { vectorField: "at", dimensions: 4 }),
  logs: defineTable({ text: v.string() }),
});
"""
ROOMS = """import { mutation, query } from "./_generated/server";
import { v } from "convex/values";
export const list = query({ args: {}, returns: v.null(), handler: async () => null });
export const log = mutation({ args: {}, returns: v.null(), handler: async (ctx) => {
  await ctx.db.insert("logs", { text: "a" });
  return null;
} });
"""
FLOOR = ("floor: v.optional(v.number())", "floor: v.number()")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "app"
    write(root, {"package.json": '{"dependencies": {"convex": "1.31.0"}}', "convex/schema.ts": SCHEMA})
    write(root, {"convex/rooms.ts": ROOMS})
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    return root


def schema(root: Path, *changes: tuple[str, str]) -> None:
    text = SCHEMA
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    write(root, {"convex/schema.ts": text})


def said(outcome: Outcome) -> list[tuple[str, str]]:
    return [(d.rule, d.level.value) for d in outcome.diagnostics]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (
            ('.index("by_name"', '.index("name"'),
            "index `name` of `rooms` is `by_name` of HEAD by another name",
        ),
        (
            ('["name"])', '["name", "kind"])'),
            "index `by_name` of `rooms` is over (name, kind) and was over (name)",
        ),
        (('["floor", "name"]', '["name", "floor"]'), "is over (name, floor) and was over (floor, name)"),
        (('"search_name"', '"names"'), "index `names` of `rooms` is `search_name` of HEAD by another name"),
        (('filterFields: ["kind"]', "filterFields: []"), "is over (name) and was over (name, kind)"),
        (('"by_at"', '"near"'), "index `near` of `rooms` is `by_at` of HEAD by another name"),
    ],
)
def test_an_index_that_is_built_anew(project: Path, change: tuple[str, str], what: str) -> None:
    schema(project, change)
    (found,) = run(project, "HEAD").diagnostics
    assert (found.rule, found.level.value) == ("index-rebuilt", "info")
    assert what in found.finding.message
    assert found.finding.message.endswith(", and the push waits for it")


@pytest.mark.parametrize(
    "change",
    [
        ('.index("by_name", ["name"])', '.index("by_name", { fields: ["name"] })'),
        ('.index("by_name", ["name"])', '.index("by_name", ["name"]).index("by_kind", ["kind"])'),
        ('    .index("by_name", ["name"])\n', ""),
        (
            "logs: defineTable({ text: v.string() })",
            'logs: defineTable({ text: v.string() }).index("by_text", ["text"])',
        ),
    ],
)
def test_a_new_index_and_one_that_is_gone_are_silent(project: Path, change: tuple[str, str]) -> None:
    schema(project, change)
    assert messages(run(project, "HEAD")) == []


def test_a_staged_index_is_not_waited_for(project: Path) -> None:
    schema(project, ('.index("by_name", ["name"])', '.index("name", { fields: ["name"], staged: true })'))
    (found,) = messages(run(project, "HEAD"))
    assert found.endswith("over all documents")


def test_a_table_that_is_dropped_and_still_used(project: Path) -> None:
    schema(project, ("  logs: defineTable({ text: v.string() }),\n", ""))
    (found,) = run(project, "HEAD").diagnostics
    assert (found.rule, found.level.value) == ("dropped-table", "warning")
    assert (
        "`logs` of HEAD is no longer in the schema, and 1 place in the code still use it"
        in found.finding.message
    )
    assert [one.path.rpartition("/")[2] for one in found.finding.related] == ["rooms.ts"]


MIGRATIONS = [
    """import { mutation } from "./_generated/server";
export const fill = mutation({ args: {}, handler: async (ctx) => {
  for (const room of await ctx.db.query("rooms").collect()) await ctx.db.patch(room._id, { floor: 1 });
} });
""",
    """import { internalMutation } from "./_generated/server";
export const fill = internalMutation(async (ctx) => {
  const rooms = await ctx.db.query("rooms").collect();
  await Promise.all(rooms.map((room) => ctx.db.patch(room._id, { floor: room.floor ?? 0 })));
});
""",
    """import { internalMutation } from "./_generated/server";
export const fill = internalMutation(async (ctx) => {
  for await (const { _id, _creationTime, ...room } of ctx.db.query("rooms")) {
    await ctx.db.replace(_id, { ...room, floor: 0 });
  }
});
""",
    """import { Migrations } from "@convex-dev/migrations";
import { components } from "./_generated/api";
import type { DataModel } from "./_generated/dataModel";
const migrations = new Migrations<DataModel>(components.migrations);
export const fill = migrations.define({
  table: "rooms",
  migrateOne: async (ctx, room) => {
    if (room.floor === undefined) await ctx.db.patch(room._id, { floor: 0 });
  },
});
""",
    """import { Migrations } from "@convex-dev/migrations";
import { components } from "./_generated/api";
import type { DataModel } from "./_generated/dataModel";
const migrations = new Migrations<DataModel>(components.migrations);
export const fill = migrations.define({ table: "rooms", migrateOne: () => ({ floor: 0 }) });
""",
]


@pytest.mark.parametrize("migration", MIGRATIONS)
def test_a_migration_in_the_same_change_makes_it_a_warning(project: Path, migration: str) -> None:
    schema(project, FLOOR)
    assert said(run(project, "HEAD")) == [("breaking-schema-change", "error")]
    write(project, {"convex/migrations.ts": migration})
    (found,) = run(project, "HEAD").diagnostics
    assert (found.rule, found.level.value) == ("breaking-schema-change", "warning")
    assert "`migrations:fill` is new and writes the field" in (found.finding.help or "")


def test_a_migration_of_another_field_or_of_before_is_none(project: Path) -> None:
    write(project, {"convex/migrations.ts": MIGRATIONS[0].replace("floor: 1", 'kind: "a"')})
    schema(project, FLOOR)
    assert said(run(project, "HEAD")) == [("breaking-schema-change", "error")]
    write(project, {"convex/migrations.ts": MIGRATIONS[0], "convex/schema.ts": SCHEMA})
    git(project, "add", "-A")
    git(project, "commit", "-qm", "two")
    schema(project, FLOOR)
    assert said(run(project, "HEAD")) == [("breaking-schema-change", "error")]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (FLOOR, "v.optional(v.number())"),
        (("kind: v.string()", 'kind: v.literal("a")'), 'v.union(v.literal("a"), v.string())'),
        (("name: v.string()", "name: v.string(), size: v.number()"), "v.optional(v.number())"),
        (
            ("at: v.array(v.float64())", "at: v.array(v.string())"),
            "v.union(v.array(v.string()), v.array(v.number()))",
        ),
    ],
)
def test_the_first_of_three_steps_is_an_edit(project: Path, change: tuple[str, str], text: str) -> None:
    schema(project, change)
    (found,) = run(project, "HEAD").diagnostics
    suggestions: tuple[Suggestion, ...] = found.finding.suggestions
    assert [edit.text for one in suggestions for edit in one.edits] == [text]
    (edit,) = suggestions[0].edits
    path, source = Path(edit.path), Path(edit.path).read_bytes()
    path.write_bytes(source[: edit.span.start] + text.encode() + source[edit.span.end :])
    assert messages(run(project, "HEAD")) == []


def test_validation_that_is_off_silences(project: Path) -> None:
    schema(project, FLOOR, ("\n});", "\n}, { schemaValidation: false });"))
    assert messages(run(project, "HEAD")) == []
    git(project, "commit", "-qam", "two")
    write(project, {"convex/schema.ts": SCHEMA})
    (found,) = messages(run(project, "HEAD"))
    assert found.startswith("`schemaValidation` was off in HEAD and is on now")


@pytest.mark.parametrize("name", ["rooms", "roo*", "*"])
def test_what_may_change_is_silent(project: Path, name: str) -> None:
    schema(project, FLOOR, ('.index("by_name"', '.index("name"'))
    assert len(messages(run(project, "HEAD"))) == 2
    write(project, {"convexlint.toml": f'[evolution]\nallow = ["{name}"]\n'})
    assert messages(run(project, "HEAD")) == []


def test_a_comment_with_its_reason_silences(project: Path) -> None:
    comment = "\n    // convexlint-disable-next-line %s -- nobody has it yet\n    "
    schema(project, (FLOOR[0], comment % "breaking-schema-change" + FLOOR[1]))
    args = f"args: {{{comment % 'breaking-function-change'}a: v.string() }}"
    write(project, {"convex/rooms.ts": ROOMS.replace("args: {}", args, 1)})
    assert messages(run(project, "HEAD")) == []
    write(project, {"convex/rooms.ts": ROOMS.replace("args: {}", args.replace("function", "schema"), 1)})
    assert len(messages(run(project, "HEAD"))) == 1
