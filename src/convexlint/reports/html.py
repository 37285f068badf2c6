"""The findings of a run, with code and fixes, on the page that shows the model (`model/page.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from convexlint.findings import Diagnostic, Edit, Fix, Span, Suggestion
from convexlint.reports.change import hunks
from convexlint.reports.escape import encodable, visible
from convexlint.reports.frame import marked_line, shown
from convexlint.reports.model.page import page
from convexlint.reports.outcome import Results
from convexlint.reports.places import Places, ordered
from convexlint.reports.rank import Tally, ranked, tallies
from convexlint.reports.rooted import callers
from convexlint.reports.summary import summarise
from convexlint.rules.card import CardError, load_card

Data = dict[str, Any]

_WIDTH = 140
_CONTEXT = 2


def html(outcome: Results, cwd: str, projects: Sequence[Data]) -> str:
    """One self-contained page. `projects`: what `model/description.py` says of each."""
    places = Places(outcome.sources, cwd)
    found = ranked(ordered(outcome, places))
    counts = summarise(outcome)
    report = {
        "summary": {
            "files": outcome.files,
            "errors": counts.errors,
            "warnings": counts.warnings,
            "infos": counts.infos,
            "fixable": counts.fixable,
            "suppressed": outcome.suppressed,
            "score": counts.score,
        },
        "rules": [_rule(row) for row in tallies(found)],
        "findings": [_finding(one, places) for one in found],
    }
    return page(list(projects), report)


def _rule(row: Tally) -> Data:
    data: Data = {"name": row.rule, "count": row.count, "level": row.level.value}
    try:
        card = load_card(row.rule)
    except (CardError, OSError):  # a rule of the team's own may have none
        return data | {"summary": "", "why": "", "how": ""}
    return data | {
        "summary": " ".join(card.summary.split()),
        "why": _paragraph(card.sections.get("Why", "")),
        "how": _paragraph(card.sections.get("How to fix", "")),
    }


def _paragraph(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].split())


def _finding(diagnostic: Diagnostic, places: Places) -> Data:
    finding = diagnostic.finding
    return _place(finding.path, finding.span, places) | {
        "rule": diagnostic.rule,
        "level": diagnostic.level.value,
        "concern": diagnostic.concern.value,
        "function": None if finding.function is None else encodable(finding.function),
        "message": encodable(finding.message),
        "help": None if finding.help is None else encodable(finding.help),
        "frame": _frame(finding.path, finding.span, places),
        "also": [encodable(one) for one in callers(diagnostic, places)],
        "related": [
            _place(one.path, one.span, places) | {"message": encodable(one.message)}
            for one in finding.related
        ],
        "fix": None if finding.fix is None else _way(finding.fix, places),
        "suggestions": [_way(one, places) for one in finding.suggestions],
    }


def _place(path: str, span: Span, places: Places) -> Data:
    at = places.at(path, span.start)
    return {"path": places.path(path), "line": at.line, "column": at.column}


def _frame(path: str, span: Span, places: Places) -> Data | None:
    """The lines up to the place; `before` and `length` mark it in the last, in UTF-16 units as scripts count."""
    if span == Span(0, 0) or not places.has(path):
        return None
    file = places.file(path)
    line = file.at(span.start).line
    first = max(1, line - _CONTEXT)
    lines = []
    for number in range(first, line):
        start, end = file.line_span(number)
        lines.append(shown(file.source[start:end].decode("utf-8", "replace"), _WIDTH))
    before, marked, after = marked_line(file, span, _WIDTH)
    lines.append(before + marked + after)
    return {"first": first, "lines": lines, "before": _units(before), "length": _units(marked)}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _way(way: Fix | Suggestion, places: Places) -> Data:
    return {
        "title": encodable(way.title),
        "because": None if way.because is None else encodable(way.because),
        "hunks": list(_hunks(way.edits, places)),
    }


def _hunks(edits: Iterable[Edit], places: Places) -> Iterable[Data]:
    in_order = sorted((one for one in edits if not one.is_inert), key=lambda edit: (edit.path, edit.span))
    for path, group in groupby(in_order, key=lambda edit: edit.path):
        for hunk in hunks(places.file(path), list(group)) if places.has(path) else ():
            yield {
                "path": places.path(path),
                "line": hunk.line,
                "removed": [_code(text) for text in hunk.removed],
                "added": [_code(text) for text in hunk.added],
            }


def _code(text: str) -> str:
    return "\t".join(visible(part) for part in text.split("\t"))
