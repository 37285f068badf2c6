# ruff: noqa: E501
"""Programs by chance: modules, types, values and helpers that name each other at random, checked within a second each.

A sample runs with the tests; `make nasty` looks for an hour (NASTY_EXAMPLES).
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bounded.measure import lint_files
from tests.bounded.nasty import SCHEMA

EXAMPLES = int(os.environ.get("NASTY_EXAMPLES", "12"))
SECONDS = 2.0

NUMBERS = st.lists(st.integers(0, 11), min_size=2, max_size=4)
SHAPES = st.sampled_from(
    [
        "type T{i}<A = string> = {{ x: T{a}<A[]>; y: T{b}<{{ l: A; r: A }}> | null; z: A }};",
        "interface T{i}<A = string> {{ x: T{a}<A>; y: T{b}<A>[]; z: A }}",
        "const v{i} = v.union(v.object({{ x: v{a}, y: v{b} }}), v.array(v{a}));",
        "const v{i} = v.object({{ ...o{a}, k: v{b} }});",
        "const o{i} = {{ ...o{a}, k{i}: v.string(), ...o{b} }};",
        "const o{i} = {{ run: (ctx, x) => f{a}(ctx, o{b}), next: o{a} }};",
        "async function f{i}(ctx, x) {{ const r = await f{a}(ctx, x); return r ?? [await f{b}(ctx, [r]), f{a}]; }}",
        "async function f{i}(ctx, x) {{ for (const r of x) {{ x = await f{a}(ctx, r) ?? f{b}(ctx, {{ x, r }}); }} return x; }}",
        "class C{i} extends C{a} {{ m(x) {{ return new C{b}(x).m(this.m(x)); }} }}",
        "let w{i} = w{a}; w{i} = {{ a: w{b}, b: w{a} }};",
    ]
)
LINES = st.tuples(SHAPES, NUMBERS)


def _module(name: int, modules: int, lines: list[tuple[str, list[int]]], others: list[int]) -> str:
    text = ['import { query } from "./_generated/server";', 'import { v } from "convex/values";']
    text += [f'export * from "./m{other % modules}";' for other in others]
    made = {}
    for number, (shape, (a, b, *_)) in enumerate(lines):
        made[f"{shape.split('{i}')[0]}{number}"] = "export " + shape.format(i=number, a=a, b=b)
    missing = [f"{kind}{i}" for kind in "vofwC" for i in range(12)]
    text.append(f'import {{ {", ".join(missing)} }} from "./m{(name + 1) % modules}";')
    text += made.values()
    text.append(
        "export const q = query({ args: { a: v0, ...o1 }, returns: v2, handler: async (ctx, args) => "
        "[await f0(ctx, args), o3, w4, new C5(ctx).m(args), await f1(ctx, o2)] });"
    )
    return "\n".join(text) + "\n"


@given(
    st.lists(
        st.tuples(st.lists(LINES, min_size=2, max_size=14), st.lists(st.integers(0, 4), max_size=3)),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_programs_by_chance_end_in_time(modules: list[tuple[list[tuple[str, list[int]]], list[int]]]) -> None:
    files = {"convex/schema.ts": SCHEMA}
    for name, (lines, others) in enumerate(modules):
        files[f"convex/m{name}.ts"] = _module(name, len(modules), lines, others)
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        outcome = lint_files(files, Path(folder))
        assert time.process_time() - began < SECONDS
        assert outcome.defects == ()
