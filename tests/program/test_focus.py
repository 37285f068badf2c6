"""With a focus, the program collects the places of the modules in it and of those that import them."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.program.behaviour.effects import effects_of
from convexlint.program.places.elsewhere import call_at, calls_on
from convexlint.program.places.references import references_to
from convexlint.program.places.sites import all_query_steps, query_steps
from convexlint.program.places.unreferenced import unreferenced
from convexlint.program.program import all_functions
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
    assert {s.method for s in query_steps(program)} == {"collect", "take"}
    assert len(program.reported) == 4


def test_importers_of_the_focus_are_looked_at_and_nothing_else(tmp_path: Path) -> None:
    program = program_of(tmp_path, FILES, focus="convex/helper.ts")

    assert {f.path for f in program.functions} == {"uses:f"}
    assert {s.method for s in query_steps(program)} == {"collect"}
    assert [m.name for m in program.reported] == ["helper"]


def test_rules_can_still_ask_everywhere(tmp_path: Path) -> None:
    program = program_of(tmp_path, FILES, focus="convex/helper.ts")

    assert {f.path for f in all_functions(program)} == {"uses:f", "far:g"}
    assert {s.method for s in all_query_steps(program)} == {"collect", "take"}


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

    def told(focus: str | None) -> list[tuple[str, str, str | None, str, str]]:
        program = program_of(tmp_path, files, focus=focus)
        return [
            (str(f.path), r.place.module.name, r.path, r.use, r.status)
            for f in all_functions(program)
            for r in references_to(program, f)
        ]

    assert len(told(None)) == 3
    assert told("convex/helper.ts") == told(None)


def test_a_reference_by_another_exported_name_is_found(tmp_path: Path) -> None:
    files = {
        "convex/own.ts": 'import { internalMutation } from "./_generated/server";\n'
        "export const wipe = internalMutation({ args: {}, handler: async () => {} });",
        "convex/barrel.ts": 'export { wipe as clear } from "./own";',
        "convex/value.ts": 'import { wipe } from "./own";\nexport const gone = wipe;',
        "convex/jobs.ts": 'import { internal } from "./_generated/api";\n'
        'import { mutation } from "./_generated/server";\n'
        "export const start = mutation(async (ctx) => {\n"
        "  await ctx.scheduler.runAfter(0, internal.barrel.clear, {});\n"
        "  await ctx.scheduler.runAfter(0, internal.value.gone, {});\n});",
    }
    for focus in (None, "convex/own.ts", "convex/jobs.ts"):
        program = program_of(tmp_path, files, focus=focus)
        wipe = next(f for f in all_functions(program) if f.path == "own:wipe")
        assert [r.path for r in references_to(program, wipe)] == ["barrel:clear", "value:gone"]


def test_what_a_registration_elsewhere_hands_over_is_known(tmp_path: Path) -> None:
    """The module that registers is not an importer of the focus: only a helper of the focus knows it."""
    files = {
        "convex/impl.ts": "export const impl = async (c, given) => await c.db.get(given.id);\n"
        "export const table = { impl };",
        "convex/far.ts": 'import { query } from "./_generated/server";\nimport { v } from "convex/values";\n'
        'import { impl } from "./impl";\n'
        'export const far = query({ args: { id: v.id("users") }, handler: impl });',
        "convex/uses.ts": 'import { query } from "./_generated/server";\nimport { table } from "./impl";\n'
        "export const f = query(async (ctx, args) => await table.impl(ctx, args));",
    }
    for focus in (None, "convex/uses.ts", "convex/impl.ts"):
        program = program_of(tmp_path, files, focus=focus)
        function = next(f for f in program.functions if f.path == "uses:f")
        assert [e.what for e in effects_of(program, function)] == ["c.db.get"], focus
        call = call_at(program, effects_of(program, function)[0].place)
        assert call is not None
        assert call.id_table == "users", focus


@pytest.mark.parametrize(
    "passing",
    [
        "run(internal);",
        "run(internal.own);",
        "const { own } = internal; run(own);",
        'run(internal["own"]);',
        "const own = internal.own; run(own);",
        "run(all.internal.own);",
        "run(all);",
    ],
)
def test_a_module_that_is_handed_on_whole_uses_its_functions(tmp_path: Path, passing: str) -> None:
    files = {
        "convex/own.ts": 'import { internalMutation } from "./_generated/server";\n'
        "export const wipe = internalMutation({ args: {}, handler: async () => {} });",
        "convex/far.ts": 'import { internal } from "./_generated/api";\nimport * as all from "./_generated/api";\n'
        f'import {{ run }} from "./runner";\n{passing}',
        "convex/runner.ts": "export const run = (what: unknown) => what;",
    }
    for focus in (None, "convex/own.ts"):
        assert unreferenced(program_of(tmp_path, files, focus=focus))[:] == (), focus
    files["convex/far.ts"] = 'import { internal } from "./_generated/api";\nvoid internal.other.thing;'
    for focus in (None, "convex/own.ts"):
        assert len(unreferenced(program_of(tmp_path, files, focus=focus))) == 1, focus


def test_a_handler_that_stands_elsewhere_is_looked_at(tmp_path: Path) -> None:
    files = {
        "convex/impl.ts": "export const impl = async (ctx: any, args: any) =>\n"
        '  await ctx.db.query("a").paginate(args.page);',
        "convex/uses.ts": HEAD + 'import { impl } from "./impl";\nexport const f = query({ handler: impl });',
    }
    for focus in (None, "convex/uses.ts"):
        program = program_of(tmp_path, files, focus=focus)
        assert [s.method for s in query_steps(program) if s.place.inside in program.functions] == ["paginate"]


def test_a_root_that_is_exported_under_another_name_is_followed(tmp_path: Path) -> None:
    files = {
        "convex/own.ts": 'import { internalMutation } from "./_generated/server";\n'
        "export const wipe = internalMutation({ args: {}, handler: async () => {} });",
        "convex/roots.ts": 'export { internal as inner } from "./_generated/api";',
        "convex/far.ts": 'import { inner } from "./roots";\nimport { run } from "./runner";\nrun(inner.own);',
        "convex/runner.ts": "export const run = (what: unknown) => what;",
    }
    for focus in (None, "convex/own.ts"):
        assert unreferenced(program_of(tmp_path, files, focus=focus))[:] == (), focus


def test_calls_on_a_table_are_found_wherever_the_query_comes_from(tmp_path: Path) -> None:
    schema = (
        'import { defineSchema, defineTable } from "convex/server";\nimport { v } from "convex/values";\n'
        "export default defineSchema({ a: defineTable({ n: v.string() }).index('by_n', ['n']), b: defineTable({}) });"
    )
    ranged = '.withIndex("by_n", (q) => q.eq("n", "1"))'
    files = {
        "convex/schema.ts": schema,
        "convex/names.ts": 'export const TABLE = "a";',
        "convex/constant.ts": HEAD + 'import { TABLE } from "./names";\n'
        f"export const c = query(async (ctx) => ctx.db.query(TABLE){ranged}.unique());",
        "convex/given.ts": "export const one = (rows: any) => rows.unique();",
        "convex/gives.ts": HEAD + 'import { one } from "./given";\n'
        f'export const g = query(async (ctx) => one(ctx.db.query("a"){ranged}));',
        "convex/made.ts": f'export const rows = (ctx: any) => ctx.db.query("a"){ranged};',
        "convex/takes.ts": HEAD
        + 'import { rows } from "./made";\nexport const t = query(async (ctx) => rows(ctx).unique());',
        "convex/other.ts": HEAD + 'export const o = query(async (ctx) => ctx.db.query("b").unique());',
        "convex/held.ts": HEAD
        + "export const h = query(async (ctx) => { const { insert } = ctx.db as any; insert('a', {}); });",
        "convex/far.ts": HEAD + "export const f = query(async () => null);",
    }

    def told(focus: str | None) -> tuple[set[str], set[str]]:
        program = program_of(tmp_path, files, focus=focus)
        steps, calls = calls_on(program, frozenset({"a"}), "unique", "insert")
        return {s.place.module.name for s in steps if s.table == "a"}, {c.place.module.name for c in calls}

    assert told(None) == ({"constant", "given", "takes"}, {"held"})
    assert told("convex/far.ts") == told(None)
