"""What README.md tells people to write does what it says. Its commands run in tests/packaging and in CI."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from convexlint.rules.loader import load_rules
from convexlint.session import Request, check
from tests.checkout import ROOT, fixtures
from tests.readme import block
from tools.expected import FIXTURES
from tools.linter import convexlint

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_ci_runs_the_test_command_and_installs_nothing_itself() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    extract = next(line for line in script.splitlines() if line.startswith("command=$("))
    shown = subprocess.run(
        ["bash", "-c", f'{extract}\nprintf "%s\\n" "$command"'],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == block("command", "test")
    assert "make check" in shown.stdout
    assert not re.search(r"\b(pip|pytest|make|npm)\b", script)


def test_the_shown_finding_is_what_the_fixture_gives() -> None:
    expected = (FIXTURES / "notes" / "expected" / "broken.txt").read_text(encoding="utf-8")
    assert block("output", "finding").replace("fixtures/notes/", "") in expected


def test_the_six_rules_are_rules() -> None:
    section = README.partition("## Six rules to begin with")[2].partition("\n## ")[0]
    shown = re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)
    assert len(shown) == 6
    assert set(shown) <= {rule.name for rule in load_rules()}


def test_the_configuration_is_accepted(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "notes" / "clean", tmp_path, dirs_exist_ok=True)
    (tmp_path / "convexlint.toml").write_text(block("recipe", "configuration"), encoding="utf-8")
    ran = convexlint("check", "--no-cache", folder=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_ci_recipe_annotates() -> None:
    command = re.search(
        r"run: pipx run convexlint (?P<rest>.*)$", block("recipe", "github-actions"), re.MULTILINE
    )
    assert command is not None
    ran = convexlint(*shlex.split(command["rest"]), "--no-cache", folder=fixtures() / "notes" / "broken")
    assert ran.returncode == 1, ran.stderr
    assert re.search(r"^::(error|warning) .*file=[\w/]*convex/notes\.ts", ran.stdout, re.MULTILINE)


def test_the_editor_recipe_gives_json_about_the_buffer(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "notes" / "clean", tmp_path, dirs_exist_ok=True)
    broken = (FIXTURES / "notes" / "broken" / "convex" / "notes.ts").read_bytes()
    words = shlex.split(block("recipe", "editor").partition("<")[0])
    assert words[0] == "convexlint"
    ran = convexlint(*words[1:], folder=tmp_path, stdin=broken)
    assert ran.returncode == 1, ran.stderr
    found = json.loads(ran.stdout)["diagnostics"]
    assert {finding["path"] for finding in found} == {"convex/notes.ts"}
    assert "no-filter-in-query" in {finding["rule"] for finding in found}


SCHEMA = """import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  users: defineTable({ tokenIdentifier: v.string() }).index("by_tokenIdentifier", ["tokenIdentifier"]),
  files: defineTable({ name: v.string(), ownerId: v.id("users"), size: v.number(), at: v.optional(v.number()) }).index(
    "by_ownerId_and_size",
    ["ownerId", "size"],
  ),
});
"""
HELPERS = """import type { Id } from "./_generated/dataModel";
import type { MutationCtx, QueryCtx } from "./_generated/server";
export async function me(ctx: QueryCtx | MutationCtx) {
  const identity = await ctx.auth.getUserIdentity();
  if (identity === null) throw new Error("log in");
  return await ctx.db
    .query("users")
    .withIndex("by_tokenIdentifier", (q) => q.eq("tokenIdentifier", identity.tokenIdentifier))
    .unique();
}
export async function isAdmin(ctx: MutationCtx) {
  return (await ctx.auth.getUserIdentity())?.subject === "admin";
}
export const isOld = (time: number) => Date.now() - time > 86_400_000;
export const touch = async (ctx: any, id: Id<"files">) => await ctx.db.patch("files", id, { at: 0 });
"""
FILES = """import { internalMutation } from "./_generated/server";
import { v } from "convex/values";
export const rename = internalMutation({
  args: { id: v.id("files"), name: v.string() },
  returns: v.null(),
  handler: async (ctx, args) => {
    await ctx.db.patch("files", args.id, { name: args.name });
    return null;
  },
});
"""
CRONS = """import { cronJobs } from "convex/server";
import { internal } from "./_generated/api";
const crons = cronJobs();
%s
export default crons;
"""
SITE = """import { useMutation } from "convex/react";
import { api } from "../convex/_generated/api";
export function Site() {
  %s
  return rename;
}
"""
FUNCTION = """import { %(kind)s } from "./_generated/server";
import { internal } from "./_generated/api";
import { v } from "convex/values";
import { isAdmin, isOld, me, touch } from "./helpers";
export const example = %(kind)s({
  args: { id: v.id("files"), time: v.number() },
  handler: async (ctx, args) => {%(before)s
    %(code)s
  },
});
"""
ROWS = re.findall(r"^\| (.+?) \| `(.+?)` \| \*\*([a-z-]+)\*\*: (.+) \|$", README, re.M)


def test_there_are_ten_examples_of_what_others_do_not_see() -> None:
    assert len(ROWS) == 10
    assert len({rule for _, _, rule, _ in ROWS}) == 10


@pytest.mark.parametrize(("where", "code", "rule", "words"), ROWS, ids=[row[2] for row in ROWS])
def test_what_others_do_not_see_is_seen(tmp_path: Path, where: str, code: str, rule: str, words: str) -> None:
    user = "const user = (await me(ctx))!._id;" if re.search(r"\buser\b", code) else ""
    kind = where.removeprefix("a ").removeprefix("an ")
    path, text = {
        "crons.ts": ("convex/crons.ts", CRONS % code),
        "page": ("site/Site.tsx", SITE % code),
    }.get(
        kind,
        ("convex/example.ts", FUNCTION % {"kind": kind, "code": code, "before": user and f"\n    {user}"}),
    )
    files = {"convex/schema.ts": SCHEMA, "convex/helpers.ts": HELPERS, "convex/files.ts": FILES, path: text}
    files |= {"package.json": '{"dependencies": {"convex": "1.31.0"}}', "convexlint.toml": ""}
    (tmp_path / "convex/_generated").mkdir(parents=True)
    for name, source in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source, encoding="utf-8")
    outcome = check(Request((str(tmp_path),), jobs=1))
    here = (tmp_path / path).resolve().as_posix()
    found = [d for d in outcome.diagnostics if d.rule == rule and d.finding.path == here]
    assert [d.finding.message for d in found if words in d.finding.message], outcome.diagnostics
