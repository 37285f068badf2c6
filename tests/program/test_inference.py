"""Returns inferred from handlers: what is written, and what stops it."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.program.inference.returns import inferred_returns
from convexlint.program.writing.manners import manners
from convexlint.program.writing.validator_text import validator_text
from convexlint.structs import replace
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
  loose: defineTable({ data: v.any() }),
  marked: defineTable({
    meta: v.optional(v.any()),
    tags: v.optional(v.record(v.string(), v.any())),
    rows: v.array(v.object({ of: v.any() })),
  }),
});
"""
MODULE = """
import {{ v }} from "convex/values";
import type {{ Doc }} from "./_generated/dataModel";
import {{ query }} from "./_generated/server";
const person = v.object({{ _id: v.id("people"), _creationTime: v.number(), name: v.string() }});
const options = {{ a: 1 }};
export const f = query({{
  args: {{
    id: v.id("notes"), person: v.id("people"), n: v.number(), s: v.string(), b: v.boolean(), loose: v.id("loose"),
  }},
  handler: async (ctx, args) => {{ {body} }},
}});
"""
LOOSE = 'v.object({ _id: v.id("loose"), _creationTime: v.number(), data: v.any(), n: v.number() })'
NOTE = (
    'v.object({ _id: v.id("notes"), _creationTime: v.number(), text: v.string(), '
    'tag: v.optional(v.union(v.literal("a"), v.literal("b"))), owner: v.id("people") })'
)


def inferred(root: Path, body: str) -> tuple[str | None, str | None]:
    """(the validator as written on one line, the expression that stops inference)"""
    return inferred_in(root, MODULE.format(body=body))


def inferred_in(root: Path, module: str) -> tuple[str | None, str | None]:
    """The same of a module's one function."""
    program = program_of(root, {"convex/schema.ts": SCHEMA, "convex/f.ts": module})
    (function,) = program.functions
    found = inferred_returns(program, function)
    if found.validator is None:
        assert found.stop is not None
        return None, found.stop.module.text(found.stop.span)
    manner = replace(manners(program).of(function.module, "v"), width=10_000)
    text = validator_text(found.validator, manner, function.call_span.start)
    return text, None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", "v.null()"),
        ("return;", "v.null()"),
        (
            "if (args.b) return {}; const r: Record<string, number> = {}; r[args.s] = 1; return r;",
            "v.record(v.string(), v.number())",
        ),
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
        # what may be missing
        (
            "const p = await ctx.db.get(args.person); return { name: p?.name, n: p?.name.length, x: p?.name ?? 'x' };",
            "v.object({ name: v.optional(v.string()), n: v.optional(v.number()), x: v.string() })",
        ),
        (
            'const all = await ctx.db.query("people").take(2); return { one: all[0]?.name, it: all[1] };',
            "v.object({ one: v.optional(v.string()), it: v.optional(person) })",
        ),
        (
            'const [one] = await ctx.db.query("people").take(1); return one;',
            "v.union(person, v.null())",
        ),
        ('return { user: args.s.split("@")[0] };', "v.object({ user: v.string() })"),
        (
            "let n = null; if (args.b) n = args.n; return { n };",
            "v.object({ n: v.union(v.number(), v.null()) })",
        ),
        ("let n; if (args.b) n = args.n; return { n };", "v.object({ n: v.optional(v.number()) })"),
        ("let n; if (args.b) n = args.n; else n = 1; return { n };", "v.object({ n: v.number() })"),
        (
            "let n; if (args.b) n = 1; else return null; return { n };",
            "v.union(v.object({ n: v.number() }), v.null())",
        ),
        ("let n; try { n = args.n; } catch { n = 0; } return { n };", "v.object({ n: v.number() })"),
        ("let n; try { n = args.n; } catch {} return { n };", "v.object({ n: v.optional(v.number()) })"),
        (
            "let n; switch (args.s) { case 'a': n = 1; break; default: n = 2; } return { n };",
            "v.object({ n: v.number() })",
        ),
        (
            "let n; switch (args.s) { case 'a': n = 1; } return { n };",
            "v.object({ n: v.optional(v.number()) })",
        ),
        # caught errors
        (
            "try { await ctx.db.get(args.id); } catch (e) { return e instanceof Error ? e.message : 'x'; } return 'y';",
            "v.string()",
        ),
        (
            "try { return { ok: true }; } catch (e: any) { return { ok: false, why: e.message }; }",
            "v.object({ ok: v.boolean(), why: v.optional(v.string()) })",
        ),
        # objects that are written into
        (
            "const o = { n: 0, why: null }; if (args.b) o.why = args.s; o.n++; return o;",
            "v.object({ n: v.number(), why: v.union(v.string(), v.null()) })",
        ),
        (
            "const o = { n: 0 }; if (args.b) o.s = args.s; return o;",
            "v.object({ n: v.number(), s: v.optional(v.string()) })",
        ),
        ("const o = {}; o[args.s] = args.n; return o;", "v.record(v.string(), v.number())"),
        (
            "const r = await fetch(args.s); return { ok: r.ok, status: r.status };",
            "v.object({ ok: v.boolean(), status: v.number() })",
        ),
        # spread, looked up
        (
            "let all; if (args.b) all = await ctx.db.query('people').take(1); all = all.slice(1); return all;",
            "v.array(person)",
        ),
        (
            'const limits = { a: { n: 1 }, b: { n: 2 } }; const key = args.b ? "a" : "b"; return limits[key];',
            "v.object({ n: v.number() })",
        ),
        ("const d = await ctx.db.get(args.loose); return { ...d!, n: 1 };", LOOSE),
        (
            "type Row = { n: string | null }; const row: Row = { n: 'a' }; return row.n;",
            "v.union(v.string(), v.null())",
        ),
        (
            "const i = await ctx.auth.getUserIdentity(); return { mail: i!.email, id: i!.subject };",
            "v.object({ mail: v.optional(v.string()), id: v.string() })",
        ),
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
        ("const o = { n: 0 }; o[args.s] = args.n; return o;", "args.n"),
        ("try { return 1; } catch (e) { return e.code; }", "e.code"),
        ("return (await fetch(args.s)).json();", "(await fetch(args.s)).json()"),
        ("const plans = { a: { has: ['x'] } } as const; return plans.a;", "['x']"),
        ("const seen: { [K in 'a' as `x${K}`]: number } = JSON.parse(args.s); return seen;", "seen"),
    ],
)
def test_what_is_not_known_stops_it_and_is_named(tmp_path: Path, body: str, blamed: str) -> None:
    assert inferred(tmp_path, body) == (None, blamed)


