"""Which values a validator certainly refuses, as they are written in a module."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.facts.ir import Call, Declare, Name, Object
from convexlint.program.convex.acceptance import accepts
from convexlint.program.convex.given_text import refusal_text
from convexlint.program.places.givens import given
from tests.program.small_programs import program_of

FUNCTION = """
import {{ v }} from "convex/values";
import {{ internalMutation }} from "./_generated/server";
declare const unknown: any;
const value = {value};
export const f = internalMutation({{ args: {args}, handler: async () => {{}} }});
export const used = [value, unknown];
"""


def answer(root: Path, args: str, value: str) -> str | None:
    program = program_of(root, {"convex/f.ts": FUNCTION.format(args=args, value=value)})
    (function,) = program.functions
    written = next(
        s.init
        for s in function.module.facts.functions[0].body
        if isinstance(s, Declare) and s.init is not None and not isinstance(s.init, Call)
    )
    assert isinstance(written, Object)
    assert function.args.validator is not None
    found = accepts(function.args.validator, given(program, function.module, written)).refusals
    return refusal_text(found[0]) if found else None


@pytest.mark.parametrize(
    ("args", "value"),
    [
        ("{}", "{}"),
        ("{ a: v.optional(v.string()) }", "{ a: undefined }"),
        ("{ a: v.number() }", "{ a: -1 }"),
        ("{ a: v.id('notes') }", "{ a: 'k57' }"),
        ("{ a: v.union(v.literal('x'), v.null()) }", "{ a: null }"),
        ("{ a: v.array(v.object({ b: v.boolean() })) }", "{ a: [{ b: true }, ...unknown] }"),
        ("{ a: v.record(v.string(), v.number()) }", "{ a: { any: 1 } }"),
        ("{ a: v.any() }", "{ a: [1, 'x'] }"),
        ("{ a: v.number() }", "{ ...unknown }"),
        ("{ a: v.number() }", "{ a: unknown }"),
        ("{ a: v.literal(3) }", "{ a: 3 }"),
        ("{ a: v.literal(true) }", "{ a: true }"),
        ("{ a: v.number(), ...unknown }", "{ a: 1, b: 2 }"),
    ],
)
def test_taken_or_not_known(tmp_path: Path, args: str, value: str) -> None:
    assert answer(tmp_path, args, value) is None


@pytest.mark.parametrize(
    ("args", "value", "words"),
    [
        ("{}", "{ a: 1 }", "has no field `a`"),
        ("{ a: v.number() }", "{}", "needs `a`"),
        ("{ a: v.number() }", "{ a: undefined }", "needs `a`"),
        ("{ a: v.number() }", "{ a: '1' }", "takes `number`"),
        ("{ a: v.int64() }", "{ a: 1 }", "takes `bigint`"),
        ("{ a: v.id('notes') }", "{ a: 5 }", 'takes `Id<"notes">`'),
        ("{ a: v.union(v.literal('x'), v.null()) }", "{ a: 'y' }", 'takes `"x" | null`'),
        ("{ a: v.array(v.object({ b: v.boolean() })) }", "{ a: [{ b: 'no' }] }", "takes `boolean`"),
        ("{ a: v.record(v.string(), v.number()) }", "{ a: { any: 'x' } }", "takes `number`"),
        ("{ a: v.string() }", "{ a: {} }", "takes `string`"),
        ("{ a: v.object({}) }", "{ a: [] }", "takes `{}`"),
        ("{ a: v.literal(true) }", "{ a: false }", "takes `true`"),
        ("{ a: v.literal(1) }", "{ a: true }", "takes `1`"),
    ],
)
def test_refused(tmp_path: Path, args: str, value: str, words: str) -> None:
    found = answer(tmp_path, args, value)
    assert found is not None
    assert words in found


SCHEMA = """
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  notes: defineTable({
    text: v.string(),
    tag: v.optional(v.string()),
    state: v.union(v.literal("new"), v.literal("old")),
  }),
});
"""
CALLER = """
import {{ v }} from "convex/values";
import {{ internalMutation, mutation }} from "./_generated/server";
import {{ DEFAULTS, made, ticked }} from "./helpers";
export const callee = internalMutation({{ args: {args}, handler: async () => {{}} }});
export const caller = mutation({{
  args: {{ text: v.string(), size: v.number(), extra: v.optional(v.string()), id: v.id("notes") }},
  handler: async (ctx, args) => {{
    const note = (await ctx.db.get("notes", args.id))!;
    {body}
  }},
}});
"""
HELPERS = """
export const DEFAULTS = { text: "none" };
export function made(text) { return { text, size: 1 }; }
export const ticked = (text) => { const made = { text }; made.size = 1; return made; };
"""


def of_sent(root: Path, args: str, body: str) -> tuple[bool | None, list[str]]:
    program = program_of(
        root,
        {
            "convex/schema.ts": SCHEMA,
            "convex/f.js": CALLER.format(args=args, body=body),
            "convex/helpers.js": HELPERS,
        },
    )
    callee = next(f for f in program.functions if f.export == "callee")
    module = callee.module
    sent = next(
        site.expr.args[0]
        for site in program.ev.world.index(module).calls
        if isinstance(site.expr, Call)
        and isinstance(site.expr.callee, Name)
        and site.expr.callee.name == "send"
    )
    answer = accepts(callee.args.validator, given(program, module, sent))
    return answer.taken, [refusal_text(refusal) for refusal in answer.refusals]


TEXT = "{ text: v.string() }"


@pytest.mark.parametrize(
    ("args", "body", "taken", "words"),
    [
        (TEXT, "send({ text: args.text });", True, []),
        (TEXT, "send({ text: args.size });", False, ["takes `string` for `text`, not a number"]),
        (TEXT, "const sent = { text: 1 }; send(sent);", False, ["takes `string` for `text`"]),
        (TEXT, "const sent = { text: 1 }; sent.text = 'a'; send(sent);", None, []),
        (TEXT, "const sent = {}; fill(sent); send(sent);", None, []),
        (TEXT, "const sent = {}; console.log(sent); send(sent);", False, ["needs `text`"]),
        (TEXT, "send(DEFAULTS);", True, []),
        (TEXT, "send({ ...DEFAULTS, size: 1 });", False, ["has no field `size`"]),
        (TEXT, "send({ ...DEFAULTS, ...unknown });", None, []),
        (TEXT, "send({ ...unknown, size: 1 });", False, ["has no field `size`"]),
        (TEXT, "send({ size: 1, ...unknown });", None, []),
        (TEXT, "send(made('x'));", False, ["has no field `size`"]),
        (TEXT, "send(ticked('x'));", None, []),
        (TEXT, "send({ text: args.size ? 'a' : 1 });", False, ["takes `string` for `text`, not `1`"]),
        (TEXT, "send({ text: args.size ? 'a' : 'b' });", True, []),
        (TEXT, "send({ text: args.size ? 'a' : undefined });", False, ["needs `text`"]),
        (TEXT, "send({ text: 'a', size: args.size ? 1 : undefined });", False, ["has no field `size`"]),
        (TEXT, "send({ text: 'a', size: undefined });", True, []),
        (TEXT, "send({ text: 'a', ...(args.size ? { size: 1 } : {}) });", False, ["has no field `size`"]),
        (TEXT, "send({ text: 'a', extra: args.extra });", None, []),
        (TEXT, "send({ text: args.extra });", None, []),
        (TEXT, "send({ text: args.extra ?? 'none' });", True, []),
        (TEXT, "send({ text: args.extra ?? null });", False, ["takes `string` for `text`, not `null`"]),
        ("{ text: v.optional(v.string()) }",
         "send({ text: args.size ? args.extra ?? undefined : undefined });", True, []),
        (TEXT, "const sent = { text: null }; fill(sent); send(sent);", None, []),
        (TEXT, "const got = await (await fetch(url)).json(); send({ text: 'a', got });", False, ["no field `got`"]),
        (TEXT, "const got = await other(); send({ text: 'a', got });", None, []),
        (TEXT, "send(args);", False, ["has no field `size` and `id`"]),
        (TEXT, "const { size, extra, id, ...rest } = args; send(rest);", None, []),
        (TEXT, "const { text } = args; send({ text });", True, []),
        (TEXT, "let text = 'a'; if (args.size) text = 1; send({ text });", None, []),
        (TEXT, "send({ text: `a ${args.size}` });", True, []),
        (TEXT, "send({ text: new Date() });", False, ["cannot be given a `Date` for `text`"]),
        ("{ text: v.any() }", "send({ text: { at: new Date() } });", False, ["a `Date` for `text.at`"]),
        ("{ text: v.any() }", "send({ text: [new Set()] });", False, ["a `Set` for `text[]`"]),
        ("{ text: v.any() }", "send({ text: { $a: 1 } });", False, ["the key `$a` in `text`"]),
        ("{ text: v.any() }", "send({ text: { _a: { '': 1 } } });", True, []),
        ("{ text: v.any() }", "send({ text: [undefined] });", False, ["undefined for `text[]`"]),
        ("{ id: v.id('users') }", "send({ id: args.id });", False, ['takes `Id<"users">` for `id`']),
        ("{ id: v.string() }", "send({ id: args.id });", True, []),
        ("{ id: v.id('notes') }", "send({ id: note });", False, ["not a document of `notes`"]),
        ("{ state: v.literal('old') }", "send({ state: note.state });", None, []),
        ("{ state: v.literal('gone') }", "send({ state: note.state });", False, ['takes `"gone"` for `state`']),
        ("{ note: v.object({ text: v.string() }) }", "send({ note });", False, ["`_id`"]),
        ("{ list: v.array(v.string()) }", "send({ list: ['a', ...args.text.split('')] });", True, []),
        ("{ list: v.array(v.string()) }", "send({ list: [note].map((n) => n.text.length) });", False, ["`list[]`"]),
        ("{ a: v.union(v.object({ k: v.literal('x'), n: v.number() }), v.object({ k: v.literal('y') })) }",
         "send({ a: { k: 'x', n: 'no' } });", False, ["takes `number` for `a.n`"]),
    ],
)  # fmt: skip
def test_what_is_handed_on(
    tmp_path: Path, args: str, body: str, taken: bool | None, words: list[str]
) -> None:
    verdict, found = of_sent(tmp_path, args, body)
    assert (verdict, len(found)) == (taken, len(words)), found
    assert all(word in one for word, one in zip(words, found, strict=True)), found
