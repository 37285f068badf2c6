"""Reports that services read: SARIF, GitLab, JUnit, reviewdog. Each is read as they read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from convexlint.defects import Defect
from convexlint.findings import Also, Category, Concern, Diagnostic, Edit, Finding, Fix, Level, Span
from convexlint.reports import sarif as sarif_report
from convexlint.reports.gitlab import gitlab
from convexlint.reports.junit import junit
from convexlint.reports.rdjson import rdjson
from convexlint.reports.sarif import sarif
from convexlint.session import Outcome
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
    span_of,
)
from tests.reports.readers import read_gitlab, read_junit, read_rdjson, read_sarif
from tests.reports.test_machines import FINDINGS

ALL = (sarif, gitlab, junit, rdjson)


def app(_path: str) -> str:
    """The repository is the folder of the project."""
    return HOME


def above(_path: str) -> str:
    """The repository is the folder above."""
    return "/srv"


HOLE = Diagnostic(
    "require-access-control",
    Category.SECURITY,
    Level.ERROR,
    Finding(
        MESSAGES,
        span_of(MESSAGES_TEXT, b"query({"),
        "open to all",
        function="messages:list",
        also=(
            Also(SCHEMA, Span(0, 6), "messages:get"),
            Also(MESSAGES, Span(0, 6), None),
        ),
    ),
    Concern.SECURITY,
)
EVERYTHING = outcome(FILTER, RETURNS, IDS, UNREADABLE, HOLE)


def distinct(of: Outcome) -> Outcome:
    """With a fingerprint of its own for each finding."""
    prints = [f"{number:032x}" for number in range(len(of.diagnostics))]
    return replace(of, fingerprints=lambda: prints)


# ------------------------------------------------------------------------------------------------ SARIF


def test_sarif_is_one_valid_run_with_the_most_severe_first() -> None:
    (run,) = read_sarif(sarif(distinct(EVERYTHING), app))["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert [result["ruleId"] for result in run["results"]] == [
        "require-access-control",
        "require-returns-validator",
        "unreadable-file",
        "no-filter-in-query",
        "no-collect-in-query",
    ]
    assert [result["level"] for result in run["results"]] == ["error", "error", "error", "warning", "note"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_has_place_fix_chain_and_callers() -> None:
    (run,) = read_sarif(sarif(outcome(FILTER, HOLE), above))["runs"]
    hole, found = run["results"]
    place = found["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "app/convex/messages.ts", "uriBaseId": "%SRCROOT%"}
    start = MESSAGES_TEXT.index(b"filter")
    assert place["region"] == {
        "startLine": 9,
        "startColumn": 8,
        "endLine": 9,
        "endColumn": 14,
        "byteOffset": start,
        "byteLength": 6,
    }
    assert found["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "messages:list"
    assert found["relatedLocations"][0]["message"]["text"] == 'index "by_channelId" is defined here'
    assert found["partialFingerprints"] == {"convexlint/v1": "0123abcd"}
    (fix,) = found["fixes"]
    assert fix["description"]["text"] == "use the index (unsafe because rows come in the order of the index)"
    (change,) = fix["artifactChanges"]
    assert change["replacements"][0]["insertedContent"]["text"].startswith('withIndex("by_channelId"')
    assert "messages:get (app/convex/schema.ts:1:1)" in hole["message"]["text"]
    assert [one["message"]["text"] for one in hole["relatedLocations"]] == [
        "the same from messages:get",
        "the same from here",
    ]


def test_sarif_explains_the_rules_that_found_something() -> None:
    (run,) = read_sarif(sarif(EVERYTHING, app))["runs"]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert sorted(rules) == sorted({one.rule for one in EVERYTHING.diagnostics})
    filters = rules["no-filter-in-query"]
    assert filters["defaultConfiguration"] == {"level": "warning"}
    assert "## How to fix" in filters["help"]["markdown"]
    assert "queries" in filters["properties"]["tags"]
    assert "security-severity" not in filters["properties"]
    access = rules["require-access-control"]["properties"]
    assert "security" in access["tags"] and 0 < float(access["security-severity"]) <= 10


def test_sarif_marks_what_comments_silence() -> None:
    (run,) = read_sarif(sarif(replace(outcome(RETURNS), silenced=(FILTER,)), app))["runs"]
    kept, silenced = run["results"]
    assert "suppressions" not in kept
    assert (silenced["ruleId"], silenced["suppressions"]) == ("no-filter-in-query", [{"kind": "inSource"}])


def test_sarif_leaves_out_the_least_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif_report, "MOST", 2)
    (run,) = read_sarif(sarif(replace(EVERYTHING, silenced=(FILTER,)), app))["runs"]
    assert [result["level"] for result in run["results"]] == ["error", "error"]
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"].startswith("3 findings of the lowest rank are left out")


def test_sarif_tells_defects() -> None:
    defect = Defect(f"{HOME}/convex", "rule x", "x", MESSAGES, "KeyError")
    (run,) = read_sarif(sarif(replace(outcome(), defects=(defect,)), app))["runs"]
    assert run["results"] == [] and run["invocations"][0]["executionSuccessful"] is False
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "rule x: KeyError"


def test_sarif_paths_are_uris() -> None:
    inside = Finding(f"{HOME}/convex/a b#c%é.ts", Span(0, 0), "wrong")
    outside = Finding("/elsewhere/x.ts", Span(0, 0), "wrong")
    (run,) = read_sarif(sarif(outcome(diagnostic(inside), diagnostic(outside)), app))["runs"]
    found = [result["locations"][0]["physicalLocation"]["artifactLocation"] for result in run["results"]]
    assert found == [
        {"uri": "file:///elsewhere/x.ts"},
        {"uri": "convex/a%20b%23c%25%C3%A9.ts", "uriBaseId": "%SRCROOT%"},
    ]


# ------------------------------------------------------------------------------------------------ GitLab


def test_gitlab_has_an_entry_a_finding() -> None:
    entries = read_gitlab(gitlab(distinct(EVERYTHING), above))
    assert len({entry["fingerprint"] for entry in entries}) == len(entries) == 5
    found = {entry["check_name"]: entry for entry in entries}
    assert found["no-filter-in-query"]["location"] == {
        "path": "app/convex/messages.ts",
        "lines": {"begin": 9, "end": 9},
    }
    assert found["no-filter-in-query"]["description"].endswith("\nan index reads only the rows that match")


def test_gitlab_severities_follow_level_and_concern() -> None:
    def severity(level: Level, concern: Concern) -> str:
        one = replace(FILTER, level=level, concern=concern)
        entry: str = read_gitlab(gitlab(outcome(one), app))[0]["severity"]
        return entry

    assert severity(Level.ERROR, Concern.SECURITY) == "blocker"
    assert severity(Level.ERROR, Concern.FAILURE) == "critical"
    assert severity(Level.WARNING, Concern.SECURITY) == "major"
    assert severity(Level.WARNING, Concern.STYLE) == "minor"
    assert severity(Level.INFO, Concern.COST) == "info"


def test_gitlab_without_findings_is_an_empty_list() -> None:
    assert read_gitlab(gitlab(outcome(), app)) == []


# ------------------------------------------------------------------------------------------------ JUnit


def test_junit_has_a_suite_a_file_and_a_case_a_finding() -> None:
    report = read_junit(junit(EVERYTHING, above))
    assert (report.tests, report.failures) == (5, 5)
    suites = {suite.name: [case.name for case in suite] for suite in report}
    assert suites["app/convex/messages.ts"] == [
        "require-access-control (4:21)",
        "require-returns-validator (4:21)",
        "no-filter-in-query (9:8)",
        "no-collect-in-query (10:8)",
    ]
    assert list(suites) == ["app/convex/gone.ts", "app/convex/messages.ts"]
    case = next(case for suite in report for case in suite if case.name.startswith("no-filter"))
    (failure,) = case.result
    assert failure.type == "warning" and failure.message.startswith('reads every row of "messages"')


def test_junit_without_findings_has_one_case_that_passed() -> None:
    report = read_junit(junit(outcome(), app))
    assert (report.tests, report.failures) == (1, 0)
    assert [case.is_passed for suite in report for case in suite] == [True]


def test_junit_has_no_character_that_xml_cannot_hold() -> None:
    evil = "a\x00b\x1b[31m\x0b\ufffe\ud800 <&>\"' é👍"
    finding = Finding(f"{HOME}/convex/{evil}.ts", Span(0, 0), evil, help=evil)
    report = read_junit(junit(outcome(diagnostic(finding)), app))
    (failure,) = next(iter(next(iter(report)))).result
    assert failure.message == "ab[31m\\ud800 <&>\"' é👍"


# ------------------------------------------------------------------------------------------------ rdjson


def test_rdjson_counts_columns_in_bytes_and_has_suggestions() -> None:
    source = 'const é = 1; filter("é")\n'.encode()
    start = source.index(b"filter")
    fix = Fix.safe(
        "use it",
        Edit(MESSAGES, Span(start + 6, start + 7), "["),
        Edit(MESSAGES, Span(start, start + 6), "with"),
    )
    finding = Finding(MESSAGES, Span(start, start + 6), "wrong", fix=fix)
    report = read_rdjson(rdjson(outcome(diagnostic(finding), sources={MESSAGES: source}), above))
    (found,) = report["diagnostics"]
    assert found["location"] == {
        "path": "app/convex/messages.ts",
        "range": {"start": {"line": 1, "column": start + 1}, "end": {"line": 1, "column": start + 7}},
    }
    assert found["severity"] == "WARNING" and found["code"] == {"value": "no-filter-in-query"}
    (suggestion,) = found["suggestions"]
    assert suggestion["text"] == "with[" and suggestion["range"]["end"]["column"] == start + 8


def test_rdjson_suggests_no_half_of_a_fix() -> None:
    fix = Fix.safe("rename", Edit(MESSAGES, Span(0, 6), "a"), Edit(SCHEMA, Span(0, 6), "b"))
    report = read_rdjson(rdjson(outcome(diagnostic(Finding(MESSAGES, Span(0, 6), "x", fix=fix))), app))
    assert "suggestions" not in report["diagnostics"][0]


def test_rdjson_has_chain_and_callers() -> None:
    report = read_rdjson(rdjson(outcome(FILTER, HOLE), app))
    related = [[one["message"] for one in found["related_locations"]] for found in report["diagnostics"]]
    assert related == [
        ["the same from messages:get", "the same from here"],
        ['index "by_channelId" is defined here'],
    ]


# --------------------------------------------------------------------------------------------------- all


@pytest.mark.parametrize("report", ALL)
def test_the_same_run_gives_the_same_bytes_in_any_order(report: Callable[..., str]) -> None:
    shuffled = outcome(IDS, HOLE, UNREADABLE, RETURNS, FILTER)
    assert report(EVERYTHING, app) == report(shuffled, app)


@settings(deadline=None, max_examples=50)
@given(st.lists(FINDINGS, max_size=3), st.binary(max_size=60))
def test_any_finding_over_any_bytes_can_be_read(found: list[Finding], source: bytes) -> None:
    of = outcome(*(diagnostic(finding) for finding in found), sources={MESSAGES: source, SCHEMA: source})
    assert len(json.loads(sarif(of, app))["runs"][0]["results"]) == len(found)
    assert len(json.loads(gitlab(of, app))) == len(found)
    assert len(json.loads(rdjson(of, app))["diagnostics"]) == len(found)
    text = junit(of, app)
    assert len(Xml.fromstring(text.encode()).findall(".//failure")) == len(found)
    for report in ALL:
        report(of, app).encode()
