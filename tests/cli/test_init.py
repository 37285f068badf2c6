"""`convexlint init`: what it finds in a project, and the config that it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.cli.app import run

SCHEMA = """
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  pets: defineTable({ owner: v.string(), kind: v.string(), born: v.number(), name: v.string() })
    .index("by_owner", ["owner"])
    .index("by_owner_and_kind", ["owner", "kind"])
    .index("by_kind_and_born", ["kind", "born"])
    .index("by_born_and_name", ["born", "name"])
    .index("lookup", ["name"]),
});
"""
PETS = """
import { query, mutation } from "./_generated/server";
import { v } from "convex/values";
import { keeper } from "./keeper";
const id = v.id("pets");
export const one = query({
  args: { id },
  returns: v.any(),
  handler: async (ctx, args) => { await keeper(ctx); return await ctx.db.get(args.id); },
});
export const two = query({
  args: {}, returns: v.any(), handler: async (ctx) => { await keeper(ctx); return await ctx.db.query("pets").first(); },
});
export const three = mutation({ args: { id }, handler: async (ctx, args) => { await ctx.db.delete(args.id); } });
export const four = mutation({ args: { id }, handler: async (ctx, args) => { await ctx.db.patch(args.id, {}); } });
export const five = mutation({ args: { id }, handler: async (ctx, args) => { await ctx.db.replace(args.id, {}); } });
export const six = mystery({ args: {}, handler: async () => null });
"""
KEEPER = """
import type { QueryCtx } from "./_generated/server";
export async function keeper(ctx: QueryCtx) {
  const identity = await ctx.auth.getUserIdentity();
  if (identity === null) throw new Error("keepers only");
  return identity;
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {
        "package.json": "{}",
        "convex/schema.ts": SCHEMA,
        "convex/pets.ts": PETS,
        "convex/keeper.ts": KEEPER,
        "src/App.tsx": 'import { api } from "../convex/_generated/api";',
        "tools/import.py": 'from convex import ConvexClient\nConvexClient("https://a.convex.cloud").query("pets:list")\n',
        "src/other.ts": "export {};",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_the_majority_becomes_the_rule(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(project), "--print"]) == 0
    text = capsys.readouterr().out
    assert "# 4 of 5 (80%) indexes" in text
    assert 'index-naming = { prefix = "by_", separator = "_and_", casing = "exact" }' in text
    assert "# Only 2 of 5 (40%) public functions declare what they return." in text
    assert 'require-returns-validator = "off"' in text
    assert "# Only 0 of 4 (0%) ctx.db calls by id name their table." in text
    assert "# Only 2 of 5 (40%) public functions check who calls them" in text
    assert "# Understood without being named here: keeper." in text
    assert "# mystery = {" in text
    assert 'paths = ["src/**/*.tsx", "tools/**/*.py"]' in text
    assert not (project / "convexlint.toml").exists()


def test_what_it_writes_is_a_config_that_check_takes(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", str(project)]) == 0
    assert "Wrote" in capsys.readouterr().out
    status = run(
        ["check", str(project), "--no-cache", "--select", "index-naming", "--output-format", "concise"]
    )
    assert "`by_name`" in capsys.readouterr().out
    assert status == 1


def test_a_config_that_is_there_stays(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = project / "convexlint.toml"
    target.write_text("# mine\n")
    assert run(["init", str(project)]) == 2
    assert "--force" in capsys.readouterr().err
    assert target.read_text() == "# mine\n"
    assert run(["init", str(project), "--force"]) == 0
    assert target.read_text() != "# mine\n"


def test_several_projects_are_not_guessed_between(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    second = project / "packages" / "b"
    (second / "convex").mkdir(parents=True)
    (second / "package.json").write_text("{}")
    (second / "convex" / "schema.ts").write_text(SCHEMA)
    assert run(["init", str(project)]) == 2
    assert "2 Convex projects" in capsys.readouterr().err
