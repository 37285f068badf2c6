"""SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html

One run, however many projects: code hosts take few runs of one tool.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from convexlint import __version__
from convexlint.addresses import rule_url
from convexlint.findings import Category, Diagnostic, Edit, Fix, Level, Span, Suggestion
from convexlint.reports.escape import encodable
from convexlint.reports.explain import rule_page
from convexlint.reports.outcome import Results
from convexlint.reports.places import ordered
from convexlint.reports.rank import ranked
from convexlint.reports.rooted import RootedPlaces, RootOf, words
from convexlint.rules.card import load_card
from convexlint.rules.loader import rules_by_name
from convexlint.rules.rule import Rule

MOST = 25_000
"""Results of one run beyond which GitHub refuses the file."""

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_FINGERPRINT = "convexlint/v1"
_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "note"}
# GitHub's bands: from 7.0 high, from 4.0 medium, below it low.
_SEVERITIES = {Level.ERROR: "8.0", Level.WARNING: "6.0", Level.INFO: "3.0"}

Data = dict[str, Any]


def sarif(outcome: Results, root_of: RootOf) -> str:
    """The run as SARIF, the most severe findings first; suppressed ones last, with `suppressions`."""
    places = RootedPlaces(outcome, root_of)
    prints = dict(zip(map(id, outcome.diagnostics), outcome.fingerprints(), strict=True))
    found = ranked(ordered(outcome, places))
    silenced = sorted(
        outcome.silenced, key=lambda one: (places.path(one.finding.path), one.finding.span, one.rule)
    )
    kept = found[:MOST]
    silenced = silenced[: MOST - len(kept)]
    left_out = len(found) - len(kept)
    names = sorted({one.rule for one in (*kept, *silenced)})
    index = {name: number for number, name in enumerate(names)}
    results = [_result(one, index[one.rule], places) for one in (*kept, *silenced)]
    for one, result in zip(kept, results, strict=False):
        result["partialFingerprints"] = {_FINGERPRINT: prints[id(one)]}
    for result in results[len(kept) :]:
        result["suppressions"] = [{"kind": "inSource"}]
    invocation: Data = {"executionSuccessful": not outcome.defects and not outcome.unwritten}
    notifications = _notifications(outcome, places, left_out)
    if notifications:
        invocation["toolExecutionNotifications"] = notifications
    run = {
        "tool": {"driver": {"name": "convexlint", "semanticVersion": __version__, "rules": _rules(names)}},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
        "results": results,
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _notifications(outcome: Results, places: RootedPlaces, left_out: int) -> list[Data]:
    found = [
        _notification("error", f"{defect.stage}: {defect.message}", defect.path, places)
        for defect in outcome.defects
    ]
    if left_out:
        found.append(
            _notification(
                "warning",
                f"{left_out} findings of the lowest rank are left out: a run may have {MOST} results. "
                "`convexlint check` prints all.",
                None,
                places,
            )
        )
    return found


def _notification(level: str, text: str, path: str | None, places: RootedPlaces) -> Data:
    found: Data = {"level": level, "message": {"text": encodable(text)}}
    if path is not None:
        found["locations"] = [{"physicalLocation": {"artifactLocation": _artifact(path, places)}}]
    return found


def _rules(names: Sequence[str]) -> list[Data]:
    known = rules_by_name()
    return [_rule(known[name]) if name in known else {"id": name} for name in names]


def _rule(rule: Rule) -> Data:
    card = load_card(rule.name)
    page = rule_page(rule, card, examples=False)
    tags = ["convex", rule.category.value]
    properties: Data = {"tags": tags, "precision": "high"}
    if rule.category is Category.SECURITY:
        properties["security-severity"] = _SEVERITIES[rule.level or Level.WARNING]
    configuration: Data = {"level": _LEVELS[rule.level or Level.WARNING]}
    if rule.level is None:
        configuration["enabled"] = False
    what = card.sections.get("What") or card.summary
    url = rule_url(rule.name)
    return {
        "id": rule.name,
        **({"helpUri": url} if url is not None else {}),
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": " ".join(card.summary.split())},
        "fullDescription": {"text": what, "markdown": what},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": configuration,
        "properties": properties,
    }


def _result(diagnostic: Diagnostic, rule_index: int, places: RootedPlaces) -> Data:
    finding = diagnostic.finding
    location = _location(finding.path, finding.span, places)
    if finding.function is not None:
        name = encodable(finding.function)
        location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "function"}]
    result: Data = {
        "ruleId": diagnostic.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[diagnostic.level],
        "message": {"text": words(diagnostic, places)},
        "locations": [location],
    }
    related = [(one.path, one.span, one.message) for one in finding.related]
    related += [
        (
            one.path,
            one.span,
            "the same from here" if one.function is None else f"the same from {one.function}",
        )
        for one in finding.also
    ]
    if related:
        result["relatedLocations"] = [
            {"id": number, **_location(path, span, places), "message": {"text": encodable(message)}}
            for number, (path, span, message) in enumerate(related)
        ]
    ways = [*((finding.fix,) if finding.fix is not None else ()), *finding.suggestions]
    fixes = [fix for fix in (_fix(way, places) for way in ways) if fix is not None]
    if fixes:
        result["fixes"] = fixes
    return result


def _fix(way: Fix | Suggestion, places: RootedPlaces) -> Data | None:
    by_path: dict[str, list[Edit]] = {}
    for edit in way.edits:
        if not edit.is_inert:
            by_path.setdefault(edit.path, []).append(edit)
    if not by_path:
        return None
    text = way.title if way.because is None else f"{way.title} ({_because(way)})"
    return {
        "description": {"text": encodable(text)},
        "artifactChanges": [
            {"artifactLocation": _artifact(path, places), "replacements": list(_replacements(edits, places))}
            for path, edits in by_path.items()
        ],
    }


def _because(way: Fix | Suggestion) -> str:
    return f"unsafe because {way.because}" if isinstance(way, Fix) else f"because {way.because}"


def _replacements(edits: Iterable[Edit], places: RootedPlaces) -> Iterable[Data]:
    for edit in edits:
        yield {
            "deletedRegion": _region(edit.path, edit.span, places),
            "insertedContent": {"text": encodable(edit.text)},
        }


def _location(path: str, span: Span, places: RootedPlaces) -> Data:
    return {
        "physicalLocation": {
            "artifactLocation": _artifact(path, places),
            "region": _region(path, span, places),
        }
    }


def _artifact(path: str, places: RootedPlaces) -> Data:
    artifact: Data = {"uri": places.uri(path)}
    if places.is_inside(path):
        artifact["uriBaseId"] = "%SRCROOT%"
    return artifact


def _region(path: str, span: Span, places: RootedPlaces) -> Data:
    start, end = places.range(path, span)
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
        "byteOffset": start.offset,
        "byteLength": end.offset - start.offset,
    }
