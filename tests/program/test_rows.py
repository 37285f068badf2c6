"""What loaded rows are used for, and which reads are repeated for each of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.program.places.repeated_reads import repeated_reads
from convexlint.program.places.rows import loaded_rows
from convexlint.program.program import Program
from tests.program.small_programs import program_of

SCHEMA = """
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({ t: defineTable({ a: v.string(), u: v.id("t") }).index("by_a", ["a"]) });
"""
HEAD = """
import { internalMutation } from "./_generated/server";
async function helper(ctx: any) { return await ctx.db.query("t").take(9); }
export const f = internalMutation({ args: {}, handler: async (ctx, args: any) => {
"""


def program(root: Path, body: str) -> Program:
    return program_of(root, {"convex/schema.ts": SCHEMA, "convex/a.ts": HEAD + body + "\n} });\n"})


def uses(root: Path, body: str) -> list[str]:
    (rows,) = (r for r in loaded_rows(program(root, body)) if r.step.place.inside is not None)
    return [use.name or use.kind for use in rows.uses]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('return (await ctx.db.query("t").collect()).length;', ["length"]),
        ('const r = await ctx.db.query("t").collect(); return [r.length, r!.length];', ["length", "length"]),
        ('const { length } = await ctx.db.query("t").collect(); return length;', ["length"]),
        (
            'const [r, n] = await Promise.all([ctx.db.query("t").collect(), args.n]); return r.length;',
            ["length"],
        ),
        ('return await ctx.db.query("t").collect().then((r) => r.length);', ["length"]),
        ('const r = await ctx.db.query("t").collect(); r.length = 0;', ["other"]),
        ('const r = await ctx.db.query("t").collect(); return [r.length, r];', ["length", "other"]),
        ('let r = await ctx.db.query("t").collect(); r = r.slice(1); return r.length;', ["other"]),
        ('return (await ctx.db.query("t").collect()).filter((x) => x.a);', ["filter"]),
        ('for (const x of await ctx.db.query("t").collect()) args.log(x);', ["loop"]),
        ('return await ctx.db.query("t").collect();', ["other"]),
        ('await ctx.db.query("t").collect();', ["other"]),
    ],
)
def test_every_use_of_loaded_rows_is_known(tmp_path: Path, body: str, found: list[str]) -> None:
    assert uses(tmp_path, body) == found


READ = 'await ctx.db.query("t").withIndex("by_a", (q) => q.eq("a", x.a)).first();'


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (f'for (const x of await ctx.db.query("t").take(5)) {{ {READ} }}', [("query", "take")]),
        (f'for await (const x of ctx.db.query("t")) {{ {READ} }}', [("query", "for await")]),
        (
            f'const r = await ctx.db.query("t").take(5); r.forEach(async (x) => {{ {READ} }});',
            [("query", "take")],
        ),
        (f"const r = await helper(ctx); for (const x of r) {{ {READ} }}", [("query", "take")]),
        (
            (
                'const { page } = await ctx.db.query("t").paginate(args.p); '
                f"await Promise.all(page.filter((x) => x.a).map(async (x) => {READ[:-1]}));"
            ),
            [("query", "paginate")],
        ),
        (
            (
                'const r = await ctx.db.query("t").collect(); for (let i = 0; i < r.length; i++) { const x = r[i]; '
                f"{READ} }}"
            ),
            [("query", "collect")],
        ),
        (
            'for (const x of await ctx.db.query("t").collect()) { await ctx.db.get(x.u); }',
            [("get", "collect")],
        ),
        (f"for (const x of args.xs) {{ {READ} }}", []),
        ("while (args.n) { await ctx.db.query('t').first(); }", []),
        ('for (const x of await ctx.db.query("t").take(5)) { args.log(x); }', []),
        ('const r = await ctx.db.query("t").take(5); await ctx.db.get(r[0].u);', []),
    ],
)
def test_reads_in_loops_over_rows_are_found_with_their_source(
    tmp_path: Path, body: str, found: list[tuple[str, str | None]]
) -> None:
    reads = repeated_reads(program(tmp_path, body))
    assert [(r.kind, r.source.method if r.source else None) for r in reads] == found


def test_a_loop_that_writes_says_so(tmp_path: Path) -> None:
    body = f'for (const x of await ctx.db.query("t").take(5)) {{ {READ} await ctx.db.delete(x._id); }}'
    assert [r.writes for r in repeated_reads(program(tmp_path, body))] == [True]
