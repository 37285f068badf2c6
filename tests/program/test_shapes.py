"""Results of handlers against `returns`: what is refused for certain, and what may pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.program.places.shapes import return_mismatches
from tests.program.small_programs import program_of

SCHEMA = """
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  notes: defineTable({ text: v.string(), tag: v.optional(v.string()) }),
});
"""
WHOLE = "_id: v.id('notes'), _creationTime: v.number(), text: v.string(), tag: v.optional(v.string())"
NOTE = 'const n = (await ctx.db.get("notes", args.id))!;'
FUNCTION = """
import {{ v }} from "convex/values";
import {{ internalQuery }} from "./_generated/server";
export const one = internalQuery({{
  args: {{ id: v.id("notes") }},
  returns: {returns},
  handler: async (ctx, args) => {{ {body} }},
}});
"""


def refusals(root: Path, returns: str, body: str) -> list[str]:
    function = FUNCTION.format(returns=returns, body=body)
    program = program_of(root, {"convex/schema.ts": SCHEMA, "convex/notes.ts": function})
    return [mismatch.text for mismatch in return_mismatches(program)]


@pytest.mark.parametrize(
    ("returns", "body", "text"),
    [
        ("v.object({ text: v.string() })", 'return await ctx.db.get("notes", args.id);', "`_id`"),
        (
            "v.array(v.object({ text: v.string() }))",
            'const all = await ctx.db.query("notes").take(9); return all.map((n) => ({ text: n.text, id: n._id }));',
            "an object with `id`, which `returns` lacks",
        ),
        (
            "v.array(v.object({ text: v.number() }))",
            'const all = await ctx.db.query("notes").take(9); return all.map((n) => ({ text: n.text }));',
            "`text`: a string, where `returns` wants a number",
        ),
        (
            "v.union(v.object({ text: v.string() }), v.null())",
            'return ctx.db.get("notes", args.id);',
            "`_id`",
        ),
        ("v.string()", "return 1;", "a number, where `returns` wants a string"),
        ("v.string()", "return null;", "null, where `returns` wants a string"),
        ("v.null()", "return [1];", "an array, where `returns` wants null"),
        ("v.object({ a: v.number() })", "return { a: 1, b: 2 };", "an object with `b`"),
        ("v.object({ a: v.number() })", "return {};", "an object without `a`"),
        ("v.object({ a: v.number() })", 'return { a: "x" };', "`a`: a string"),
        (f"v.object({{ {WHOLE} }})", f'{NOTE} return {{ ...n, size: n.text.length * 2 }};', "`size`"),
        (f"v.object({{ {WHOLE} }})", f'{NOTE} const short = n.text.slice(0, 9); return {{ ...n, short }};', "`short`"),
        (f"v.array(v.object({{ {WHOLE} }}))",
         'return (await ctx.db.query("notes").take(9)).map((n) => ({ ...n, big: n.text.length > 9 }));', "`big`"),
        (f"v.object({{ found: v.union(v.null(), v.object({{ {WHOLE} }})) }})",
         f'{NOTE} return {{ found: {{ ...n, label: `note ${{n.text}}` }} }};', "`label`"),
        ("v.object({ text: v.string(), extra: v.number() })",
         f'{NOTE} return {{ ...n, extra: 1 }};', "`_creationTime`"),
        ("v.object({ _id: v.id('notes'), _creationTime: v.number(), text: v.string() })",
         'return await ctx.db.get("notes", args.id);', "may also have `tag`"),
        ("v.array(v.object({ _id: v.id('notes'), _creationTime: v.number(), text: v.string() }))",
         'return await ctx.db.query("notes").take(3);', "may also have `tag`"),
        ('v.id("users")', "return args.id;", "an id of `notes`"),
    ],
)  # fmt: skip
def test_what_is_certainly_refused_is_told(tmp_path: Path, returns: str, body: str, text: str) -> None:
    (refusal,) = refusals(tmp_path, returns, body)
    assert text in refusal


@pytest.mark.parametrize(
    ("returns", "body"),
    [
        ("v.any()", "return 1;"),
        (
            "v.array(v.object({ text: v.string() }))",
            'const all = await ctx.db.query("notes").take(9); return all.map((n) => ({ text: n.text, tag: n.tag }));',
        ),
        (
            "v.object({ text: v.string() })",
            'const n = await ctx.db.get("notes", args.id); return { text: n!.text, id: n?._id };',
        ),
        ("v.string()", "return args.id;"),
        ("v.int64()", "return BigInt(1) * BigInt(2);"),
        ("v.object({ a: v.number() })", "const made = {}; Object.assign(made, { a: 1 }); return made;"),
        ("v.object({ a: v.number() })", "return { a: 1, b: undefined };"),
        ("v.null()", 'const note = await ctx.db.get("notes", args.id); if (!note) { return note; } return null;'),
        ("v.string()", 'return (await ctx.db.get("notes", args.id)) as unknown as string;'),
        (f"v.object({{ {WHOLE} }})", f'{NOTE} return {{ ...n, more: args.more }};'),
        (f"v.object({{ {WHOLE} }})", f'{NOTE} return {{ ...n, more: undefined }};'),
        (f"v.object({{ {WHOLE} }})", f'{NOTE} return {{ ...n, first: [n].find((m) => m.tag === "x") }};'),
        ("v.object({ _id: v.id('notes'), _creationTime: v.number() })",
         f'{NOTE} return {{ ...n, text: undefined, tag: undefined }};'),
        (f"v.union(v.object({{ _id: v.id('notes') }}), v.object({{ {WHOLE} }}))",
         'return await ctx.db.get("notes", args.id);'),
    ],
)  # fmt: skip
def test_what_may_pass_is_left_alone(tmp_path: Path, returns: str, body: str) -> None:
    assert refusals(tmp_path, returns, body) == []


def test_types_that_leave_fields_out_are_taken_at_their_word(tmp_path: Path) -> None:
    body = """
const bare = strip((await ctx.db.get("notes", args.id))!);
const some = pick((await ctx.db.get("notes", args.id))!);
return bare.tag === undefined ? bare : some;
"""
    helpers = """
import type { WithoutSystemFields } from "convex/server";
import type { Doc } from "./_generated/dataModel";
function strip(doc: Doc<"notes">): WithoutSystemFields<Doc<"notes">> {
  const { _id, _creationTime, ...rest } = doc;
  return rest;
}
function pick(doc: Doc<"notes">): Pick<Doc<"notes">, "text"> { return { text: doc.text }; }
"""
    returns = "v.object({ text: v.string(), tag: v.optional(v.string()) })"
    function = FUNCTION.format(returns=returns, body=body) + helpers
    program = program_of(tmp_path, {"convex/schema.ts": SCHEMA, "convex/notes.ts": function})
    assert list(return_mismatches(program)) == []
