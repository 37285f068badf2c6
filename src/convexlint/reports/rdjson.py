"""reviewdog's `rdjson`: https://github.com/reviewdog/reviewdog/tree/master/proto/rdf

Its columns count bytes of UTF-8, and a suggestion is one range with its new text.
"""

from __future__ import annotations

import json
from typing import Any

from convexlint.addresses import rule_url
from convexlint.findings import Diagnostic, Edit, Fix, Level, Span, Suggestion
from convexlint.reports.escape import encodable
from convexlint.reports.outcome import Results
from convexlint.reports.places import ordered
from convexlint.reports.rooted import RootedPlaces, RootOf, words

_SEVERITIES = {Level.ERROR: "ERROR", Level.WARNING: "WARNING", Level.INFO: "INFO"}

Data = dict[str, Any]


def rdjson(outcome: Results, root_of: RootOf) -> str:
    """The findings of a run, by path and place."""
    places = RootedPlaces(outcome, root_of)
    report = {
        "source": {"name": "convexlint"},
        "diagnostics": [_diagnostic(one, places) for one in ordered(outcome, places)],
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _diagnostic(diagnostic: Diagnostic, places: RootedPlaces) -> Data:
    finding = diagnostic.finding
    data: Data = {
        "message": words(diagnostic, places),
        "location": _location(finding.path, finding.span, places),
        "severity": _SEVERITIES[diagnostic.level],
        "code": _code(diagnostic.rule),
    }
    ways: list[Fix | Suggestion] = [
        *((finding.fix,) if finding.fix is not None else ()),
        *finding.suggestions,
    ]
    suggestions = [one for one in (_suggestion(way, finding.path, places) for way in ways) if one is not None]
    if suggestions:
        data["suggestions"] = suggestions
    related = [(one.path, one.span, one.message) for one in finding.related]
    related += [(one.path, one.span, f"the same from {one.function or 'here'}") for one in finding.also]
    if related:
        data["related_locations"] = [
            {"message": encodable(message), "location": _location(path, span, places)}
            for path, span, message in related
        ]
    return data


def _code(rule: str) -> Data:
    url = rule_url(rule)
    return {"value": rule} if url is None else {"value": rule, "url": url}


def _suggestion(way: Fix | Suggestion, path: str, places: RootedPlaces) -> Data | None:
    """The edits as one: from the first to the last, with what stands between them. None where a way changes other
    files too, since half of it would break the code."""
    edits = sorted((edit for edit in way.edits if not edit.is_inert), key=lambda edit: edit.span)
    if not edits or not places.has(path) or any(edit.path != path for edit in edits):
        return None
    span = Span(edits[0].span.start, max(edit.span.end for edit in edits))
    return {"range": _range(path, span, places), "text": encodable(_applied(edits, span, places))}


def _applied(edits: list[Edit], span: Span, places: RootedPlaces) -> str:
    source = places.file(edits[0].path).source
    pieces: list[str] = []
    at = span.start
    for edit in edits:
        pieces += (source[at : edit.span.start].decode("utf-8", "replace"), edit.text)
        at = edit.span.end
    return "".join(pieces)


def _location(path: str, span: Span, places: RootedPlaces) -> Data:
    return {"path": places.path(path), "range": _range(path, span, places)}


def _range(path: str, span: Span, places: RootedPlaces) -> Data:
    return {"start": _position(path, span.start, places), "end": _position(path, span.end, places)}


def _position(path: str, offset: int, places: RootedPlaces) -> Data:
    file = places.file(path)
    line, _, offset = file.at(offset)
    first, last = file.line_span(line)
    return {"line": line, "column": 1 + max(0, min(offset, last) - (0 if line == 1 else first))}
