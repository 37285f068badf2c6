"""What a card cannot show of explicit-table-ids: its help, and the footer of an older convex."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.reports.footer import footer
from convexlint.session import Outcome, Overrides, Request, check

SCHEMA = """import { defineSchema, defineTable } from 'convex/server';
import { v } from 'convex/values';
export default defineSchema({ cards: defineTable({ text: v.string() }) });
"""
MODULE = """import {{ v }} from 'convex/values';
import {{ internalMutation }} from './_generated/server';
export const f = internalMutation({{
  args: {{ id: v.id('cards'), table: v.string(), other: v.any() }},
  handler: async (ctx, args) => {{ {body} }},
}});
"""


PAGE = """const p = await ctx.db.query(args.table as never).paginate(args.other);
for (const r of p.page) await ctx.db.replace(r._id, {});"""


def linted(root: Path, body: str, package: str = "{}") -> Outcome:
    files = {"package.json": package, "convex/schema.ts": SCHEMA, "convex/f.ts": MODULE.format(body=body)}
    for path, text in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    only = Overrides(select=("explicit-table-ids",))
    return check(Request(paths=(str(root),), isolated=True, overrides=only))


@pytest.mark.parametrize(
    ("body", "help_"),
    [
        ("await (ctx.db as any).get(args.id);", "`(ctx.db as any).get('cards', args.id)`"),
        ("await (ctx.db)\n    .patch(args.id, {});", "`(ctx.db).patch('cards', args.id, ...)`"),
        ("const { db } = ctx as any; await db.get(args.id);", "`db.get('cards', args.id)`"),
        ("const { get } = ctx.db; await get(args.id);", "`get('cards', args.id)`"),
        ("await ctx.db.get(args.other);", "`ctx.db.get('<table>', args.other)`"),
        (
            "const r = await ctx.db.query(args.table as any).first(); await ctx.db.delete(r!._id);",
            "`ctx.db.delete(args.table as any, r!._id)`",
        ),
        (
            PAGE,
            "`ctx.db.replace(args.table as never, r._id, ...)`",
        ),
        (
            "let t = args.table; const r = await ctx.db.query(t as any).first(); t = ''; await ctx.db.delete(r!._id);",
            "`ctx.db.delete('<table>', r!._id)`",
        ),
        (
            "const r = await ctx.db.query('gone' as any).first(); await ctx.db.delete(r!._id);",
            "the schema has no table `gone`: `ctx.db.delete` can name it once the schema does",
        ),
    ],
)
def test_the_help_is_what_can_be_written_there(tmp_path: Path, body: str, help_: str) -> None:
    (diagnostic,) = linted(tmp_path, body).diagnostics
    assert diagnostic.finding.help == help_


def test_an_older_convex_gets_a_line_in_the_footer_and_no_finding(tmp_path: Path) -> None:
    body = "await ctx.db.get(args.id); await ctx.db.delete(args.id);"
    outcome = linted(tmp_path, body, '{ "dependencies": { "convex": "~1.30.2" } }')
    assert outcome.diagnostics == ()
    assert (outcome.suppressed, len(outcome.waiting)) == (0, 2)
    lines = [
        "".join(text for text, _ in line)
        for line in footer(outcome, str(tmp_path), seconds=None, fixing=False)
    ]
    assert lines[-1] == "explicit-table-ids is silent at 2 places: what it asks for needs convex 1.31."
