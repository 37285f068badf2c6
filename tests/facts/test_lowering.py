"""Any bytes in, no crash; spans, scopes and names are right."""

# ruff: noqa: E501
from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convexlint.facts import codec, extract, ir
from convexlint.structs import fields_of

PIECES = [
    "const a = 1;", "function f(a, {b: c = 2, ...d}, ...e) { var v = a; return () => v }", "class K<T> { #p = 1; m() {} }",
    "import x, { y as z } from 'm';", "export default { a, b: [1, , ...c], get d() { return 1 } };", "a?.b?.[c]?.(d);",
    "for (const [i] of b) { i++ }", "({ a, b: c.d = 1 } = e);", "switch (a) { case 1: let q; default: q }", "}", "(", "`${",
    "type T = { a?: Id<'x'>[] } | null;", "try { } catch { } finally { }", "/* é */", "x: y: while (1) break;", "@d", "= ",
    "namespace N { export const q = 1 }", "enum E { A }", "using u = a;", "<T>x;", "export * as n from 'o';", "new A<B>;",
]  # fmt: skip


def structs(value: object) -> Iterator[tuple[ir.Node, ir.Node]]:
    """(parent, child) for all nodes that hold each other directly."""
    stack: list[tuple[ir.Node | None, object]] = [(None, value)]
    while stack:
        parent, item = stack.pop()
        if isinstance(item, tuple):
            stack.extend((parent, part) for part in item)
        elif isinstance(item, (ir.Node, ir.ModuleFacts)):
            own = item if isinstance(item, ir.Node) else parent
            if parent is not None and isinstance(item, ir.Node):
                yield parent, item
            stack.extend((own, getattr(item, name)) for name in fields_of(type(item)))


def check(source: bytes, name: str) -> None:
    facts = extract(source, name)
    assert codec.decode(codec.encode(facts)) == facts
    for table in (facts.functions, facts.types, facts.imports):
        for parent, child in structs(table):
            assert 0 <= parent.start <= child.start <= child.end <= parent.end <= len(source), (parent, child)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=8), st.sampled_from(["a.ts", "a.tsx"]))
def test_broken_and_whole_programs_are_lowered_with_nested_spans(pieces: list[str], name: str) -> None:
    check(" ".join(pieces).encode(), name)


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=60), st.sampled_from(["a.ts", "a.js"]))
def test_any_bytes_are_lowered(source: bytes, name: str) -> None:
    check(source, name)


@pytest.mark.parametrize(
    "source",
    [
        "x=" + "+".join(["a"] * 3000), "x=a" + "().b" * 3000, "x=" + "[" * 5000 + "]" * 5000, "if(a)" * 3000 + "b",
        "let x: " + "A<" * 2000 + "B" + ">" * 2000, "a:" * 3000 + "b", "()=>" * 2000 + "1", "a?b:" * 2000 + "c",
    ],
    ids=range(8),
)  # fmt: skip
def test_deep_nesting_is_cut_and_said(source: str) -> None:
    facts = extract(source.encode(), "a.ts")
    assert facts.head.truncated or source.startswith("a:")
    assert codec.decode(codec.encode(facts)) == facts


def names(source: str, wanted: str) -> list[str]:
    """What each read of `wanted` refers to, as kind@offset, or "global"."""
    facts = extract(source.encode(), "a.ts")
    found = []
    for _, child in structs(facts.functions):
        if isinstance(child, ir.Name) and child.name == wanted:
            binding = facts.bindings[child.ref] if child.ref >= 0 else None
            found.append((child.start, f"{binding.kind}@{binding.start}" if binding else "global"))
    return [kind for _, kind in sorted(found)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x;", ["global"]),
        ("x; let x;", ["let@7"]),
        ("const x = 1; { x; { const x = 2; x } x }", ["const@6", "const@26", "const@6"]),
        ("function f(x) { return x } x", ["param@11", "global"]),
        ("f(function x() { x }); x", ["function@11", "global"]),
        ("x(); function x() {}", ["function@14"]),
        ("{ x(); function x() {} } x", ["function@16", "global"]),
        ("function f() { x; if (1) { var x } }", ["var@31"]),
        ("import x from 'm'; const f = (x) => x; x", ["param@30", "import@7"]),
        ("try {} catch (x) { x } x", ["catch@14", "global"]),
        ("for (const x of y) x; x", ["loop@11", "global"]),
        ("switch (1) { case 1: x; case 2: let x }", ["let@36"]),
        ("declare const x: any; x", ["global"]),
        ("class x { m() { x } }", ["class@6"]),
        ("const { a: [x] } = y; x", ["const@12"]),
        ("enum x { A } x.A", ["enum@5"]),
    ],
)
def test_names_refer_to_the_nearest_declaration(source: str, expected: list[str]) -> None:
    assert names(source, "x") == expected


@pytest.mark.parametrize(
    "write",
    ["x = 1", "x++", "x ??= 1", "[x] = y", "({ a: x } = y)", "for (x of y);", "x! = 1", "({ x } = y)"],
)
def test_every_form_of_assignment_marks_the_binding(write: str) -> None:
    assert extract(f"let x; {write}".encode(), "a.ts").bindings[0].assigned


