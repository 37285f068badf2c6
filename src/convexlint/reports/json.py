"""The JSON report, version 1: what other programs parse; `output.schema.json` describes it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from convexlint import __version__
from convexlint.addresses import rule_url
from convexlint.defects import Defect
from convexlint.findings import Category, Diagnostic, Edit, Fix, Level, Span, Suggestion
from convexlint.reports.escape import encodable
from convexlint.reports.outcome import Results
from convexlint.reports.places import Places, ordered
from convexlint.reports.rank import tallies
from convexlint.reports.summary import summarise


class _Position(msgspec.Struct):
    line: int
    column: int
    offset: int


class _Range(msgspec.Struct):
    start: _Position
    end: _Position


class _Edit(msgspec.Struct):
    path: str
    range: _Range
    new_text: str


class _Fix(msgspec.Struct):
    title: str
    applicability: str
    because: str | None
    edits: list[_Edit]


class _Suggestion(msgspec.Struct):
    title: str
    edits: list[_Edit]
    because: str | None


class _Related(msgspec.Struct):
    path: str
    range: _Range
    message: str


class _Also(msgspec.Struct):
    path: str
    range: _Range
    function: str | None


class _Diagnostic(msgspec.Struct):
    rule: str
    category: Category
    level: Level
    message: str
    help: str | None
    url: str | None
    path: str
    function: str | None
    range: _Range
    related: list[_Related]
    fix: _Fix | None
    suggestions: list[_Suggestion]
    also: list[_Also]
    fingerprint: str


class _Fixed(msgspec.Struct):
    rule: str
    path: str
    title: str


class _Left(msgspec.Struct):
    rule: str
    path: str
    start: _Position
    title: str
    reason: str
    because: str


class _Failed(msgspec.Struct):
    project: str
    stage: str
    rule: str | None
    path: str | None
    message: str


class _Rule(msgspec.Struct):
    count: int
    fixable: int
    level: Level


class _NotFollowed(msgspec.Struct):
    question: str
    path: str
    range: _Range
    reason: str


class _Tool(msgspec.Struct):
    name: str
    version: str


class _Summary(msgspec.Struct):
    files: int
    projects: int
    errors: int
    warnings: int
    infos: int
    fixable: int
    suppressed: int
    score: int


class _Baseline(msgspec.Struct):
    known: int
    gone: int


class _Report(msgspec.Struct):
    version: int
    tool: _Tool
    summary: _Summary
    diagnostics: list[_Diagnostic]
    rules: dict[str, _Rule]
    not_followed: list[_NotFollowed]
    failed: list[_Failed]
    baseline: _Baseline
    fixed: list[_Fixed] | msgspec.UnsetType = msgspec.UNSET
    left: list[_Left] | msgspec.UnsetType = msgspec.UNSET


def json_report(outcome: Results, cwd: str, *, fixing: bool = False) -> str:
    """The run as JSON text that ends with a line end. `fixing`: --fix was given, so say what was fixed and
    what was left."""
    places = Places(outcome.sources, cwd)
    counts = summarise(outcome)
    prints = dict(zip(map(id, outcome.diagnostics), outcome.fingerprints(), strict=True))
    report = _Report(
        version=1,
        tool=_Tool("convexlint", __version__),
        summary=_Summary(
            files=outcome.files,
            projects=outcome.projects,
            errors=counts.errors,
            warnings=counts.warnings,
            infos=counts.infos,
            fixable=counts.fixable,
            suppressed=outcome.suppressed,
            score=counts.score,
        ),
        diagnostics=[diagnostic_data(one, places, prints[id(one)]) for one in ordered(outcome, places)],
        rules={
            row.rule: _Rule(row.count, row.safe, row.level)
            for row in sorted(tallies(outcome.diagnostics), key=lambda row: row.rule)
        },
        not_followed=_not_followed(outcome, places),
        failed=[_failed(one, places) for one in outcome.defects],
        baseline=_Baseline(outcome.baseline.known, outcome.baseline.gone),
    )
    if fixing:
        report.fixed = [
            _Fixed(fixed.rule, places.path(fixed.path), encodable(fixed.fix.title)) for fixed in outcome.fixed
        ]
        report.left = [
            _Left(
                rule=left.rule,
                path=places.path(left.path),
                start=_Position(*places.at(left.path, left.start)),
                title=encodable(left.title),
                reason=str(left.reason.value),
                because=encodable(left.words),
            )
            for left in outcome.left
        ]
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def diagnostic_data(diagnostic: Diagnostic, places: Places, fingerprint: str) -> _Diagnostic:
    """One finding as the report has it."""
    finding = diagnostic.finding
    return _Diagnostic(
        rule=diagnostic.rule,
        category=diagnostic.category,
        level=diagnostic.level,
        message=encodable(finding.message),
        help=_optional(finding.help),
        url=rule_url(diagnostic.rule),
        path=places.path(finding.path),
        function=_optional(finding.function),
        range=_range(finding.path, finding.span, places),
        related=[
            _Related(
                places.path(related.path),
                _range(related.path, related.span, places),
                encodable(related.message),
            )
            for related in finding.related
        ],
        fix=None if finding.fix is None else _fix(finding.fix, places),
        suggestions=[_suggestion(suggestion, places) for suggestion in finding.suggestions],
        also=[
            _Also(places.path(also.path), _range(also.path, also.span, places), _optional(also.function))
            for also in finding.also
        ],
        fingerprint=fingerprint,
    )


def _not_followed(outcome: Results, places: Places) -> list[_NotFollowed]:
    """By path and place. All that the program notes so far is what only a run can tell: names that are computed."""
    notes = sorted({(places.path(path), start, kind, path) for kind, path, start in outcome.notes})
    return [
        _NotFollowed(encodable(kind), shown, _range(path, Span(start, start), places), "dynamic")
        for shown, start, kind, path in notes
    ]


def _failed(defect: Defect, places: Places) -> _Failed:
    return _Failed(
        project=places.path(defect.project),
        stage=encodable(defect.stage),
        rule=defect.rule,
        path=None if defect.path is None else places.path(defect.path),
        message=encodable(defect.message),
    )


def _fix(fix: Fix, places: Places) -> _Fix:
    return _Fix(
        title=encodable(fix.title),
        applicability="safe" if fix.is_safe else "unsafe",
        because=_optional(fix.because),
        edits=_edits(fix.edits, places),
    )


def _suggestion(suggestion: Suggestion, places: Places) -> _Suggestion:
    return _Suggestion(
        encodable(suggestion.title), _edits(suggestion.edits, places), _optional(suggestion.because)
    )


def _edits(edits: Iterable[Edit], places: Places) -> list[_Edit]:
    return [
        _Edit(places.path(edit.path), _range(edit.path, edit.span, places), encodable(edit.text))
        for edit in edits
        if not edit.is_inert
    ]


def _range(path: str, span: Span, places: Places) -> _Range:
    start, end = places.range(path, span)
    return _Range(_Position(*start), _Position(*end))


def _optional(text: str | None) -> str | None:
    return None if text is None else encodable(text)
