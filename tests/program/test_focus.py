"""With a focus, the program collects the places of the modules in it and of those that import them."""

from __future__ import annotations

from pathlib import Path

from tests.program.small_programs import program_of

HEAD = 'import { query } from "./_generated/server";\n'
FILES = {
    "convex/helper.ts": 'export const rows = (ctx: any) => ctx.db.query("a");',
    "convex/barrel.ts": 'export * from "./helper";',
    "convex/uses.ts": HEAD
    + 'import { rows } from "./barrel";\nexport const f = query(async (ctx) => rows(ctx).collect());',
    "convex/far.ts": HEAD + 'export const g = query(async (ctx) => ctx.db.query("b").take(5));',
}


def test_all_is_looked_at_without_a_focus(tmp_path: Path) -> None:
    program = program_of(tmp_path, FILES)

    assert {f.path for f in program.functions} == {"uses:f", "far:g"}
    assert {s.method for s in program.query_steps} == {"collect", "take"}
    assert len(program.reported) == 4


def test_importers_of_the_focus_are_looked_at_and_nothing_else(tmp_path: Path) -> None:
    program = program_of(tmp_path, FILES, focus="convex/helper.ts")

    assert {f.path for f in program.functions} == {"uses:f"}
    assert {s.method for s in program.query_steps} == {"collect"}
    assert [m.name for m in program.reported] == ["helper"]


def test_rules_can_still_ask_everywhere(tmp_path: Path) -> None:
    program = program_of(tmp_path, FILES, focus="convex/helper.ts")

    assert {f.path for f in program.everywhere.functions} == {"uses:f", "far:g"}
    assert {s.method for s in program.everywhere.query_steps} == {"collect", "take"}


def test_references_everywhere_are_those_of_a_program_without_focus(tmp_path: Path) -> None:
    files = {
        **FILES,
        "convex/jobs.ts": 'import { internal } from "./_generated/api";\n'
        'import { mutation } from "./_generated/server";\n'
        "export const start = mutation(async (ctx) => {\n"
        '  await ctx.runQuery("uses:f" as any, {});\n'
        "  const { runQuery } = ctx;\n"
        '  await runQuery("far:g" as any, {});\n'
        "  await ctx.scheduler.runAfter(0, internal.jobs.start, {});\n});",
    }

    def told(focus: str | None) -> list[tuple[str, str | None, str, str]]:
        references = program_of(tmp_path, files, focus=focus).everywhere.references
        return [(r.place.module.name, r.path, r.use, r.status) for r in references]

    assert len(told(None)) == 3
    assert told("convex/helper.ts") == told(None)