def test_a_page_whose_items_are_made_anew_is_a_page(tmp_path: Path) -> None:
    body = (
        'const all = await ctx.db.query("people").paginate({ cursor: null, numItems: args.n }); '
        "return { ...all, page: all.page.map((p) => p.name) };"
    )
    text, _ = inferred(tmp_path, body)
    assert text is not None
    assert text.startswith(
        "v.object({ page: v.array(v.string()), isDone: v.boolean(), continueCursor: v.string()"
    )
    assert 'v.literal("SplitRecommended")' in text


@pytest.mark.parametrize(
    ("guard", "whole"),
    [
        ('function must(n: Doc<"notes"> | null): asserts n is Doc<"notes"> {{ if (!n) throw 1; }}', True),
        ("function must<T>(n: T | null): asserts n is T {{ if (!n) throw 1; }}", True),
        (
            "function must<T>(n: T | null | undefined): asserts n is NonNullable<T> {{ if (!n) throw 1; }}",
            True,
        ),
        ("function must(n: unknown): asserts n {{ if (!n) throw 1; }}", True),
        ('function must(n: unknown): asserts n is Doc<"notes"> | null {{ if (n === 3) throw 1; }}', False),
        ("function must<T>(n: T): asserts n is T {{ if (!n) throw 1; }}", False),
        ("function must(n: unknown) {{ if (!n) throw 1; }}", False),
    ],
)
def test_what_is_asserted_is_not_null(tmp_path: Path, guard: str, whole: bool) -> None:
    module = MODULE.replace("export const f", guard + "\nexport const f")
    body = "const note = await ctx.db.get(args.id); must(note); return note;"
    program = program_of(tmp_path, {"convex/schema.ts": SCHEMA, "convex/f.ts": module.format(body=body)})
    found = inferred_returns(program, program.functions[0]).validator
    assert found is not None
    manner = replace(manners(program).of(program.functions[0].module, "v"), width=10_000)
    assert validator_text(found, manner, 0) == (NOTE if whole else f"v.union({NOTE}, v.null())")


