"""The report for people."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from convexlint.findings import Also, Edit, Finding, Fix, Related, Span, Suggestion
from convexlint.reports.paint import coloured, plain
from convexlint.reports.text import findings
from tests.reports.outcomes import (
    FILTER,
    HOME,
    IDS,
    MESSAGES,
    RETURNS,
    SCHEMA,
    UNREADABLE,
    diagnostic,
    outcome,
    span_of,
)


def report(source: bytes, span: Span, message: str = "wrong", **more: object) -> list[str]:
    """The lines of the report of one finding over `source`."""
    finding = Finding(MESSAGES, span, message, **more)  # type: ignore[arg-type]
    return plain(findings(outcome(diagnostic(finding), sources={MESSAGES: source}), HOME)).splitlines()


def test_a_finding_with_its_frame_related_place_help_and_unsafe_fix() -> None:
    assert plain(findings(outcome(FILTER), HOME)) == (
        """\
convex/messages.ts:9:8  warning  no-filter-in-query  fixable with --unsafe-fixes
    7 |     return await ctx.db
    8 |       .query("messages")
    9 |       .filter((q) => q.eq(q.field("channelId"), args.channelId))
      |        ^^^^^^ reads every row of "messages" and then throws most of them away
   --> convex/schema.ts:4:12
    4 |     .index("by_channelId", ["channelId"]),
      |            ^^^^^^^^^^^^^^ index "by_channelId" is defined here
   = help: an index reads only the rows that match
   = fix: use the index
     unsafe because rows come in the order of the index
    9 -       .filter((q) => q.eq(q.field("channelId"), args.channelId))
    9 +       .withIndex("by_channelId", (q) => q.eq("channelId", args.channelId))

"""
    )


def test_a_safe_fix_that_inserts_a_line_shows_only_that_line() -> None:
    assert plain(findings(outcome(RETURNS), HOME)) == (
        """\
