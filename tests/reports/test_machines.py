"""Reports that programs read: JSON, concise, GitHub."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError
from msgspec.structs import replace

from convexlint import __version__
from convexlint.findings import Concern, Diagnostic, Edit, Finding, Fix, Level, Related, Span, Suggestion
from convexlint.reports.agent import agent
from convexlint.reports.concise import concise
from convexlint.reports.github import github, summary
from convexlint.reports.json import json_report
from convexlint.session import Fixed, Left, Outcome, Reason
from tests.reports.outcomes import (
    FILTER,
    HOME,
    IDS,
    MESSAGES,
    MESSAGES_TEXT,
    RETURNS,
    SCHEMA,
    UNREADABLE,
    diagnostic,
    outcome,
)

SCHEMA_OF_OUTPUT = json.loads(files("convexlint.reports").joinpath("output.schema.json").read_text("utf-8"))


def as_json(of: Outcome, fixing: bool = False) -> Any:
    """The JSON report, parsed, after it was held against the shipped schema."""
    data = json.loads(json_report(of, HOME, fixing=fixing))
    Draft202012Validator.check_schema(SCHEMA_OF_OUTPUT)
    Draft202012Validator(SCHEMA_OF_OUTPUT).validate(data)
    return data


def as_github(of: Outcome, fixing: bool = False) -> str:
    return github(of, lambda _: HOME, HOME, fixing=fixing)


def test_json_has_the_shape_of_version_1() -> None:
    data = as_json(outcome(FILTER, RETURNS, IDS, UNREADABLE, functions=10, suppressed=3, files=42))
    assert list(data) == [
        "version",
        "tool",
        "summary",
        "diagnostics",
        "rules",
        "not_followed",
        "failed",
        "baseline",
    ]
    assert data["version"] == 1
    assert data["tool"] == {"name": "convexlint", "version": __version__}
    assert data["summary"] == {
        "files": 42,
        "projects": 1,
        "errors": 2,
        "warnings": 1,
        "infos": 1,
        "fixable": 1,
        "suppressed": 3,
        "score": 89,  # 100 - 10 * (5 * 2 + 1 + 0.2) / 10 = 88.8
    }
    assert [found["rule"] for found in data["diagnostics"]] == [
        "unreadable-file",
        "require-returns-validator",
        "no-filter-in-query",
        "no-collect-in-query",
    ]
    start = MESSAGES_TEXT.index(b"filter")
    edit_end = MESSAGES_TEXT.index(b"\n      .collect")
    schema_start = 153
    assert data["diagnostics"][2] == {
        "rule": "no-filter-in-query",
        "category": "queries",
        "level": "warning",
        "message": 'reads every row of "messages" and then throws most of them away',
        "help": "an index reads only the rows that match",
        "url": None,
        "path": "convex/messages.ts",
        "function": "messages:list",
        "range": {
            "start": {"line": 9, "column": 8, "offset": start},
            "end": {"line": 9, "column": 14, "offset": start + 6},
        },
        "related": [
            {
                "path": "convex/schema.ts",
                "range": {
                    "start": {"line": 4, "column": 12, "offset": schema_start + 4},
                    "end": {"line": 4, "column": 26, "offset": schema_start + 18},
                },
                "message": 'index "by_channelId" is defined here',
            }
        ],
        "fix": {
            "title": "use the index",
            "applicability": "unsafe",
            "because": "rows come in the order of the index",
            "edits": [
                {
                    "path": "convex/messages.ts",
                    "range": {
                        "start": {"line": 9, "column": 8, "offset": start},
                        "end": {"line": 9, "column": 65, "offset": edit_end},
                    },
                    "new_text": 'withIndex("by_channelId", (q) => q.eq("channelId", args.channelId))',
                }
            ],
        },
        "suggestions": [],
        "also": [],
        "fingerprint": "0123abcd",
    }


def test_json_counts_by_rule() -> None:
    data = as_json(outcome(FILTER, RETURNS, RETURNS, replace(IDS, rule="no-filter-in-query")))
    assert data["rules"] == {
        "no-filter-in-query": {"count": 2, "fixable": 0, "level": "warning"},
        "require-returns-validator": {"count": 2, "fixable": 2, "level": "error"},
    }
    assert as_json(outcome())["rules"] == {}


def test_json_tells_what_was_not_followed() -> None:
    note = ("dynamic table name", MESSAGES, 46)
    assert as_json(outcome(notes=(note, note)))["not_followed"] == [
        {
            "question": "dynamic table name",
            "path": "convex/messages.ts",
            "range": {
                "start": {"line": 2, "column": 2, "offset": 46},
                "end": {"line": 2, "column": 2, "offset": 46},
            },
            "reason": "dynamic",
        }
    ]


def test_json_of_suggestions_and_safe_fixes() -> None:
    returns, ids = as_json(outcome(RETURNS, IDS))["diagnostics"]
    assert (returns["fix"]["applicability"], returns["fix"]["because"]) == ("safe", None)
    assert ids["suggestions"] == [
        {"title": "use .take(100)", "edits": [], "because": None},
        {"title": "paginate", "edits": [], "because": "clients must change"},
    ]
    assert ids["fix"] is None


def test_json_leaves_out_edits_that_change_nothing() -> None:
    fix = Fix.safe("Fix it", Edit(MESSAGES, Span(0, 6), "export"), Edit(SCHEMA, Span(9, 9), ""))
    (found,) = as_json(outcome(diagnostic(Finding(MESSAGES, Span(0, 6), "wrong", fix=fix))))["diagnostics"]
    assert [edit["path"] for edit in found["fix"]["edits"]] == ["convex/messages.ts"]


def test_json_lists_what_was_fixed_under_fix_alone() -> None:
    done = Fixed("index-naming", SCHEMA, Fix.safe("rename it", Edit(SCHEMA, Span(0, 0), "x")))
    assert as_json(outcome(fixed=(done,)), fixing=True)["fixed"] == [
        {"rule": "index-naming", "path": "convex/schema.ts", "title": "rename it"}
    ]
    assert as_json(outcome(), fixing=True)["fixed"] == []
    assert "fixed" not in as_json(outcome())


def test_json_lists_what_was_left_under_fix_alone() -> None:
    left = Left("index-naming", SCHEMA, 59, "rename it", Reason.REFUSED, "it would leave a syntax error")
    assert as_json(outcome(left=(left,)), fixing=True)["left"] == [
        {
            "rule": "index-naming",
            "path": "convex/schema.ts",
            "start": {"line": 2, "column": 1, "offset": 59},
            "title": "rename it",
            "reason": "refused",
            "because": "it would leave a syntax error",
        }
    ]
    assert as_json(outcome(), fixing=True)["left"] == []
    assert "left" not in as_json(outcome(left=(left,)))


def test_github_folds_what_fix_did_into_the_log() -> None:
    done = Fixed("index-naming", SCHEMA, Fix.safe("rename it", Edit(SCHEMA, Span(0, 1), "x")))
    of = outcome(fixed=(done,), before={SCHEMA: b"x"})
    assert as_github(of, fixing=True) == (
        "::group::convexlint --fix\n"
        "Fixed 1 finding in 1 file:\n"
        "  convex/schema.ts: 1 \u00d7 index-naming\n"
        "::endgroup::\n"
    )
    assert as_github(of) == ""
    assert as_github(outcome(), fixing=True) == ""


def test_json_counts_a_byte_order_mark_in_offsets_and_not_in_columns() -> None:
    finding = Finding(MESSAGES, Span(3, 5), "wrong")
    data = as_json(outcome(diagnostic(finding), sources={MESSAGES: b"\xef\xbb\xbfab"}))
    assert data["diagnostics"][0]["range"] == {
        "start": {"line": 1, "column": 1, "offset": 3},
        "end": {"line": 1, "column": 3, "offset": 5},
    }


def test_json_writes_names_that_are_not_utf8_with_escapes() -> None:
    finding = Finding(f"{HOME}/convex/\udcff.ts", Span(0, 0), "bytes \udc80")
    found = as_json(outcome(diagnostic(finding)))["diagnostics"][0]
    assert (found["path"], found["message"]) == ("convex/\\xff.ts", "bytes \\x80")


def test_json_keeps_every_other_character_as_it_is() -> None:
    finding = Finding(MESSAGES, Span(0, 0), "é 日 \x1b \u2028")
    assert as_json(outcome(diagnostic(finding)))["diagnostics"][0]["message"] == "é 日 \x1b \u2028"


def test_score_is_never_below_zero_and_counts_at_least_one_function() -> None:
    assert as_json(outcome(*[RETURNS] * 30, functions=3))["summary"]["score"] == 0
    assert as_json(outcome(FILTER, functions=0))["summary"]["score"] == 90


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.update(more=1),
        lambda data: data["summary"].pop("score"),
        lambda data: data["diagnostics"][0].update(level="off"),
        lambda data: data["diagnostics"][0]["fix"].update(because=None),
        lambda data: data["diagnostics"][0]["range"]["start"].update(column=0),
    ],
)
def test_the_schema_refuses_other_shapes(spoil: Any) -> None:
    data = as_json(outcome(FILTER))
    spoil(data)
    with pytest.raises(ValidationError):
        Draft202012Validator(SCHEMA_OF_OUTPUT).validate(data)


_WORDS = st.text(max_size=8)
_SPANS = st.tuples(st.integers(0, 70), st.integers(0, 9)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))
_PATHS = st.sampled_from([MESSAGES, SCHEMA, "/elsewhere/x.ts", f"{HOME}/a\udcff.ts"])
_EDITS = st.builds(Edit, _PATHS, _SPANS, _WORDS)
FINDINGS = st.builds(
    Finding,
    _PATHS,
    _SPANS,
    st.text(min_size=1, max_size=8),
    help=st.none() | _WORDS,
    function=st.none() | _WORDS,
    related=st.tuples(st.builds(Related, _PATHS, _SPANS, _WORDS)),
    fix=st.none() | st.builds(Fix.safe, _WORDS, _EDITS),
    suggestions=st.tuples(st.builds(Suggestion, _WORDS, st.tuples(_EDITS), st.none() | _WORDS)),
)


@settings(deadline=None)
@given(st.lists(FINDINGS, max_size=3), st.binary(max_size=60))
def test_any_finding_over_any_bytes_is_valid_json_one_line_and_one_command(
    found: list[Finding], source: bytes
) -> None:
    of = outcome(*(diagnostic(finding) for finding in found), sources={MESSAGES: source, SCHEMA: source})
    as_json(of)
    agent(of, HOME, command="convexlint check", full=True).encode()
    for text in (concise(of, HOME), as_github(of)):
        assert text.count("\n") == len(found)
        text.encode()


def test_concise_is_one_line_a_finding() -> None:
    assert concise(outcome(FILTER, RETURNS), HOME) == (
        "convex/messages.ts:4:21: error require-returns-validator "
        "messages:list does not say what it returns\n"
        "convex/messages.ts:9:8: warning no-filter-in-query "
        'reads every row of "messages" and then throws most of them away\n'
    )


def test_concise_keeps_a_message_on_its_line_and_escapes_control_characters() -> None:
    text = concise(outcome(diagnostic(Finding(MESSAGES, Span(0, 0), "one\ntwo \x1b[0m"))), HOME)
    assert text == "convex/messages.ts:1:1: warning no-filter-in-query one two \\x1b[0m\n"


def test_github_annotates_the_range_at_its_level() -> None:
    assert as_github(outcome(FILTER, RETURNS, IDS)) == (
        "::error file=convex/messages.ts,line=4,endLine=4,col=21,endColumn=26,"
        "title=convexlint require-returns-validator::messages:list does not say what it returns\n"
        "::warning file=convex/messages.ts,line=9,endLine=9,col=8,endColumn=14,"
        'title=convexlint no-filter-in-query::reads every row of "messages" and then throws most of them away'
        "%0Aan index reads only the rows that match\n"
        "::notice file=convex/messages.ts,line=10,endLine=10,col=8,endColumn=15,"
        "title=convexlint no-collect-in-query::a list without a bound\n"
    )


def test_github_escapes_what_would_end_a_property_or_a_command() -> None:
    finding = Finding(f"{HOME}/convex/a,b:c%.ts", Span(0, 0), "50%\r\nof a:b,c")
    text = as_github(outcome(diagnostic(finding, level=Level.ERROR)))
    assert text == (
        "::error file=convex/a%2Cb%3Ac%25.ts,line=1,endLine=1,col=1,endColumn=1,"
        "title=convexlint no-filter-in-query::50%25%0D%0Aof a:b,c\n"
    )


def test_github_does_not_let_a_message_write_a_command_of_its_own() -> None:
    text = as_github(outcome(diagnostic(Finding(MESSAGES, Span(0, 0), "x\n::set-env name=A::b"))))
    assert text.count("\n") == 1


def many(levels: dict[Level, int]) -> Outcome:
    """That many findings of each level, each at a line of its own, the least severe first."""
    found: list[Diagnostic] = []
    for level, count in sorted(levels.items(), key=lambda pair: pair[0].rank):
        for _ in range(count):
            at = len(found)
            found.append(diagnostic(Finding(MESSAGES, Span(at, at), "wrong"), level=level))
    return outcome(*found, sources={MESSAGES: b"\n" * len(found)})


def test_github_says_in_one_notice_what_it_will_not_show() -> None:
    of = many({Level.ERROR: 12, Level.WARNING: 30, Level.INFO: 3})
    lines = as_github(of).splitlines()
    assert lines[0] == (
        "::notice title=convexlint::GitHub shows 10 errors, 10 warnings and 10 notices of a step, the most severe "
        "first. Only in the log: 2 errors, 20 warnings."
    )
    assert [line.split(" ")[0] for line in lines[1:]] == (
        ["::error"] * 12 + ["::warning"] * 30 + ["::notice"] * 3
    )


def test_github_says_nothing_of_limits_that_are_kept() -> None:
    assert "title=convexlint::" not in as_github(many(dict.fromkeys(Level, 10)))
    assert "title=convexlint::" in as_github(many({Level.ERROR: 11}))


def test_github_ranks_within_a_level() -> None:
    style = replace(FILTER, rule="style", concern=Concern.STYLE)
    hole = replace(FILTER, rule="hole", concern=Concern.SECURITY, finding=IDS.finding)
    assert [line.count("hole") for line in as_github(outcome(style, hole)).splitlines()] == [1, 0]


def test_github_paths_begin_at_the_repository() -> None:
    assert github(outcome(FILTER), lambda _: "/srv", HOME).startswith(
        "::warning file=app/convex/messages.ts,"
    )


def test_the_job_summary_is_a_table_by_rule() -> None:
    assert summary(outcome(FILTER, RETURNS, IDS, UNREADABLE), lambda _: "/srv") == (
        """\
### convexlint: 2 errors, 1 warning, 1 info in 2 files

| Level | Rule | Findings | Fixable | First |
|---|---|---:|---:|---|
| error | require-returns-validator | 1 | 1 | `app/convex/messages.ts:4` |
| error | unreadable-file | 1 |  | `app/convex/gone.ts:1` |
| warning | no-filter-in-query | 1 | 1 | `app/convex/messages.ts:9` |
| info | no-collect-in-query | 1 |  | `app/convex/messages.ts:10` |

1 safe fix of 2: `convexlint check --fix`.

"""
    )
    assert summary(outcome(), lambda _: HOME) == "### convexlint\n\nNo problems found in 2 files.\n\n"
