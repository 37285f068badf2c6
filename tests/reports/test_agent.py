"""The report that coding agents read."""

from __future__ import annotations

from convexlint.findings import Also, Edit, Finding, Fix, Level, Span
from convexlint.reports.agent import agent
from convexlint.session import Outcome
from tests.reports.outcomes import FILTER, HOME, IDS, MESSAGES, RETURNS, SCHEMA, diagnostic, outcome


def told(of: Outcome, full: bool = False) -> str:
    return agent(of, HOME, command="convexlint check convex", full=full)


def test_each_rule_is_explained_once_then_its_places_with_exact_edits() -> None:
    text = told(outcome(IDS, FILTER, RETURNS))
    assert text.startswith(
        "convexlint found 1 error, 1 warning, 1 info in 1 file; the most severe come first.\n"
    )
    rules = [line.split()[1] for line in text.splitlines() if line.startswith("RULE ")]
    assert rules == ["require-returns-validator", "no-filter-in-query", "no-collect-in-query"]
    assert text.count("Why: ") == 3 and text.count("How to fix: ") == 3
    assert (
        """
convex/messages.ts:9:8 in messages:list
  reads every row of "messages" and then throws most of them away
  at convex/schema.ts:4:12: index "by_channelId" is defined here
  help: an index reads only the rows that match
  unsafe fix: use the index (because rows come in the order of the index)
    edit convex/messages.ts:9
    -      .filter((q) => q.eq(q.field("channelId"), args.channelId))
    +      .withIndex("by_channelId", (q) => q.eq("channelId", args.channelId))
"""
        in text
    )
    assert (
        "\n  safe fix: add returns: v.null()\n    edit convex/messages.ts:6\n    +  returns: v.null(),\n"
        in text
    )


def test_it_ends_with_how_to_verify() -> None:
    end = told(outcome(RETURNS)).partition("VERIFY\n")[2]
    assert "convexlint check convex --fix applies the 1 safe fix above" in end
    assert "convexlint check convex --output-format agent" in end
    assert "--fix" not in told(outcome(IDS)).partition("VERIFY\n")[2]


def test_it_caps_itself_and_says_how_to_get_the_rest() -> None:
    found = [
        diagnostic(Finding(MESSAGES, Span(at, at), f"wrong at {at}"), rule=f"rule-{at % 40}")
        for at in range(400)
    ]
    of = outcome(*found, diagnostic(FILTER.finding, level=Level.ERROR))
    text = told(of)
    assert text.count("wrong at") == 59 and "reads every row" in text
    assert "5 more places: convexlint check convex --select rule-0 --output-format agent --full" in text
    assert "10 places: convexlint check convex --select rule-9 --output-format agent --full" in text
    assert told(of, full=True).count("wrong at") == 400


def test_an_edit_keeps_its_tabs_and_is_told_once() -> None:
    source = b"\told\x1b\n"
    edit = Edit(SCHEMA, Span(1, 4), "new")
    one, two = (
        diagnostic(Finding(MESSAGES, Span(at, at + 1), "wrong", fix=Fix.safe("go", edit))) for at in (0, 2)
    )
    text = told(outcome(one, two, sources={SCHEMA: source, MESSAGES: source}))
    assert text.count("    -\told\\x1b\n    +\tnew\\x1b\n") == 1
    assert "    the edit is the one of convex/messages.ts:1:1\n" in text


def test_it_names_the_other_callers() -> None:
    finding = Finding(MESSAGES, Span(0, 1), "wrong", also=(Also(SCHEMA, Span(0, 1), "b:c"),))
    assert "  also from: b:c (convex/schema.ts:1:1)\n" in told(outcome(diagnostic(finding)))


def test_without_findings_it_says_so() -> None:
    assert told(outcome()) == "convexlint found no problems in 2 files.\n"
