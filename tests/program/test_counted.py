"""Which read decides how many elements a list has, through variables, methods, helpers and parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.facts import ir
from convexlint.program.modules.enclosing import walked
from convexlint.program.places.numbers import constant
from convexlint.program.places.rows import rows_of
from tests.program.small_programs import program_of

FILES = {
    "convex/schema.ts": """
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({ t: defineTable({ a: v.string() }).index("by_a", ["a"]) });
""",
    "convex/lib.ts": """
export const all = async (ctx, a) => {
  if (!a) return [];
  return await ctx.db.query("t").withIndex("by_a", (q) => q.eq("a", a)).collect();
};
export const both = async (ctx, a) => (a ? await ctx.db.query("t").collect() : await ctx.db.query("t").take(5));
export async function again(ctx) { return await again(ctx); }
export async function each(ctx, rows) { for (const x of rows) await ctx.db.delete(x._id); }
""",
}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('for (const x of await ctx.db.query("t").collect()) f(x);', ("collect", False, False)),
        ("const r = await all(ctx, 1); for (const x of r) f(x);", ("collect", False, False)),
        (
            "const r = (await all(ctx, 1)).map((x) => x._id); for (const x of r) f(x);",
            ("collect", False, True),
        ),
        ("for (const x of [...(await all(ctx, 1))].sort().entries()) f(x);", ("collect", False, False)),
        ("for (const x of (await all(ctx, 1)).slice(0, 5)) f(x);", ("collect", True, False)),
        ("const [r] = await Promise.all([all(ctx, 1)]); for (const x of r) f(x);", ("collect", False, False)),
        (
            "const r = await Promise.all([1, all(ctx, 1)]); for (const x of r[1]) f(x);",
            ("collect", False, False),
        ),
        (
            'await ctx.db.query("t").take(3).then((r) => { for (const x of r) f(x); });',
            ("take", False, False),
        ),
        ("for (const x of await both(ctx, 1)) f(x);", None),
        ("for (const x of await again(ctx)) f(x);", None),
        ("let r = await all(ctx, 1); r = []; for (const x of r) f(x);", None),
        ("for (const x of args.rows) f(x);", None),
    ],
)
def test_the_read_behind_a_list(tmp_path: Path, body: str, found: tuple[str, bool, bool] | None) -> None:
    text = (
        'import { internalMutation } from "./_generated/server";\n'
        'import { again, all, both } from "./lib";\n'
        f"export const run = internalMutation({{ args: {{}}, handler: async (ctx, args) => {{ {body} }} }});\n"
    )
    program = program_of(tmp_path, {**FILES, "convex/a.ts": text})
    module = next(m for m in program.modules if m.path.endswith("a.ts"))
    loop = program.ev.world.index(module).loops[0][0]
    source = walked(loop)
    assert source is not None
    one = rows_of(program).counting.of(module, source)
    assert (None if one is None else (one.step.method, one.thinned, one.mapped)) == found


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("await each(ctx, await all(ctx, 1));", "collect"),
        ('await each(ctx, await ctx.db.query("t").take(5));', "take"),
        ('await each(ctx, await ctx.db.query("t").take(5)); await each(ctx, await all(ctx, 1));', "collect"),
        ("await each(ctx, await all(ctx, 1)); await each(ctx, args.rows);", None),
        ("args.run(each); await each(ctx, await all(ctx, 1));", None),
    ],
)
def test_the_rows_that_a_helper_is_given(tmp_path: Path, given: str, found: str | None) -> None:
    text = (
        'import { internalMutation } from "./_generated/server";\n'
        'import { all, each } from "./lib";\n'
        f"export const run = internalMutation({{ args: {{}}, handler: async (ctx, args) => {{ {given} }} }});\n"
    )
    program = program_of(tmp_path, {**FILES, "convex/a.ts": text})
    module = next(m for m in program.modules if m.path.endswith("lib.ts"))
    source = walked(program.ev.world.index(module).loops[0][0])
    assert source is not None
    one = rows_of(program).counting.of(module, source)
    assert (None if one is None else one.step.method) == found


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("MINUTE", 60_000),
        ("-WAITS.short", -5),
        ("times.WAITS.long * 2", 7_200_000),
        ("again.MINUTE + 1", 60_001),
        ("WAITS.none", None),
        ("OPEN.short", None),
    ],
)
def test_constants_of_other_modules(tmp_path: Path, written: str, number: float | None) -> None:
    times = (
        "export const MINUTE = 60 * 1000;\n"
        "export const WAITS = { short: 5, long: 60 * MINUTE };\n"
        "export const OPEN = { ...globalThis.open, short: 5, ...globalThis.open };\n"
    )
    text = (
        'import * as times from "./times";\nimport { MINUTE, OPEN, WAITS } from "./times";\n'
        f'export * as again from "./times";\nimport {{ again }} from "./a";\nexport const it = [{written}];\n'
    )
    program = program_of(tmp_path, {"convex/times.ts": times, "convex/a.ts": text})
    module = next(m for m in program.modules if m.path.endswith("a.ts"))
    target = program.ev.world.export(module, "it")
    assert target is not None
    held = program.ev.world.index(module).constant(target.binding)
    assert isinstance(held, ir.Array)
    assert constant(program.ev, module, held.items[0]) == number