convex/messages.ts:4:21  error  require-returns-validator  fixable
    2 | import { v } from "convex/values";
    3 |
    4 | export const list = query({
      |                     ^^^^^ messages:list does not say what it returns
   = fix: add returns: v.null()
    6 +   returns: v.null(),

"""
    )


def test_suggestions_are_shown_without_calling_the_finding_fixable() -> None:
    lines = plain(findings(outcome(IDS), HOME)).splitlines()
    assert lines[0] == "convex/messages.ts:10:8  info  no-collect-in-query"
    assert lines[-4:-1] == [
        "   = suggestion: use .take(100)",
        "   = suggestion: paginate",
        "     because clients must change",
    ]


def test_a_file_without_text_has_its_message_and_no_frame() -> None:
    assert plain(findings(outcome(UNREADABLE), HOME)) == (
        "convex/gone.ts:1:1  error  unreadable-file\n   cannot be read: Permission denied\n\n"
    )


def test_findings_come_by_path_and_place() -> None:
    lines = plain(findings(outcome(IDS, FILTER, RETURNS, UNREADABLE), HOME)).splitlines()
    assert [line.split()[0] for line in lines if re.match(r"convex/", line)] == [
        "convex/gone.ts:1:1",
        "convex/messages.ts:4:21",
        "convex/messages.ts:9:8",
        "convex/messages.ts:10:8",
    ]


def test_a_long_chain_is_one_line_a_place() -> None:
    chain = tuple(Related(MESSAGES, Span(i, i + 1), f"step {i}") for i in range(1, 4))
    lines = report(b"abcdef", Span(0, 1), related=chain)
    assert [line for line in lines if "step" in line] == [
        f"   --> convex/messages.ts:1:{i + 1}: step {i}" for i in range(1, 4)
    ]


def test_carets_stand_under_the_place_after_tabs() -> None:
    lines = report(b"\tab\tfilter", span_of(b"\tab\tfilter", b"filter"))
    assert lines[1] == "    1 |     ab  filter"
    assert lines[2] == "      |         ^^^^^^ wrong"


def test_carets_stand_under_the_place_after_wide_characters() -> None:
    source = 'const 名前 = "👍"; get(名前)'.encode()
    place = source.rindex("名前".encode())
    lines = report(source, Span(place, place + 6))
    code, carets = lines[1], lines[2]
    assert cell_len(code[: code.rindex("名前")]) == cell_len(carets[: carets.index("^")])
    assert carets.count("^") == 4


def test_control_characters_of_source_message_and_name_are_escaped() -> None:
    evil = "\x1b[31m\u202e\x07\x9b"
    source = f"a{evil}b".encode()
    finding = Finding(
        f"{HOME}/convex/{evil}.ts",
        span_of(source, b"b"),
        f"message {evil}",
        help=f"help {evil}",
        fix=Fix.unsafe(f"title {evil}", Edit(SCHEMA, Span(0, 0), evil), because=f"because {evil}"),
        related=(Related(SCHEMA, Span(0, 2), f"related {evil}"),),
    )
    text = plain(findings(outcome(diagnostic(finding), sources={finding.path: source, SCHEMA: source}), HOME))
    assert not set(text) & set(evil.replace("[31m", ""))
    assert text.count("\\x1b[31m\\u202e\\x07\\x9b") >= 7


def test_carets_stand_under_the_place_after_escaped_characters() -> None:
    source = b"a\x1bz filter"
    lines = report(source, span_of(source, b"filter"))
    assert lines[1].index("filter") == lines[2].index("^^^^^^")


def test_names_that_are_not_utf8_are_shown_with_escapes() -> None:
    finding = Finding(f"{HOME}/convex/caf\udce9.ts", Span(0, 0), "wrong")
    assert plain(findings(outcome(diagnostic(finding)), HOME)).startswith("convex/caf\\xe9.ts:1:1")


def test_a_line_of_megabytes_is_cut_around_the_place() -> None:
    source = b"const a = 1; " * 200_000 + b"ctx.db.filter(x);" + b"const b = 2; " * 200_000
    lines = report(source, span_of(source, b"filter"))
    code, carets = lines[1], lines[2]
    assert max(map(len, lines)) < 200
    assert code.index("filter") == carets.index("^^^^^^")
    assert code[8] == "…" and code[-1] == "…"


def test_a_long_line_is_cut_at_the_right_when_the_place_is_near_its_start() -> None:
    source = b"filter(" + b"x" * 500
    lines = report(source, Span(0, 6))
    assert lines[1].startswith("    1 | filter(xxx")
    assert lines[1].endswith("x…") and len(lines[1]) == 8 + 160
    assert lines[2] == "      | ^^^^^^ wrong"


def test_a_short_line_after_a_long_one_is_whole() -> None:
    source = b"y" * 400 + b"\nfilter(x)"
    lines = report(source, span_of(source, b"filter"))
    assert lines[1].endswith("y…") and len(lines[1]) <= 8 + 160
    assert lines[2] == "    2 | filter(x)"


def test_a_finding_over_several_lines_is_marked_to_the_end_of_the_first() -> None:
    source = b"go(a,\n  b)\n"
    assert report(source, Span(0, 10))[1:3] == ["    1 | go(a,", "      | ^^^^^ wrong"]


def test_an_empty_place_has_one_caret() -> None:
    assert report(b"const = 1", Span(6, 6))[2] == "      |       ^ wrong"


def test_a_place_at_the_end_of_the_file_has_a_caret_after_the_last_character() -> None:
    assert report(b"f(", Span(2, 2))[1:3] == ["    1 | f(", "      |   ^ wrong"]


def test_a_message_of_two_lines_stays_beside_its_carets() -> None:
    lines = report(b"abc", Span(0, 3), "first\nsecond")
    assert lines[2:4] == ["      | ^^^ first", "      |     second"]


def test_text_that_looks_like_markup_survives_colour() -> None:
    source = b"const a = row[key]; // [bold]x[/bold] :smile:"
    one = outcome(diagnostic(Finding(MESSAGES, Span(0, 5), "[red]no[/red]")), sources={MESSAGES: source})
    painted = coloured(findings(one, HOME))
    assert "\x1b[" in painted
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plain(findings(one, HOME))
    assert "row[key]; // [bold]x[/bold] :smile:" in painted


def test_a_fix_names_the_other_files_that_it_changes() -> None:
    rename = Fix.safe("rename", Edit(SCHEMA, Span(0, 6), "IMPORT"), Edit(MESSAGES, Span(0, 6), "Import"))
    lines = plain(
        findings(
            outcome(
                diagnostic(Finding(MESSAGES, Span(0, 6), "wrong", fix=rename)),
                sources={MESSAGES: b"import x", SCHEMA: b"import y"},
            ),
            HOME,
        )
    ).splitlines()
    assert lines[3:] == [
        "   = fix: rename",
        "    1 - import x",
        "    1 + Import x",
        "   --> convex/schema.ts",
        "    1 - import y",
        "    1 + IMPORT y",
        "",
    ]


def test_an_edit_that_changes_nothing_is_not_shown() -> None:
    fix = Fix.safe("change", Edit(MESSAGES, Span(0, 6), "Import"), Edit(SCHEMA, Span(9, 9), ""))
    assert report(b"import x", Span(0, 6), fix=fix)[3:] == [
        "   = fix: change",
        "    1 - import x",
        "    1 + Import x",
        "",
    ]


def test_edits_on_one_line_are_drawn_as_one_change() -> None:
    fix = Fix.safe("swap", Edit(MESSAGES, Span(0, 1), "b"), Edit(MESSAGES, Span(2, 3), "a"))
    lines = report(b"a b\n", Span(0, 1), fix=fix)
    assert lines[-3:-1] == ["    1 - a b", "    1 + b a"]


def test_a_fix_of_many_lines_is_counted_after_a_dozen() -> None:
    source = b"".join(b"line %d\n" % i for i in range(40))
    fix = Fix.safe(
        "all", *(Edit(MESSAGES, Span(m.start(), m.start() + 4), "LINE") for m in re.finditer(b"line", source))
    )
    lines = report(source, Span(0, 4), fix=fix)
    assert sum(" - line" in line or " + LINE" in line for line in lines) == 12
    assert lines[-2].endswith("… 68 more changed lines")


def test_paths_outside_of_the_working_folder_are_absolute() -> None:
    assert plain(findings(outcome(RETURNS), "/srv/other")).startswith("/srv/app/convex/messages.ts:4:21 ")


def test_an_edit_that_fixes_share_is_drawn_once() -> None:
    shared = Edit(SCHEMA, Span(0, 6), "IMPORT")
    found = [
        diagnostic(Finding(MESSAGES, Span(at, at + 1), "wrong", fix=Fix.safe("go", shared, *own)))
        for at, own in ((0, ()), (2, ()), (4, (Edit(MESSAGES, Span(4, 6), "X"),)))
    ]
    lines = plain(
        findings(outcome(*found, sources={MESSAGES: b"import x", SCHEMA: b"import y"}), HOME)
    ).splitlines()
    assert sum("+ IMPORT y" in line for line in lines) == 1
    assert lines.count("   --> convex/schema.ts: the same as for convex/messages.ts:1:1") == 2
    assert sum("+ impoX x" in line for line in lines) == 1


def test_a_change_of_the_same_file_that_was_drawn_is_named() -> None:
    shared = Edit(MESSAGES, Span(0, 6), "IMPORT")
    one = diagnostic(
        Finding(
            MESSAGES,
            Span(0, 1),
            "wrong",
            suggestions=(Suggestion("a", (shared,)), Suggestion("b", (shared,))),
        )
    )
    lines = plain(findings(outcome(one, sources={MESSAGES: b"import x"}), HOME)).splitlines()
    assert lines[-2:] == ["      = the same change as for convex/messages.ts:1:1", ""]


def test_the_other_callers_are_named_and_on_a_terminal_counted() -> None:
    also = tuple(Also(SCHEMA, Span(n, n + 1), f"a:f{n}" if n else None) for n in range(9))
    one = outcome(diagnostic(Finding(MESSAGES, Span(0, 1), "wrong", also=also)))
    whole = plain(findings(one, HOME))
    assert "   = also from: convex/schema.ts:1:1, a:f1 (convex/schema.ts:1:2), " in whole and "a:f8" in whole
    narrow = plain(findings(one, HOME, width=60))
    assert "and 3 more" in narrow and "a:f8" not in narrow
    assert all(cell_len(line) <= 60 for line in narrow.splitlines())


def test_on_a_terminal_a_message_that_is_too_long_stands_below_its_carets() -> None:
    source = b"const a = 1; filter(x)"
    words = "reads every row of a table and then throws most of them away, which costs more each day"
    one = outcome(
        diagnostic(Finding(MESSAGES, span_of(source, b"filter"), words)), sources={MESSAGES: source}
    )
    lines = plain(findings(one, HOME, width=70)).splitlines()
    assert lines[2:5] == [
        "      |              ^^^^^^",
        "      |   reads every row of a table and then throws most of them",
        "      |   away, which costs more each day",
    ]


@given(st.lists(st.text("abc", min_size=1, max_size=12), min_size=1, max_size=40), st.integers(60, 120))
def test_no_word_of_a_finding_is_broken_on_a_terminal(words: list[str], width: int) -> None:
    text = " ".join(words)
    finding = replace(FILTER.finding, message=text, help=text, also=(Also(SCHEMA, Span(0, 1), "a:b"),))
    lines = plain(findings(outcome(replace(FILTER, finding=finding)), HOME, width=width)).splitlines()
    assert all(cell_len(line) <= width for line in lines)
    told = [word for line in lines for word in line.split() if set(word) <= set("abc")]
    assert told.count(words[0]) >= 2 and set(told) - {"a"} <= {*words, "a"}
