"""The findings as data of the page; `model/test_page.py` looks at the page in a browser."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from convexlint.findings import Finding, Span
from convexlint.reports.html import html
from convexlint.session import Outcome
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
)
from tests.reports.test_machines import FINDINGS


def told(of: Outcome) -> Any:
    found = re.search(
        r'<script id="report" type="application/json">(.*?)</script>', html(of, HOME, ()), re.DOTALL
    )
    assert found is not None
    return json.loads(found[1])


def test_findings_come_with_code_fix_and_rule_the_most_severe_first() -> None:
    report = told(outcome(IDS, FILTER, RETURNS, UNREADABLE))
    assert [one["rule"] for one in report["findings"]] == [
        "require-returns-validator",
        "unreadable-file",
        "no-filter-in-query",
        "no-collect-in-query",
    ]
    assert report["summary"]["errors"] == 2 and report["summary"]["fixable"] == 1
    found = report["findings"][2]
    frame = found["frame"]
    marked = frame["lines"][-1][frame["before"] : frame["before"] + frame["length"]]
    assert marked == "filter" and frame["first"] == 7 and len(frame["lines"]) == 3
    assert found["fix"]["because"] == "rows come in the order of the index"
    (hunk,) = found["fix"]["hunks"]
    assert (hunk["path"], hunk["line"]) == ("convex/messages.ts", 9)
    assert hunk["added"][0].lstrip().startswith(".withIndex(")
    assert report["findings"][1]["frame"] is None
    rules = {rule["name"]: rule for rule in report["rules"]}
    assert rules["no-filter-in-query"]["count"] == 1 and "index" in rules["no-filter-in-query"]["how"]


def test_marks_count_as_scripts_do() -> None:
    source = 'const a = "👍"; filter()'.encode()
    at = source.index(b"filter")
    (found,) = told(
        outcome(diagnostic(Finding(MESSAGES, Span(at, at + 6), "x")), sources={MESSAGES: source})
    )["findings"]
    line = found["frame"]["lines"][-1].encode("utf-16-le")
    before, length = found["frame"]["before"] * 2, found["frame"]["length"] * 2
    assert line[before : before + length].decode("utf-16-le") == "filter"


def test_nothing_in_a_finding_ends_its_element() -> None:
    evil = "</script><script>alert(1)</script>/*SCRIPT*/<!--"
    page = html(outcome(diagnostic(Finding(MESSAGES, Span(0, 1), evil, help=evil))), HOME, ())
    assert page.count("<script") == 3 and "alert(1)" in page
    assert told(outcome(diagnostic(Finding(MESSAGES, Span(0, 1), evil))))["findings"][0]["message"] == evil


@settings(deadline=None, max_examples=40)
@given(st.lists(FINDINGS, max_size=3), st.binary(max_size=60))
def test_any_finding_over_any_bytes_can_be_shown(found: list[Finding], source: bytes) -> None:
    of = outcome(*(diagnostic(finding) for finding in found), sources={MESSAGES: source, SCHEMA: source})
    assert len(told(of)["findings"]) == len(found)
    html(of, HOME, ()).encode()
