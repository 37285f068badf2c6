"""What of an outcome is new, and which files a report may show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from convexlint.findings import Diagnostic
from convexlint.session.causes import one_a_cause
from convexlint.session.contract import (
    Fixed,
)

if TYPE_CHECKING:
    from convexlint.session.linted import Linted
    from convexlint.session.workspace import Workspace


def fresh_ones(diagnostics: Sequence[Diagnostic], known: Iterable[Diagnostic]) -> frozenset[int]:
    """The indices of findings that say what none said before, or say it once more. Places do not tell: fixes move
    them."""
    spoken = Counter(
        (d.rule, d.finding.path, d.finding.function, d.finding.message) for d in one_a_cause(known)
    )
    fresh = set()
    for number, d in enumerate(diagnostics):
        words = (d.rule, d.finding.path, d.finding.function, d.finding.message)
        if spoken[words]:
            spoken[words] -= 1
        else:
            fresh.add(number)
    return frozenset(fresh)


def files_named(diagnostics: Sequence[Diagnostic], fixed: Sequence[Fixed]) -> set[str]:
    """Every file that a report may want to show."""
    names: set[str] = set()
    for diagnostic in diagnostics:
        finding = diagnostic.finding
        names.add(finding.path)
        for related in finding.related:
            names.add(related.path)
        for also in finding.also:
            names.add(also.path)
        for change in (finding.fix, *finding.suggestions):
            for edit in () if change is None else change.edits:
                names.add(edit.path)
    for one in fixed:
        names.add(one.path)
        names.update(edit.path for edit in one.fix.edits)
    return names


def notes_of(pairs: Sequence[tuple[Workspace, Linted]]) -> tuple[tuple[str, str, int], ...]:
    """What was not followed, as (kind, path, start). Several projects may look at one file around them: it is told
    once. What is a module of one of them is no client of another that could not be read: it has findings."""
    told: set[tuple[str, str, int]] = set()
    found: list[tuple[str, str, int]] = []
    for workspace, one in pairs:
        mine = [note for note in one.notes if workspace.asked_for(note[1]) and note not in told]
        told.update(mine)
        found += (note for note in mine if not _is_module_of_some(note, pairs))
    return tuple(found)


def _is_module_of_some(note: tuple[str, str, int], pairs: Sequence[tuple[Workspace, Linted]]) -> bool:
    kind, path, _ = note
    return kind.startswith("client ") and any(workspace.knows(path) for workspace, _ in pairs)