ROW = 'const row = (await ctx.db.query("marked").first())!; '
MAYBE = 'const row = await ctx.db.query("marked").first(); '


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (ROW + "return { meta: row.meta };", "v.object({ meta: v.optional(v.any()) })"),
        (ROW + "return { meta: row.meta ?? null };", "v.object({ meta: v.any() })"),
        (ROW + "const { meta } = row; return { meta: meta ?? [] };", "v.object({ meta: v.any() })"),
        (MAYBE + "const meta = row?.meta; return { meta };", "v.object({ meta: v.optional(v.any()) })"),
        (ROW + "return { meta: args.b ? row.meta : null };", "v.object({ meta: v.optional(v.any()) })"),
        (ROW + "return row.meta ?? 3;", "v.any()"),
        (ROW + "return { tags: row.tags };", "v.object({ tags: v.optional(v.record(v.string(), v.any())) })"),
        (
            ROW + "return { tags: row.tags ?? null };",
            "v.object({ tags: v.union(v.record(v.string(), v.any()), v.null()) })",
        ),
        (ROW + "return { rows: row.rows };", "v.object({ rows: v.array(v.object({ of: v.any() })) })"),
        (
            'return (await ctx.db.query("marked").take(3)).map((r) => ({ tags: r.tags, _id: r._id }));',
            'v.array(v.object({ tags: v.optional(v.record(v.string(), v.any())), _id: v.id("marked") }))',
        ),
        (
            'return (await ctx.db.query("loose").take(3)).map(({ data, _id: id }) => ({ data, id }));',
            'v.array(v.object({ data: v.any(), id: v.id("loose") }))',
        ),
        (
            'return (await ctx.db.query("marked").take(3)).flatMap(({ tags: all, ...r }) => [{ all, m: r.meta }]);',
            "v.array(v.object({ all: v.optional(v.record(v.string(), v.any())), m: v.optional(v.any()) }))",
        ),
        (
            'const o = []; for (const { data } of await ctx.db.query("loose").take(3)) o.push({ data }); return o;',
            "v.array(v.object({ data: v.any() }))",
        ),
        (
            'const o = []; for await (const { data } of ctx.db.query("loose")) { o.push({ d: data }); } return o;',
            "v.array(v.object({ d: v.any() }))",
        ),
        (
            'const of = ({ data }: Doc<"loose">) => ({ data }); return of((await ctx.db.get(args.loose))!);',
            "v.object({ data: v.any() })",
        ),
        (
            'return await Promise.all((await ctx.db.query("loose").take(3)).map(async ({ data }) => ({ data })));',
            "v.array(v.object({ data: v.any() }))",
        ),
        (
            'const rows = await ctx.db.query("loose").take(3); return rows.map((row) => ({ d: row.data }));',
            "v.array(v.object({ d: v.any() }))",
        ),
    ],
)
def test_what_the_schema_declares_as_any_is_that(tmp_path: Path, body: str, expected: str) -> None:
    assert inferred(tmp_path, body) == (expected, None)


@pytest.mark.parametrize(
    "body",
    [
        ROW + "return { meta: row.meta as Other };",
        ROW + "return { meta: row.meta.deep };",
        ROW + "return { meta: read(row.meta) };",
        ROW + "return { tags: row.tags ?? other };",
        ROW + "return { meta: args.b ? other : args.n };",
        ROW + "let meta = row.meta; meta = other(meta); return { meta };",
    ],
)
def test_what_is_made_of_any_stays_unknown(tmp_path: Path, body: str) -> None:
    text, stopped_at = inferred(tmp_path, body)
    assert text is None
    assert stopped_at is not None


def test_a_page_is_written_out_or_by_the_helper_that_is_imported(tmp_path: Path) -> None:
    body = 'return await ctx.db.query("people").paginate({ cursor: null, numItems: args.n });'
    text, _ = inferred(tmp_path / "one", body)
    assert text is not None and text.startswith("v.object({ page: v.array(person), isDone: v.boolean()")
    module = (
        MODULE.format(body=body) + '\nimport { paginationResultValidator as page } from "convex/server";\n'
    )
    program = program_of(tmp_path / "two", {"convex/schema.ts": SCHEMA, "convex/f.ts": module})
    found = inferred_returns(program, program.functions[0]).validator
    assert found is not None
    manner = manners(program).of(program.functions[0].module, "v")
    assert validator_text(found, manner, program.functions[0].call_span.start) == "page(person)"
    assert validator_text(found, manner, 0).startswith("page(\n")  # `person` is not there yet


