"""The first syntax error is found and described; valid text is never accused."""

from __future__ import annotations

import pytest

from convexlint.syntax import decode_problem, first_problem, parse


@pytest.mark.parametrize("source", [b"", b"\xef\xbb\xbflet a\r\n", b"const a = <p>Q & A</p>", b"<b>R&B</b>"])
def test_valid_text_has_no_problem(source: bytes) -> None:
    assert first_problem(parse(source, "a.tsx").root_node, source) is None


def test_a_stray_brace_is_named_where_it_stands() -> None:
    problem = first_problem(parse(b"let a = 1;\n}", "a.ts").root_node, b"let a = 1;\n}")
    assert problem == (11, 12, "unexpected `}`")


def test_a_missing_parenthesis_is_named() -> None:
    problem = first_problem(parse(b"f(1;", "a.ts").root_node, b"f(1;")
    assert problem is not None
    assert problem[2] == "missing `)`"


def test_the_first_byte_that_is_no_text_is_found() -> None:
    assert decode_problem("é".encode()) is None
    problem = decode_problem(b"ab\xff")
    assert problem is not None
    assert problem[0] == 2


@pytest.mark.parametrize(
    "text",
    [
        'import("./a").Id<"t">',
        'import("./a").Ctx<Model>["db"]',
        "import('./a').Doc[]",
        'import("./a")["Doc"]',
        'keyof import("./a").N.Doc<"t">',
        '{ db: import("./a").Ctx<\n  import("./b").Model\n>["db"] }',
    ],
)
def test_import_types_are_no_errors(text: str) -> None:
    source = f"async function f(a: {text}): Promise<{text}> {{ return a; }}".encode()
    assert first_problem(parse(source, "a.ts").root_node, source) is None


def test_import_types_keep_what_stands_behind_them_in_place() -> None:
    source = b'type A = import("./a").Id<"t">;\nconst load = () => import("./a");\nlet = ;'
    root = parse(source, "a.ts").root_node
    assert root.named_children[1].start_byte == source.index(b"const")
    assert b"import" in source[root.named_children[1].start_byte : root.named_children[1].end_byte]
    assert first_problem(root, source) is not None


@pytest.mark.parametrize(
    "text",
    [
        "for (let i = 0; i < unique.length; i += 8) { f(unique.slice(i, i + 8)); }",
        "if (a < unique) f();",
        "const b = 1 < keyof[0] || 2 < infer;",
        "declare const s: Array<unique symbol>; for (let i = 0; i < unique.size; i++) {}",
    ],
)
def test_variables_that_are_called_like_words_of_types_are_no_errors(text: str) -> None:
    source = f"export function g(unique: any, keyof: any, infer: any, a: any, f: any) {{ {text} }}".encode()
    assert first_problem(parse(source, "a.ts").root_node, source) is None
