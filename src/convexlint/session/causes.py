"""One cause, one finding: what ends in the same deed is told once, at the first caller."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from convexlint.findings import Also, Deed, Diagnostic
from convexlint.session.linted import order


def one_a_cause(diagnostics: Iterable[Diagnostic], *, in_order: bool = False) -> list[Diagnostic]:
    """The diagnostics, sorted; of those of one rule that have the same deed only the first, at the highest level of
    them all, with the others in `also`.

    What is not to be reported is left out before: a deed that one caller may do is still told of the others.
    `in_order`: they are sorted, as those of one lint are.
    """
    told: list[Diagnostic] = []
    by_cause: dict[tuple[str, Deed], tuple[int, list[Diagnostic]]] = {}
    for diagnostic in diagnostics if in_order else sorted(diagnostics, key=order):
        deed = diagnostic.finding.deed
        if deed is not None:
            place, found = by_cause.setdefault((diagnostic.rule, deed), (len(told), []))
            found.append(diagnostic)
            if place < len(told):
                continue
        told.append(diagnostic)
    for place, found in by_cause.values():
        told[place] = _together(found)
    return told


def _together(found: list[Diagnostic]) -> Diagnostic:
    first, others = found[0], found[1:]
    if not others:
        return first
    # A module that two projects share may bring the same finding twice.
    places = {(first.finding.path, first.finding.span): None}
    also = []
    for finding in (other.finding for other in others):
        if (finding.path, finding.span) not in places:
            places[finding.path, finding.span] = None
            also.append(Also(finding.path, finding.span, finding.function))
    level = max((one.level for one in found), key=lambda level: level.rank)
    return replace(first, level=level, finding=replace(first.finding, also=tuple(also)))