AUTH = """
import { createClient } from "@convex-dev/better-auth";
import { components } from "./_generated/api";
import { query } from "./_generated/server";
import { schema } from "./schema";
export const auth = createClient(components.betterAuth);
const own = createClient(components.betterAuth, { local: { schema } });
const { getAuthUser } = auth;
export const f = query({ args: {}, handler: async (ctx) => { %s } });
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "const me = await auth.safeGetAuthUser(ctx); return me ? { id: String(me._id), email: me.email } : null;",
            "v.union(v.object({ id: v.string(), email: v.string() }), v.null())",
        ),
        (
            "const { name, image } = await getAuthUser(ctx); return { name, image: image ?? undefined };",
            "v.object({ name: v.string(), image: v.optional(v.string()) })",
        ),
        ("return (await auth.getAnyUserById(ctx, 'a'))?.emailVerified ?? false;", "v.boolean()"),
        ("return await auth.getAuthUser(ctx);", None),  # plugins add fields
        ("return (await auth.getAuthUser(ctx)).phoneNumber;", None),
        ("return (await own.getAuthUser(ctx)).email;", None),  # its schema is the project's own
    ],
)
def test_the_user_of_better_auth(tmp_path: Path, body: str, expected: str | None) -> None:
    assert inferred_in(tmp_path, AUTH % body)[0] == expected


HELPERS = """
import { omit, pick, withoutSystemFields } from "convex-helpers";
import { nanoid } from "nanoid";
import { v7 as uuid } from "uuid";
import * as ids from "uuid";
import { v } from "convex/values";
import type { Doc, Id } from "./_generated/dataModel";
import { query } from "./_generated/server";
const strip = <T extends { _id: unknown; _creationTime: unknown }>(doc: T) => {
  const { _id, _creationTime, ...rest } = doc;
  return rest;
};
function stripped<T extends { _id: string; _creationTime: number } | null | undefined>(doc: T) {
  if (!doc) return doc;
  const { _id, _creationTime, ...rest } = doc;
  return rest;
}
async function twice<T extends { name: string }>(doc: T) { return { ...doc, again: doc.name }; }
const person = v.object({ _id: v.id("people"), _creationTime: v.number(), name: v.string() });
const later = <T extends Doc<"people">>(doc: T) => { const { _id, ...rest } = doc; return rest; };
const wrapped = <T extends { _id: string }>(doc: T) => ({ doc, id: doc._id });
const named = <T extends { name: unknown }>(doc: T) => ({ name: doc.name });
class Docs { static bare<T extends { _id: unknown }>(doc: T) { const { _id, ...rest } = doc; return rest; } }
export const f = query({
  args: { id: v.id("people"), loose: v.id("loose"), marked: v.id("marked"), note: v.id("notes"), any: v.any() },
  handler: async (ctx, args) => { const one = (await ctx.db.get(args.id))!; %s },
});
"""
MARKED = (
    "meta: v.optional(v.any()), tags: v.optional(v.record(v.string(), v.any())), "
    "rows: v.array(v.object({ of: v.any() }))"
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return strip(one);", "v.object({ name: v.string() })"),
        ("return [one].map(strip);", "v.array(v.object({ name: v.string() }))"),
        (
            "return (await ctx.db.query('people').take(2)).map((p) => strip(p));",
            "v.array(v.object({ name: v.string() }))",
        ),
        ("return stripped(one);", "v.object({ name: v.string() })"),
        ("return stripped(await ctx.db.get(args.id));", "v.union(v.object({ name: v.string() }), v.null())"),
        ("return Docs.bare(one);", "v.object({ _creationTime: v.number(), name: v.string() })"),
        (
            "return later({ ...one, n: 1 });",
            "v.object({ _creationTime: v.number(), name: v.string(), n: v.number() })",
        ),
        ("const { again } = await twice(one); return again;", "v.string()"),
        ("return strip(await twice(one));", "v.object({ name: v.string(), again: v.string() })"),
        ("return strip(args.any);", None),
        # TypeScript reads a member off the bound
        ("return wrapped(one);", "v.object({ doc: person, id: v.string() })"),
        ("return named(one);", None),
        ("return withoutSystemFields(one);", "v.object({ name: v.string() })"),
        (
            "return { a: uuid(), b: nanoid(8), c: ids.v4() };",
            "v.object({ a: v.string(), b: v.string(), c: v.string() })",
        ),
        ("return uuid({}, args.any);", None),  # fills what it is given
        ("return omit(one, ['_creationTime']);", 'v.object({ _id: v.id("people"), name: v.string() })'),
        ("return pick(one, ['name']);", "v.object({ name: v.string() })"),
        ("const keys: (keyof Doc<'people'>)[] = args.any; return pick(one, keys);", None),
        # a literal beside a union that has it
        (
            "const note = (await ctx.db.get(args.note))!; const tag = args.any ? 'a' : note.tag; return { tag };",
            'v.object({ tag: v.optional(v.union(v.literal("a"), v.literal("b"))) })',
        ),
        (
            "const note = (await ctx.db.get(args.note))!; return { tag: note.tag ?? 'b' };",
            'v.object({ tag: v.union(v.literal("a"), v.literal("b")) })',
        ),
        (
            "const note = (await ctx.db.get(args.note))!; return { tag: args.any ? 'c' : note.tag };",
            "v.object({ tag: v.optional(v.string()) })",
        ),
        (
            "const note = (await ctx.db.get(args.note))!; let tag = 'a'; if (note.tag) tag = note.tag; return { tag };",
            "v.object({ tag: v.string() })",
        ),
        # what the schema declares as any stays that in what is left of a document
        ("return strip((await ctx.db.get(args.loose))!);", "v.object({ data: v.any() })"),
        (
            "const { _id, _creationTime, ...rest } = (await ctx.db.get(args.marked))!; return rest;",
            f"v.object({{ {MARKED} }})",
        ),
        (
            (
                "const all = await ctx.db.query('marked').take(2);"
                "return all.map(({ _id, _creationTime, meta, ...rest }) => ({ ...rest, n: 1 }));"
            ),
            f"v.array(v.object({{ {MARKED.partition(', ')[2]}, n: v.number() }}))",
        ),
    ],
)
def test_documents_without_some_of_their_fields_and_what_packages_give(
    tmp_path: Path, body: str, expected: str | None
) -> None:
    assert inferred_in(tmp_path, HELPERS % body)[0] == expected


READ_OFF = """
import {{ v, type Infer }} from "convex/values";
import {{ query }} from "./_generated/server";
const step = v.object({{ name: v.string(), given: v.any(), more: v.optional(v.any()), list: v.array(v.any()) }});
const entry = v.object({{ id: v.string(), step: v.union(step, v.null()) }});
type Step = Infer<typeof step>;
type Entry = Infer<typeof entry>;
declare function load(): Promise<Entry>;
{helpers}
export const f = query({{
  args: {{ step }},
  handler: async (ctx, args) => {{ {body} }},
}});
"""
STEP = "v.object({ name: v.string(), given: v.any(), more: v.optional(v.any()), list: v.array(v.any()) })"

PARTLY = (
    "v.object({ name: v.optional(v.string()), given: v.optional(v.any()), more: v.optional(v.any()), "
    "list: v.optional(v.array(v.any())) })"
)


@pytest.mark.parametrize(
    ("helpers", "body", "expected"),
    [
        ("", "return (await load()).step as Step;", "step"),
        ("", "return args.step;", "step"),
        ("", "return [args.step];", "v.array(step)"),
        ("function made(): Step { return {} as any; }", "return made();", "step"),
        ("const made = async (): Promise<Entry[]> => [];", "return await made();", "v.array(entry)"),
        (
            "",
            "const { list, ...rest } = args.step; return rest;",
            STEP.replace(", list: v.array(v.any())", ""),
        ),
        ("", "return { given: args.step.given };", "v.object({ given: v.any() })"),
        ("", "return { more: args.step.more };", "v.object({ more: v.optional(v.any()) })"),
        (
            'type Few = Pick<Step, "given" | "more">; function few(): Few { return {} as any; }',
            "return few();",
            "v.object({ given: v.any(), more: v.optional(v.any()) })",
        ),
        (
            "function few(): Partial<Step> { return {}; }",
            "return few();",
            PARTLY,
        ),
    ],
)
def test_anything_that_a_validator_says_stays_in_what_is_read_off_it(
    tmp_path: Path, helpers: str, body: str, expected: str
) -> None:
    found, _ = inferred_in(tmp_path, READ_OFF.format(helpers=helpers, body=body))
    assert found == expected


@pytest.mark.parametrize(
    "body",
    [
        "const rows: Step[] = []; rows.push(args.other as any); return rows as any;",
        "const row: Step = args.other as any; return row as any;",
    ],
)
def test_a_type_that_is_cast_away_at_the_return_is_not_believed(tmp_path: Path, body: str) -> None:
    found, stop = inferred_in(tmp_path, READ_OFF.format(helpers="", body=body))
    assert found is None
    assert stop in ("rows as any", "row as any")


STREAMS = """
import {{ v }} from "convex/values";
import {{ stream, mergedStream as merged }} from "convex-helpers/server/stream";
import * as helpers from "convex-helpers/server/stream";
import schema from "./schema";
import {{ query }} from "./_generated/server";
export const f = query({{ args: {{ tags: v.array(v.string()) }}, handler: async (ctx, args) => {{ {body} }} }});
"""
EACH = 'args.tags.map((tag) => stream(ctx.db, schema).query("people").order("desc"))'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f'for await (const one of merged({EACH}, ["name"])) {{ return one._id; }} return null;', "PERSON"),
        (
            f'const one = await helpers.mergedStream({EACH}, ["name"]).first(); return one?._id ?? null;',
            "PERSON",
        ),
        (
            (
                'const one = await stream(ctx.db, schema).query("people").distinct(["name"]).first(); '
                "return one === null ? null : one._id;"
            ),
            "PERSON",
        ),
        (
            (
                "const base = () => stream(ctx.db, schema); "
                'const two = [base().query("people"), base().query("notes")]; '
                'return (await merged(two, ["_creationTime"]).collect()).map((one) => one._id);'
            ),
            'v.array(v.union(v.id("people"), v.id("notes")))',
        ),
        (
            (
                'const table = args.tags.length > 3 ? ("people" as const) : ("notes" as const); '
                "return (await stream(ctx.db, schema).query(table).take(3)).map((one) => one._id);"
            ),
            'v.array(v.union(v.id("people"), v.id("notes")))',
        ),
        (f'return await merged({EACH}.map((one) => one.map(async (row) => row)), ["name"]).first();', None),
        (f'return await merged([...{EACH}, other()], ["name"]).first();', None),
    ],
)
def test_streams_of_convex_helpers(tmp_path: Path, body: str, expected: str | None) -> None:
    found, _ = inferred_in(tmp_path, STREAMS.format(body=body))
    assert found == ('v.union(v.id("people"), v.null())' if expected == "PERSON" else expected)


def test_deep_unions_are_read_to_their_last_field(tmp_path: Path) -> None:
    """Seven objects, each in a list and a union; a message with tool results is as deep."""
    deep = "v.object({ kind: v.literal('end') })"
    for number in range(7):
        deep = f"v.object({{ of{number}: v.union(v.string(), v.array({deep})) }})"
    module = f"""
import {{ v, type Infer }} from "convex/values";
import {{ query }} from "./_generated/server";
const deep = {deep};
export const f = query({{ args: {{}}, handler: async (): Promise<Infer<typeof deep>> => load() }});
"""
    assert inferred_in(tmp_path, module) == ("deep", None)


@pytest.mark.parametrize(
    ("imported", "kind", "expected"),
    [
        ("type Value as Any", "Any", "v.object({ k: v.any(), more: v.optional(v.any()) })"),
        ("type Value", "Value", "v.object({ k: v.any(), more: v.optional(v.any()) })"),
        ("type JSONValue as Value", "Value", None),
        ("type Value as Other", "any", None),
    ],
)
def test_a_convex_value_is_any(tmp_path: Path, imported: str, kind: str, expected: str | None) -> None:
    module = f"""
import {{ v, {imported} }} from "convex/values";
import {{ query }} from "./_generated/server";
type Item = {{ k: {kind}; more?: {kind} }};
async function load(): Promise<Item> {{ return {{}} as never; }}
export const f = query({{ args: {{}}, handler: async () => await load() }});
"""
    assert inferred_in(tmp_path, module)[0] == expected
