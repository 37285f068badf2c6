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