def test_reading_is_no_assignment() -> None:
    assert not extract(b"let x = 1; x.y = 2; f(x)", "a.ts").bindings[0].assigned


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (r'"a\n"', "a\n"), (r"'\u{1F600}'", "\U0001f600"), (r"'\x41'", "A"), ("'a\\\nb'", "ab"),
        (r"'\ud83d\ude00'", "\U0001f600"), (r"'\ud83d'", "\ufffd"), ("`p`", "p"), (r"'\0'", "\0"),
        ("0x1F", 31.0), ("1_000", 1000.0), ("0b11", 3.0), ("0o17", 15.0), ("1e3", 1000.0), (".5", 0.5),
    ],
)  # fmt: skip
def test_literals_have_the_value_javascript_reads(literal: str, value: object) -> None:
    init = extract(f"const x = {literal}".encode(), "a.ts").functions[0].body[0].init  # type: ignore[union-attr]
    assert isinstance(init, (ir.Text, ir.Number))
    assert init.value == value


def test_exports_and_specifiers_of_every_form() -> None:
    source = b"""import type { A } from "a"; import { type B } from "b"; import "c"; import d = require("d");
export { x as y } from "e"; export * from "f"; export * as ns from "g"; const h = require("h"); import("i");
export const { p, q: [r] } = h; export default function main() {} export type T = 1; export { h as out };"""
    facts = extract(source, "a.ts")
    assert [(s.text, s.kind, s.type_only) for s in facts.head.specifiers] == [
        ("a", "import", True), ("b", "import", True), ("c", "side-effect", False), ("d", "require", False),
        ("e", "export", False), ("f", "export", False), ("g", "export", False), ("h", "require", False),
        ("i", "dynamic", False),
    ]  # fmt: skip
    assert [(e.kind, e.name) for e in facts.exports] == [
        ("from", "y"), ("star", ""), ("namespace", "ns"), ("local", "p"), ("local", "r"), ("local", "default"),
        ("type", "T"), ("local", "out"),
    ]  # fmt: skip


def test_only_comments_for_linters_are_kept() -> None:
    facts = extract(b"// hello\nx; // eslint-disable-line\n/* convexlint-disable */\n'eslint-no'", "a.ts")
    assert [(c.text, c.block, c.own_line) for c in facts.head.comments] == [
        ("eslint-disable-line", False, False), ("convexlint-disable", True, True),
    ]  # fmt: skip


def test_directives_are_the_leading_strings() -> None:
    assert extract(b"// c\n\"use node\";\n'x';\nf();'y'", "a.ts").head.directives == ("use node", "x")


def test_an_awaited_call_with_type_arguments_is_a_call_that_is_awaited() -> None:
    source = b"async function f() { const rows = await a.load<Row>(1, 2); return rows; }"
    facts = extract(source, "a.ts")
    (declared, _) = facts.functions[1].body
    assert isinstance(declared, ir.Declare) and isinstance(declared.init, ir.Await)
    call = declared.init.value
    assert isinstance(call, ir.Call) and isinstance(call.callee, ir.Member)
    assert source[call.start : call.end] == b"a.load<Row>(1, 2)" and len(call.type_args) == 1
    (other,) = extract(b"(await f)(1)", "a.ts").functions[0].body
    assert isinstance(other, ir.Evaluate) and isinstance(other.value, ir.Call)


def spelled(node: ir.Expr) -> str:
    """An expression with all its parentheses; casts as `<! a>`."""
    if isinstance(node, ir.Name):
        return node.name
    if isinstance(node, ir.Member):
        return f"{spelled(node.object)}.{node.name}"
    if isinstance(node, ir.Call):
        return f"{spelled(node.callee)}({', '.join(map(spelled, node.args))})"
    if isinstance(node, ir.Index):
        return f"{spelled(node.object)}[{spelled(node.key)}]"
    if isinstance(node, ir.Unary):
        return f"({node.op} {spelled(node.value)})"
    if isinstance(node, ir.Binary):
        return f"({spelled(node.left)} {node.op} {spelled(node.right)})"
    if isinstance(node, ir.Cast):
        return f"<{node.kind} {spelled(node.value)}>"
    if isinstance(node, ir.Await):
        return f"await {spelled(node.value)}"
    return type(node).__name__


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("!a.b!.c(d)", "(! <! a.b>.c(d))"),
        ("typeof a!.b", "(typeof <! a>.b)"),
        ("!(a)!.b", "(! <! a>.b)"),
        ("!a![b]!.c", "(! <! <! a>[b]>.c)"),
        ("a && !b!.c", "(a && (! <! b>.c))"),
        ("a && (!b)!.c", "(a && <! (! b)>.c)"),
        ("(a && b)!.c", "<! (a && b)>.c"),
        ("a.b === c.d!.e", "(a.b === <! c.d>.e)"),
        ("a && !(await b())!.c", "(a && (! <! await b()>.c))"),
        ("a && b! > c", "(a && (<! b> > c))"),
        ("a && b!.c === d!.e", "(a && (<! b>.c === <! d>.e))"),
        ("a === b! && c", "((a === <! b>) && c)"),
        ("a + b! * c", "(a + (<! b> * c))"),
        ("a ?? b!.c ?? d!", "((a ?? <! b>.c) ?? <! d>)"),
        ("a && b! as T", "(a && <as <! b>>)"),
        ("!a<T>(b)", "(! a(b))"),
        ("a && !b.c<T>(d)!.e", "(a && (! <! b.c(d)>.e))"),
    ],
)
def test_what_follows_a_non_null_mark_belongs_to_its_operand(source: str, meant: str) -> None:
    text = f"const x = {source};".encode()
    check(text, "a.ts")
    declared = extract(text, "a.ts").functions[0].body[0]
    assert isinstance(declared, ir.Declare) and declared.init is not None
    assert spelled(declared.init) == meant
