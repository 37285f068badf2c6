"""Suppression comments are written where the language takes them for comments, and nowhere else."""

from __future__ import annotations

import pytest

from convexlint.fixes.comments import Commented, with_comments

RULES = ("index-naming", "no-filter-in-query", "unused-index")
ABOVE = "// convexlint-disable-next-line index-naming -- TODO: reason"
BESIDE = "// convexlint-disable-line index-naming -- TODO: reason"


def commented(source: str | bytes, *lines: int, name: str = "a.ts") -> Commented:
    text = source if isinstance(source, bytes) else source.encode()
    return with_comments(text, name, dict.fromkeys(lines, ("index-naming",)), RULES)


@pytest.mark.parametrize(
    ("source", "line", "expected"),
    [
        ("a;\n", 0, f"{ABOVE}\na;\n"),
        ("a;\n\t  b;\n", 1, f"a;\n\t  {ABOVE}\n\t  b;\n"),
        ("a;\r\n  b;\r\n", 1, f"a;\r\n  {ABOVE}\r\n  b;\r\n"),
        ("a;\r\n  b;", 1, f"a;\r\n  {ABOVE}\r\n  b;"),
        ("a;\rb;\r", 1, f"a;\r{ABOVE}\rb;\r"),
        ("\ufeffa;\n", 0, f"\ufeff{ABOVE}\na;\n"),
        ("a\n  .b()\n  .c();\n", 2, f"a\n  .b()\n  {ABOVE}\n  .c();\n"),
        ("return0(\n  é,\n);\n", 1, f"return0(\n  {ABOVE}\n  é,\n);\n"),
        # The text of a template is not a place for a comment, the end of its last line is one.
        ("f(`one\ntwo`);\n", 1, f"f(`one\ntwo`); {BESIDE}\n"),
        ("f(`one\n${x}`); \n", 1, f"f(`one\n${{x}}`); {BESIDE} \n"),
        # Another linter's comment speaks of the next line alone.
        ("// eslint-disable-next-line x\na;\n", 1, f"// eslint-disable-next-line x\na; {BESIDE}\n"),
        ("// @ts-expect-error\na;\n", 1, f"// @ts-expect-error\n{ABOVE}\na;\n"),
        # One comment a line.
        (
            "// convexlint-disable-next-line unused-index -- old\na;\n",
            1,
            "// convexlint-disable-next-line unused-index, index-naming -- old\na;\n",
        ),
        (
            "/* convexlint-disable-next-line unused-index */\na;\n",
            1,
            "/* convexlint-disable-next-line unused-index, index-naming */\na;\n",
        ),
    ],
)
def test_where_a_comment_goes(source: str, line: int, expected: str) -> None:
    done = commented(source, line)
    assert done.source.decode() == expected
    assert (done.written, done.refused) == ((line,), {})


@pytest.mark.parametrize(
    ("source", "line", "why"),
    [
        ("f(`one\ntwo\nthree`);\n", 1, "its line has no place for a comment"),
        ("/* one\ntwo\nthree */\n", 1, "its line has no place for a comment"),
        ("f(`one\ntwo`); // said\n", 1, "its line has no place for a comment"),
        ("// eslint-disable-next-line x\na; // said\n", 1, "the comment of another linter stands over it"),
    ],
)
def test_where_none_can_go(source: str, line: int, why: str) -> None:
    done = commented(source, line)
    assert done.source.decode() == source
    assert (done.written, done.refused) == ((), {line: why})


def test_markup_takes_a_comment_in_braces() -> None:
    source = "const a = (\n  <p>\n    {x}\n    <b\n      c={d}\n    />\n  </p>\n);\n"
    done = commented(source, 2, 4, 6, name="a.tsx")
    assert done.source.decode() == (
        "const a = (\n  <p>\n"
        "    {/* convexlint-disable-next-line index-naming -- TODO: reason */}\n    {x}\n    <b\n"
        f"      {ABOVE}\n      c={{d}}\n    />\n"
        "  {/* convexlint-disable-next-line index-naming -- TODO: reason */}\n  </p>\n);\n"
    )
    assert done.refused == {}


def test_many_lines_at_once_and_where_they_are_then() -> None:
    done = commented("a;\nb;\nf(`\n`);\nc;\n", 0, 1, 3, 4)
    assert done.source.decode() == f"{ABOVE}\na;\n{ABOVE}\nb;\nf(`\n`); {BESIDE}\n{ABOVE}\nc;\n"
    assert done.lines == {0: 1, 1: 3, 3: 5, 4: 7}


def test_several_rules_share_a_comment() -> None:
    done = with_comments(b"a;\n", "a.ts", {0: ("unused-index", "index-naming")}, RULES)
    assert done.source == b"// convexlint-disable-next-line index-naming, unused-index -- TODO: reason\na;\n"


def test_a_module_with_a_syntax_error_takes_comments_too() -> None:
    done = commented("a;\nb c d(;\n", 0)
    assert done.source.decode() == f"{ABOVE}\na;\nb c d(;\n"
