"""What fixing left: the findings that still stand though they have a fix, each with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from convexlint.discovery.listing import base
from convexlint.findings import Diagnostic, Fix
from convexlint.session.contract import Left, Reason

FixPlace = tuple[str, str, int]
"""A finding by its rule, its file, and where it begins."""


def leftover(
    diagnostics: Iterable[Diagnostic],
    *,
    unsafe: bool,
    only_file: str | None,
    unwritable: Mapping[str, str],
    refused: Mapping[FixPlace, str],
) -> list[Left]:
    """`diagnostics`: of the end state. `unsafe`: unsafe fixes were asked for. `only_file`: no other could change.
    `unwritable`: files that cannot be written, `refused`: findings whose fix was given up, with the reasons."""
    left = []
    for d in diagnostics:
        place = (d.rule, d.finding.path, d.finding.span.start)
        if d.finding.fix is not None:
            reason, words = _why(d.finding.fix, place, unsafe, only_file, unwritable, refused)
            left.append(Left(*place, d.finding.fix.title, reason, words))
            continue
        for suggestion in d.finding.suggestions:
            if suggestion.withheld is not None:
                left.append(Left(*place, suggestion.title, Reason.GUARDED, suggestion.withheld))
    return left


def _why(
    fix: Fix,
    place: FixPlace,
    unsafe: bool,
    only_file: str | None,
    unwritable: Mapping[str, str],
    refused: Mapping[FixPlace, str],
) -> tuple[Reason, str]:
    if fix.because is not None and not unsafe:
        return Reason.UNSAFE, fix.because
    if place in refused:
        return Reason.REFUSED, refused[place]
    paths = sorted({edit.path for edit in fix.edits})
    if only_file is not None and paths != [only_file]:
        return Reason.ELSEWHERE, "it would change other files than the one on stdin"
    for path in paths:
        if path in unwritable:
            return Reason.UNWRITABLE, f"{base(path)}: {unwritable[path]}"
    return Reason.UNFINISHED, "other fixes were in its way; run --fix again"
