"""Returns inferred from handlers: what is written, and what stops it."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.program.writing.validator_text import validator_text
from tests.program.small_programs import program_of

SCHEMA = """
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  notes: defineTable({
    text: v.string(),
    tag: v.optional(v.union(v.literal("a"), v.literal("b"))),
    owner: v.id("people"),
  }).index("by_owner", ["owner"]),
  people: defineTable({ name: v.string() }),
  open: defineTable(v.any()),
});
"""
MODULE = """
import {{ v }} from "convex/values";
import {{ query }} from "./_generated/server";
const person = v.object({{ _id: v.id("people"), _creationTime: v.number(), name: v.string() }});
const options = {{ a: 1 }};
export const f = query({{
  args: {{ id: v.id("notes"), person: v.id("people"), n: v.number(), s: v.string(), b: v.boolean() }},
  handler: async (ctx, args) => {{ {body} }},
}});
"""
NOTE = (
    'v.object({ _id: v.id("notes"), _creationTime: v.number(), text: v.string(), '
    'tag: v.optional(v.union(v.literal("a"), v.literal("b"))), owner: v.id("people") })'
)


def inferred(root: Path, body: str) -> tuple[str | None, str | None]:
    """(the validator as written on one line, the expression that stops inference)"""
    program = program_of(root, {"convex/schema.ts": SCHEMA, "convex/f.ts": MODULE.format(body=body)})
    (function,) = program.functions
    found = program.inferred_returns[function]
    if found.validator is None:
        assert found.stop is not None
        return None, found.stop.module.text(found.stop.span)
    assert program.manners is not None
    manner = program.manners.of(function.module, "v")
    text = validator_text(found.validator, manner, function.call_span.start)
    return " ".join(text.replace(",\n}", " }").split()).replace("( ", "(").replace(", }", " }"), None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", "v.null()"),
        ("return;", "v.null()"),
        ("return null;", "v.null()"),
        ("return args.n + 1;", "v.number()"),
        ("return `x${args.n}`;", "v.string()"),
        ("return args.n > 1;", "v.boolean()"),
        ('return "done";', "v.string()"),
        ("return args.id;", 'v.id("notes")'),
        ("if (args.b) return 1;", "v.union(v.number(), v.null())"),
        ("if (args.b) return 1; else return args.s;", "v.union(v.number(), v.string())"),
        ("return await ctx.db.get(args.person);", "v.union(person, v.null())"),
        ('return ctx.db.query("people").collect();', "v.array(person)"),
        ('return (await ctx.db.query("people").first())?.name ?? null;', "v.union(v.string(), v.null())"),
        ('return await ctx.db.query("notes").take(3);', f"v.array({NOTE})"),
        ("return { ok: true, n: args.n };", "v.object({ ok: v.boolean(), n: v.number() })"),
        (
            'if (args.b) return { ok: false, why: "x" }; return { ok: true };',
            "v.object({ ok: v.boolean(), why: v.optional(v.string()) })",
        ),
        (
            "const p: { a: number } | null = args.b ? { a: 1 } : null; return { ...p, n: 1 };",
            "v.object({ a: v.optional(v.number()), n: v.number() })",
        ),
        (
            "return { n: 1, ...(args.b && { m: 1 }) };",
            "v.object({ n: v.number(), m: v.optional(v.number()) })",
        ),
        (
            "return { n: 1, ...(args.b ? { n: args.s, m: 1 } : {}) };",
            "v.object({ n: v.union(v.string(), v.number()), m: v.optional(v.number()) })",
        ),
        (
            "const p = await ctx.db.get(args.person); return { name: p?.name, known: p?.name ?? null };",
            "v.object({ name: v.optional(v.string()), known: v.union(v.string(), v.null()) })",
        ),
        (
            'const p = await ctx.db.get(args.person); if (!p) throw new Error("x"); return { ...p, n: 1 };',
            'v.object({ _id: v.id("people"), _creationTime: v.number(), name: v.string(), n: v.number() })',
        ),
        (
            'const all = await ctx.db.query("notes").collect(); return all.map((x) => ({ id: x._id, tag: x.tag }));',
            'v.array(v.object({ id: v.id("notes"), tag: v.optional(v.union(v.literal("a"), v.literal("b"))) }))',
        ),
        ("if (args.b) return []; return [args.n];", "v.array(v.number())"),
        ("return { rows: args.b ? [] : [args.s] };", "v.object({ rows: v.array(v.string()) })"),
        ('let text = ""; text += args.n; return text;', "v.string()"),
        ("let n = 0; n += 1; return n;", "v.number()"),
        ("return args.b && args.n;", "v.union(v.number(), v.boolean())"),
        ("return await Promise.all([1, 2].map(async (n) => n));", "v.array(v.number())"),
        ("while (true) { if (args.b) return 1; }", "v.number()"),
        ("try { return 1; } catch { return args.s; }", "v.union(v.number(), v.string())"),
        ("return { when: undefined, n: 1 };", "v.object({ n: v.number() })"),
    ],
)
def test_what_a_handler_returns_is_written_as_a_validator(tmp_path: Path, body: str, expected: str) -> None:
    assert inferred(tmp_path, body) == (expected, None)


@pytest.mark.parametrize(
    ("body", "blamed"),
    [
        ("return JSON.parse(args.s);", "JSON.parse(args.s)"),
        ("return { ok: true, data: JSON.parse(args.s) };", "JSON.parse(args.s)"),
        ("return [];", "[]"),
        ("return { rows: [] };", "[]"),
        ("return new Date();", "new Date()"),
        ("return { [args.s]: 1 };", "1"),
        ("return { ...JSON.parse(args.s), a: 1 };", "JSON.parse(args.s)"),
        ('return await ctx.db.query("open").first();', 'await ctx.db.query("open").first()'),
        ("return mystery(args.n) && args.n;", "mystery(args.n) && args.n"),
    ],
)
def test_what_is_not_known_stops_it_and_is_named(tmp_path: Path, body: str, blamed: str) -> None:
    assert inferred(tmp_path, body) == (None, blamed)


def test_a_page_is_written_out_or_by_the_helper_that_is_imported(tmp_path: Path) -> None:
    body = 'return await ctx.db.query("people").paginate({ cursor: null, numItems: args.n });'
    text, _ = inferred(tmp_path / "one", body)
    assert text is not None and text.startswith("v.object({ page: v.array(person), isDone: v.boolean()")
    module = (
        MODULE.format(body=body) + '\nimport { paginationResultValidator as page } from "convex/server";\n'
    )
    program = program_of(tmp_path / "two", {"convex/schema.ts": SCHEMA, "convex/f.ts": module})
    found = program.inferred_returns[program.functions[0]].validator
    assert found is not None and program.manners is not None
    manner = program.manners.of(program.functions[0].module, "v")
    assert validator_text(found, manner, 0) == "page(person)"
