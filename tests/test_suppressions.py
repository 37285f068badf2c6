"""Suppression comments: which findings each form silences, and which comments are idle or ill-formed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convexlint.facts.ir import Comment
from convexlint.findings import Finding, Related, Span
from convexlint.suppressions import Directive, Suppressions, read_directive

RULES = ("no-filter-in-query", "no-collect-in-query", "index-naming", "unused-suppression")
OFFICIAL = ("no-filter-in-query", "no-collect-in-query")
PATH, OTHER = "/p/convex/a.ts", "/p/convex/lib/b.ts"


def comments(source: bytes) -> tuple[Comment, ...]:
    found = []
    for match in re.finditer(rb"//[^\r\n]*|/\*.*?\*/", source, re.S):
        line = source[: match.start()].splitlines(keepends=True)[-1:] or [b""]
        own = line[0].endswith((b"\n", b"\r")) or not line[0].strip()
        text = match.group().strip(b"/*").strip().decode()
        found.append(Comment(match.start(), len(match.group()), text, match.group().startswith(b"/*"), own))
    return tuple(found)


def suppressions(source: str, other: str = "") -> Suppressions:
    files = [(PATH, source.encode()), (OTHER, other.encode())]
    return Suppressions([(path, text, comments(text)) for path, text in files], RULES, OFFICIAL)


def silent(source: str, rule: str = "no-filter-in-query", word: str = "HERE") -> bool:
    at = source.encode().index(word.encode())
    return suppressions(source).silences(rule, Finding(PATH, Span(at, at + 4), "m"))


def unused(
    source: str, *findings: tuple[str, int], ran: tuple[str, ...] = RULES
) -> dict[Directive, tuple[str, ...]]:
    book = suppressions(source)
    for rule, at in findings:
        book.silences(rule, Finding(PATH, Span(at, at), "m"))
    return {d: tuple(n.text for n in names) for d, names in book.ledger({PATH: ran}).unused.items()}


@pytest.mark.parametrize(
    "source",
    [
        "// convexlint-disable-next-line no-filter-in-query\nHERE",
        "// convexlint-disable-next-line no-filter-in-query -- a reason, with commas\nHERE",
        "// convexlint-disable-next-line index-naming, no-filter-in-query -- two\r\nHERE",
        "// convexlint-disable-next-line index-naming,no-filter-in-query\rHERE",
        "/* convexlint-disable-next-line no-filter-in-query */\n  HERE",
        "/* convexlint-disable-next-line\n   no-filter-in-query */\nHERE",
        "HERE // convexlint-disable-line no-filter-in-query",
        "HERE /* convexlint-disable-line no-filter-in-query */",
        "/* convexlint-disable no-filter-in-query */\n\nHERE",
        "/* convexlint-disable no-filter-in-query */ HERE /* convexlint-enable no-filter-in-query */",
        "HERE\n\n// convexlint-disable-file no-filter-in-query",
        "// eslint-disable-next-line @convex-dev/no-filter-in-query\nHERE",
        "// convexlint-disable-next-line @convex-dev/no-filter-in-query\nHERE",
        "// convexlint-disable-next-line No-Filter-In-Query\nHERE",
        "// eslint-disable-next-line no-console, @convex-dev/no-filter-in-query -- why\nHERE",
        "// oxlint-disable-next-line @convex-dev/no-filter-in-query\nHERE",
        "HERE // eslint-disable-line @convex-dev/no-filter-in-query",
        "HERE // oxlint-disable-line @convex-dev/no-filter-in-query",
        "/* eslint-disable @convex-dev/no-filter-in-query */\nHERE",
        "// oxlint-disable @convex-dev/no-filter-in-query\nHERE",
        "/* eslint-disable @convex-dev/no-filter-in-query */\n/* eslint-enable no-console */\nHERE",
        "/* convexlint-disable no-filter-in-query */\n/* eslint-enable */\nHERE",
    ],
)
def test_comments_that_silence(source: str) -> None:
    assert silent(source)


@pytest.mark.parametrize(
    "source",
    [
        "// convexlint-disable-next-line no-collect-in-query\nHERE",
        "// convexlint-disable-next-line no-filter-in-query\n\nHERE",
        "// convexlint-disable-next-line no-filter-in-query\n// more words\nHERE",
        "HERE // convexlint-disable-next-line no-filter-in-query",
        "// convexlint-disable-line no-filter-in-query\nHERE",
        "// convexlint-disable-next-line\nHERE",
        "// convexlint-disable-next-line -- no-filter-in-query\nHERE",
        "// convexlint-disable-next-line no-filter-in-query a reason without dashes\nHERE",
        "// convexlint-disable-next-line @other/no-filter-in-query\nHERE",
        "// see convexlint-disable-next-line no-filter-in-query\nHERE",
        "HERE\n/* convexlint-disable no-filter-in-query */",
        "/* convexlint-disable no-filter-in-query */\n/* convexlint-enable no-filter-in-query */\nHERE",
        "/* convexlint-disable no-filter-in-query */\n/* convexlint-enable */\nHERE",
        "/* eslint-disable */\nHERE",
        "// eslint-disable-next-line\nHERE",
        "// eslint-disable-next-line no-filter-in-query\nHERE",
        "// eslint-disable @convex-dev/no-filter-in-query\nHERE",
        "/* eslint-disable @convex-dev/no-filter-in-query */\n/* eslint-enable */\nHERE",
        "// eslint-disable-file @convex-dev/no-filter-in-query\nHERE",
    ],
)
def test_comments_that_do_not_silence(source: str) -> None:
    assert not silent(source)


def test_foreign_comments_count_for_official_names_alone() -> None:
    assert not silent("// eslint-disable-next-line @convex-dev/index-naming\nHERE", "index-naming")


def test_a_comment_at_the_deed_silences_findings_whose_chain_ends_there() -> None:
    other = "// convexlint-disable-next-line no-filter-in-query\nDEED\nLINK"
    book = suppressions("HERE", other)
    deed, link = (Related(OTHER, Span(other.index(w), other.index(w) + 4), "m") for w in ("DEED", "LINK"))
    here = Span(0, 4)
    assert book.silences("no-filter-in-query", Finding(PATH, here, "m", related=(link, deed)))
    assert not book.silences("no-filter-in-query", Finding(PATH, here, "m", related=(deed, link)))
    assert book.ledger({OTHER: RULES}).unused == {}


def test_a_comment_that_silences_nothing_is_unused() -> None:
    source = "// convexlint-disable-next-line no-filter-in-query, index-naming\nHERE"
    assert list(unused(source).values()) == [("no-filter-in-query", "index-naming")]
    assert list(unused(source, ("index-naming", source.index("HERE"))).values()) == [("no-filter-in-query",)]


def test_rules_that_did_not_run_are_not_judged() -> None:
    source = "// convexlint-disable-next-line no-filter-in-query\nHERE"
    assert unused(source, ran=("index-naming",)) == {}


def test_foreign_comments_are_never_called_unused() -> None:
    assert unused("// eslint-disable-next-line @convex-dev/no-filter-in-query\nHERE") == {}


def test_enabling_what_nothing_disabled_is_unused() -> None:
    source = "/* convexlint-enable index-naming */"
    assert [(d.verb, names) for d, names in unused(source).items()] == [("enable", ("index-naming",))]
    block = "/* convexlint-disable index-naming */\nHERE\n/* convexlint-enable index-naming */"
    assert unused(block, ("index-naming", block.index("HERE"))) == {}


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("a\n  // convexlint-disable-line index-naming\nb", "a\nb"),
        ("a\r\n  // convexlint-disable-line index-naming\r\nb", "a\r\nb"),
        ("a; // convexlint-disable-line index-naming\nb", "a;\nb"),
        ("f(/* convexlint-disable-line index-naming */ 1)", "f(1)"),
        ("a /* convexlint-disable-line index-naming */ b", "a b"),
        ("/* convexlint-disable-line index-naming */ b", "b"),
        ("a\n// convexlint-disable-line index-naming", "a\n"),
    ],
)
def test_what_goes_with_a_removed_comment(source: str, left: str) -> None:
    (directive,) = unused(source)
    assert source[: directive.removal.start] + source[directive.removal.end :] == left


@given(st.text(max_size=40), st.booleans(), st.sampled_from(["disable-next-line", "disable", "enable", "x"]))
def test_any_words_after_a_directive_are_read_within_the_comment(words: str, block: bool, verb: str) -> None:
    text = f"convexlint-{verb} {words}"
    safe = text.replace("*/", "").replace("\r", " ").replace("\n", " ")
    source = (f"/* {safe} */" if block else f"// {safe}").encode("utf-8", "replace")
    comment = Comment(0, len(source), safe, block, True)
    directive = read_directive(PATH, source, comment, RULES, OFFICIAL)
    if directive is not None:
        for named in directive.names:
            assert 0 < named.span.start < named.span.end <= len(source)
            assert source[named.span.start : named.span.end].decode("utf-8", "replace") == named.text


def test_prose_that_begins_like_a_comment_of_ours_is_left_alone() -> None:
    book = suppressions("// convexlint-free since spring\n// convexlint-disbale-line index-naming")
    assert [d.verb for d in book.ledger({PATH: RULES}).directives] == ["disbale-line"]
