"""Which uses of a query object cannot work: a table of handler bodies."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.program.behaviour.pages import page_mistakes
from convexlint.program.places.chain_mistakes import chain_mistakes
from tests.program.small_programs import program_of

HEAD = """
import { internalQuery, type QueryCtx } from "./_generated/server";
const pageOf = (ctx: QueryCtx) => ctx.db.query("t").paginate({ cursor: null, numItems: 9 });
async function outer(ctx: QueryCtx) { return (await pageOf(ctx)).page; }
export const f = internalQuery({ args: {}, handler: async (ctx, args: any) => {
"""


def mistakes(root: Path, body: str) -> list[tuple[str, str]]:
    """(kind, method) of each mistake, in order."""
    program = program_of(root, {"convex/a.ts": HEAD + body + "\n} });\n"})
    found = (*chain_mistakes(program), *page_mistakes(program))
    return [(m.kind, m.name) for m in sorted(found, key=lambda m: m.place.span)]


@pytest.mark.parametrize(
    "body",
    [
        'const q = ctx.db.query("t").order("desc"); await q.first(); await q.take(2);',
        'const q = ctx.db.query("t").order("desc"); if (args.x) await q.first(); await q.take(2);',
        'const q = ctx.db.query("t").order("desc"); for await (const d of q) break; await q.take(2);',
        'const q = ctx.db.query("t").order("desc"); try { await q.first(); } catch {} await q.take(2);',
        'let q = ctx.db.query("t").order("desc"); q = q.filter((f) => true); await q.first(); await q.take(2);',
        'let q: any = ctx.db.query("t").order("desc"); if (args.n) { q = q.take(args.n) as any; } await q.take(2);',
        'const q = ctx.db.query("t").order("desc"); await Promise.all([q.first(), q.take(2)]);',
    ],
)
def test_a_query_object_that_is_used_up_is_not_used_again(tmp_path: Path, body: str) -> None:
    assert mistakes(tmp_path, body) == [("used-again", "take")]


@pytest.mark.parametrize(
    "body",
    [
        'const q = ctx.db.query("t"); await q.first(); await q.take(2);',
        'const q = ctx.db.query("t").order("desc"); if (args.x) { return await q.first(); } await q.take(2);',
        'const q = ctx.db.query("t").order("desc"); if (args.x) await q.first(); else await q.take(2);',
        'const q = ctx.db.query("t").order("desc"); if (args.x) { await q.first(); return 1; } await q.take(2);',
        'const q = ctx.db.query("t").order("desc"); args.x ? await q.first() : await q.take(2);',
        'const q = ctx.db.query("t").order("desc"); try { await q.first(); } catch { await q.take(2); }',
        (
            'const q = ctx.db.query("t").order("desc"); switch (args.x) { case 1: await q.first(); break; default: '
            "await q.take(2); }"
        ),
        'let q = ctx.db.query("t").order("desc"); q = q.filter((f) => true); await q.take(2);',
        'let q = ctx.db.query("t").order("desc"); await q.take(2); q = ctx.db.query("t").order("asc"); q.first();',
        'const q = () => ctx.db.query("t").order("desc"); await q().first(); await q().take(2);',
        'const q = args.db.q("t").order("desc"); await q.first(); await q.take(2);',
    ],
)
def test_one_use_on_every_path_and_new_queries_are_fine(tmp_path: Path, body: str) -> None:
    assert mistakes(tmp_path, body) == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (
            'await ctx.db.query("t").paginate(args.p); await ctx.db.query("u").paginate(args.q);',
            "second-page",
        ),
        (
            'await Promise.all([ctx.db.query("t").paginate(args.p), ctx.db.query("u").paginate(args.q)]);',
            "second-page",
        ),
        ('while (args.x) { await ctx.db.query("t").paginate(args.p); }', "page-in-loop"),
        (
            'for (const p of args.ps) { const r = await ctx.db.query("t").paginate(p); if (r.isDone) break; }',
            "page-in-loop",
        ),
        ('await ctx.db.query("t").paginate(args.p); await pageOf(ctx);', "second-page"),
        ("await outer(ctx); await pageOf(ctx);", "second-page"),
        ("for (const p of args.ps) await pageOf(ctx);", "page-in-loop"),
        ('await Promise.all(args.ps.map((p: any) => ctx.db.query("t").paginate(p)));', "page-in-loop"),
        ("await Promise.all(args.ps.map(async (p: any) => { await pageOf(ctx); }));", "page-in-loop"),
        (
            'switch (args.x) { case 1: await ctx.db.query("t").paginate(args.p); case 2: await pageOf(ctx); break; }',
            "second-page",
        ),
        (
            'try { return await ctx.db.query("t").paginate(args.p); } finally { await pageOf(ctx); }',
            "second-page",
        ),
        (
            'try { await ctx.db.query("t").paginate(args.p); } finally { args.log(); } await pageOf(ctx);',
            "second-page",
        ),
    ],
)
def test_one_run_reads_one_page(tmp_path: Path, body: str, kind: str) -> None:
    assert mistakes(tmp_path, body) == [(kind, "paginate")]


@pytest.mark.parametrize(
    "body",
    [
        'if (args.x) return await ctx.db.query("t").paginate(args.p); return await ctx.db.query("u").paginate(args.p);',
        'const r = args.x ? await ctx.db.query("t").paginate(args.p) : await ctx.db.query("u").paginate(args.p);',
        'for (const p of args.ps) { return await ctx.db.query("t").paginate(p); }',
        'for (const p of args.ps) { if (p.x) { await ctx.db.query("t").paginate(p); break; } }',
        'for (const d of (await ctx.db.query("t").paginate(args.p)).page) { args.log(d); }',
        "if (args.x) { await pageOf(ctx); } else { await outer(ctx); }",
        'switch (args.x) { case 1: await ctx.db.query("t").paginate(args.p); break; case 2: await pageOf(ctx); }',
        "return args.x ? await pageOf(ctx) : await outer(ctx);",
        'const page = await pageOf(ctx); await ctx.runQuery("b:g" as any, {}); return page;',
        "if (args.x) return await pageOf(ctx); return await pageOf(ctx);",
    ],
)
def test_pages_of_which_one_is_read_are_fine(tmp_path: Path, body: str) -> None:
    assert mistakes(tmp_path, body) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('return await ctx.db.query("t");', [("not-consumed", "query")]),
        ('return ctx.db.query("t").order("desc");', [("not-consumed", "order")]),
        ('const q = ctx.db.query("t"); return { rows: await q };', [("not-consumed", "q")]),
        ('const q = await ctx.db.query("t"); return await q.first();', []),
        ('return await (await ctx.db.query("t")).first();', []),
        ('const q = await ctx.db.query("t").order("desc"); for await (const d of q) return d;', []),
        ('return await ctx.db.query("t").first();', []),
    ],
)
def test_a_query_must_be_consumed_unless_it_goes_on_as_one(
    tmp_path: Path, body: str, found: list[tuple[str, str]]
) -> None:
    assert mistakes(tmp_path, body) == found
