"""Which literal arguments a validator certainly refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from convexlint.facts.ir import Call, Declare, Object
from convexlint.program.convex.refusal import refusal
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
    found = refusal(written, function.args.validator)
    return None if found is None else found.text


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
