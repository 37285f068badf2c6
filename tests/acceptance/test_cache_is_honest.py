"""After any change of what a lint depends on, the cached run says what a run without cache says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.conftest import Project

FILES = {
    "package.json": '{ "dependencies": { "convex": "1.40.0" } }',
    "tsconfig.json": '{ "compilerOptions": { "paths": { "@lib/*": ["./lib/*"] } } }',
    "convexlint.toml": 'extends = ["all"]\n',
    "lib/rows.ts": 'export const rows = (ctx) => ctx.db.query("tasks").take(5);\n',
    "lib/other.ts": 'export const rows = (ctx) => ctx.db.insert("tasks", { text: "" });\n',
    "convex/schema.ts": """\
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({ tasks: defineTable({ text: v.string() }).index("by_text", ["text"]) });
""",
    "convex/tasks.ts": """\
import { query } from "./_generated/server";
import { v } from "convex/values";
import { rows } from "@lib/rows";
import { more } from "./more";
export const list = query({ args: { id: v.id("tasks") }, returns: v.any(), handler: async (ctx, args) => {
  await ctx.auth.getUserIdentity();
  await more(ctx);
  return [await ctx.db.get(args.id), await rows(ctx)];
} });
""",
    "convex/more.ts": "export const more = async (ctx) => null;\n",
    "convex/crons.ts": """\
import { cronJobs } from "convex/server";
import { internal } from "./_generated/api";
const crons = cronJobs();
crons.daily("tidy", { hourUTC: 4, minuteUTC: 0 }, internal.tasks.tidy);
export default crons;
""",
    "convex/_generated/server.js": "/* eslint-disable */\n/**\n * Generated utilities.\n */\n",
}

CHANGES: dict[str, dict[str, str | None]] = {
    "a helper outside of the functions folder writes": {"lib/rows.ts": FILES["lib/other.ts"]},
    "an alias leads to another file": {
        "tsconfig.json": '{ "compilerOptions": { "paths": { "@lib/rows": ["./lib/other"] } } }'
    },
    "an import finds a nearer file": {
        "convex/more/index.ts": FILES["lib/other.ts"].replace("rows", "more"),
        "convex/more.ts": None,
    },
    "an imported module is gone": {"convex/more.ts": None},
    "a module appears": {"convex/new.ts": FILES["convex/tasks.ts"]},
    "the schema loses its table": {
        "convex/schema.ts": FILES["convex/schema.ts"].replace("tasks:", "chores:")
    },
    "an older convex has no table names in calls": {
        "package.json": '{ "dependencies": { "convex": "1.20.0" } }'
    },
    "the config turns a rule off": {"convexlint.toml": '[rules]\nexplicit-table-ids = "off"\n'},
    "the config has another option": {
        "convexlint.toml": 'extends = ["all"]\n[rules]\nindex-naming = { prefix = "idx_" }\n'
    },
    "the config opens a function": {"convexlint.toml": 'extends = ["all"]\n[auth]\npublic = ["tasks:*"]\n'},
    "the config excludes a module": {"convexlint.toml": 'extends = ["all"]\nexclude = ["convex/tasks.ts"]\n'},
    "a nearer config appears": {"convex/convexlint.toml": 'extends = ["none"]\n'},
    "git ignores a module": {".gitignore": "convex/crons.ts\n"},
    "auth.config appears": {"convex/auth.config.ts": "export default { providers: [] };\n"},
    "convex.json is broken": {"convex.json": "{"},
    "convex.json names another folder": {
        "convex.json": '{ "functions": "backend" }',
        "backend/a.ts": FILES["convex/tasks.ts"],
    },
    "generated code is edited": {"convex/_generated/server.js": "export const mine = 1;\n"},
    "a module becomes unreadable": {"convex/more.ts": "\udcff"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_through_the_cache(project: Project, change: str) -> None:
    project.write({".git/HEAD": "ref: refs/heads/main\n", **FILES})
    cached = ("check", "--output-format", "json", "--cache-dir", "cache")
    before = project.run(*cached)
    assert project.run(*cached) == before == project.check()
    for name, content in CHANGES[change].items():
        if content is None:
            Path(name).unlink()
        else:
            project.write({name: content.encode("utf-8", "surrogateescape")})
    after = project.run(*cached)
    assert after == project.check()
    assert after != before
    assert project.run(*cached) == after


def test_other_options_on_a_full_cache(project: Project) -> None:
    project.write(FILES)
    for options in (
        ("--select", "explicit-table-ids"),
        ("--ignore", "explicit-table-ids"),
        ("--level", "explicit-table-ids=error"),
        ("--isolated",),
        ("convex/tasks.ts",),
        ("--diff",),
        ("--fix", "--diff", "--unsafe-fixes"),
        ("--statistics", "--output-format", "text"),
        ("--verbose", "--quiet", "--output-format", "concise"),
    ):
        cached = project.run("check", "--output-format", "json", "--cache-dir", "cache", *options)
        again = project.run("check", "--output-format", "json", "--cache-dir", "cache", *options)
        assert (cached.status, cached.out) == (again.status, again.out) == project.check(*options)[:2]
