"""Shown paths and the order of findings."""

from __future__ import annotations

import pytest

from convexlint.findings import Finding, Span
from convexlint.reports.places import Places, ordered
from tests.reports.outcomes import FILTER, HOME, MESSAGES, diagnostic, outcome


@pytest.mark.parametrize(
    ("cwd", "path", "shown"),
    [
        ("/srv/app", "/srv/app/convex/a.ts", "convex/a.ts"),
        ("/srv/app/", "/srv/app/convex/a.ts", "convex/a.ts"),
        ("/", "/srv/a.ts", "srv/a.ts"),
        ("/srv/app", "/srv/application/a.ts", "/srv/application/a.ts"),
        ("/srv/app/convex", "/srv/app/convex.json", "/srv/app/convex.json"),
        ("/srv/back\\slash", "/srv/back\\slash/a.ts", "a.ts"),
        ("/srv/app", "/srv/app/\udce9.ts", "\\xe9.ts"),
        ("/srv/app", "/srv/app/é日.ts", "é日.ts"),
    ],
)
def test_paths_are_relative_inside_of_the_working_folder(cwd: str, path: str, shown: str) -> None:
    assert Places({}, cwd).path(path) == shown


def test_findings_come_by_shown_path_then_place_then_rule() -> None:
    def at(path: str, start: int, rule: str) -> tuple[str, int, str]:
        return path, start, rule

    wanted = [
        at("/elsewhere/z.ts", 0, "b-rule"),
        at(f"{HOME}/a.ts", 9, "a-rule"),
        at(f"{HOME}/b.ts", 0, "b-rule"),
        at(f"{HOME}/b.ts", 3, "a-rule"),
        at(f"{HOME}/b.ts", 3, "b-rule"),
    ]
    found = [diagnostic(Finding(path, Span(start, start), "m"), rule=rule) for path, start, rule in wanted]
    of = outcome(*found[::-1])
    assert ordered(of, Places(of.sources, HOME)) == found


def test_a_file_without_text_is_all_at_its_start() -> None:
    places = Places({}, HOME)
    assert not places.has(MESSAGES)
    assert places.range(MESSAGES, FILTER.finding.span)[0][:2] == (1, 1)
