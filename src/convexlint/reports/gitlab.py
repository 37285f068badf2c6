"""GitLab's Code Quality report: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""

from __future__ import annotations

import json

from convexlint.findings import Concern, Diagnostic, Level
from convexlint.reports.outcome import Results
from convexlint.reports.places import ordered
from convexlint.reports.rooted import RootedPlaces, RootOf, words


def gitlab(outcome: Results, root_of: RootOf) -> str:
    """The findings of a run, by path and place."""
    places = RootedPlaces(outcome, root_of)
    prints = dict(zip(map(id, outcome.diagnostics), outcome.fingerprints(), strict=True))
    entries = []
    for diagnostic in ordered(outcome, places):
        finding = diagnostic.finding
        start, end = places.range(finding.path, finding.span)
        entries.append(
            {
                "type": "issue",
                "check_name": diagnostic.rule,
                "description": words(diagnostic, places),
                "categories": ["Security" if diagnostic.concern is Concern.SECURITY else "Bug Risk"],
                "severity": _severity(diagnostic),
                "fingerprint": prints[id(diagnostic)],
                "location": {
                    "path": places.path(finding.path),
                    "lines": {"begin": start.line, "end": end.line},
                },
            }
        )
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def _severity(diagnostic: Diagnostic) -> str:
    if diagnostic.level is Level.ERROR:
        return "blocker" if diagnostic.concern is Concern.SECURITY else "critical"
    if diagnostic.level is Level.WARNING:
        return "minor" if diagnostic.concern is Concern.STYLE else "major"
    return "info"
