"""Applies fixes to copies of the files until nothing is left to fix, and believes none without looking again.

One round takes as many fixes as fit together, applies them in memory and lints the result. A fix stays only
if its finding is gone, no file lost its syntax, and nothing worse appeared. A batch that fails is halved
until the fix to blame is alone; that one is given up. Rounds repeat, because one fix may make room for the
next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from convexlint.findings import Diagnostic, Edit, Fix, Level
from convexlint.fixes.edits import EditError, FixSet, apply_all, merge, moved

MAX_ROUNDS = 10
MAX_CHECKS = 60
"""Lint runs that one call may spend; fixes that are still unproven then are given up."""


class Checked(Struct, frozen=True):
    """What a lint of some state of the files says. `broken`: the files that have a syntax error. `defects`: how often
    convexlint itself failed, so that findings may be missing."""

    diagnostics: tuple[Diagnostic, ...]
    broken: frozenset[str]
    defects: int = 0


class Refused(Struct, frozen=True):
    """A fix that was not applied, and why: "overlaps" is never final, so it is not one of them. `start`: where
    its finding stands in the end state."""

    rule: str
    path: str
    start: int
    fix: Fix
    reason: str


class Repair(Struct, frozen=True):
    """The end state: `changed` path -> new bytes; `applied` in order of application, as diagnostics of the
    round in which they stood; `refused` what was given up; `checked` what a lint of the end state says."""

    changed: Mapping[str, bytes]
    applied: tuple[Diagnostic, ...]
    refused: tuple[Refused, ...]
    checked: Checked


def repair(
    sources: Callable[[str], bytes],
    start: Checked,
    lint: Callable[[Mapping[str, bytes]], Checked],
    *,
    unsafe: bool,
    wanted: Callable[[Diagnostic, Mapping[str, bytes]], bool],
    may_edit: Callable[[str], bool],
    after_rules: Collection[str],
) -> Repair:
    """Fix what `start` found.

    `sources` gives a file's bytes on disk; `lint` checks the whole project with some files
    replaced; `wanted` says which findings to fix (it gets the files as they
    are changed by then), `may_edit` which files a fix may touch. `after_rules` are
    those that look at suppression comments: what they newly say is a consequence of a fix that worked, not a
    harm.
    """
    state = _State(sources, lint, frozenset(after_rules), {}, start)
    applied: list[Diagnostic] = []
    refused: list[tuple[tuple[str, str, int], Refused]] = []
    for _ in range(MAX_ROUNDS):
        given_up = {key for key, _ in refused}
        batch = choose(
            [
                d
                for d in state.checked.diagnostics
                if d.finding.fix is not None
                and wanted(d, state.changed)
                and (unsafe or d.finding.fix.is_safe)
                and _key(d) not in given_up
                and all(may_edit(edit.path) for edit in d.finding.fix.edits)
            ]
        )
        if not batch:
            break
        proven, dropped = state.prove(batch)
        edits = merge(_fixes(proven))
        refused = [((r, p, moved(at, edits.get(p, ()))), why) for (r, p, at), why in refused]
        refused += [
            ((d.rule, d.finding.path, moved(d.finding.span.start, edits.get(d.finding.path, ()))), why)
            for d, why in dropped
        ]
        if not proven:
            continue
        applied += proven
        state.advance(proven)
    return Repair(
        state.changed,
        tuple(applied),
        tuple(replace(why, start=key[2]) for key, why in refused),
        state.checked,
    )


def choose(candidates: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """A largest set of fixes that fit together: by the end of their last edit, which is optimal for fixes of
    one edit; deterministic."""
    fits = FixSet()
    chosen = [
        d for d in sorted(candidates, key=_order) if d.finding.fix is not None and fits.add(d.finding.fix)
    ]
    return tuple(sorted(chosen, key=lambda d: (d.finding.path, d.finding.span, d.rule)))


def _order(d: Diagnostic) -> tuple[str, int, str, int, str, str]:
    assert d.finding.fix is not None
    last = max(((e.path, e.span.end) for e in d.finding.fix.edits), default=("", 0))
    return (*last, d.finding.path, d.finding.span.start, d.rule, d.finding.message)


def _fixes(diagnostics: Sequence[Diagnostic]) -> list[Fix]:
    return [d.finding.fix for d in diagnostics if d.finding.fix is not None]


def _key(d: Diagnostic) -> tuple[str, str, int]:
    return (d.rule, d.finding.path, d.finding.span.start)


class _State:
    """The files as fixed so far, and the proving of one batch on top of them."""

    def __init__(
        self,
        sources: Callable[[str], bytes],
        lint: Callable[[Mapping[str, bytes]], Checked],
        after_rules: frozenset[str],
        changed: dict[str, bytes],
        checked: Checked,
    ) -> None:
        self._sources = sources
        self._lint = lint
        self._after_rules = after_rules
        self._checks = 0
        self._last: tuple[tuple[Diagnostic, ...], dict[str, bytes], Checked] | None = None
        self.changed = changed
        self.checked = checked

    def prove(
        self, batch: tuple[Diagnostic, ...]
    ) -> tuple[tuple[Diagnostic, ...], list[tuple[Diagnostic, Refused]]]:
        """Split the batch into the fixes that hold together and those that do not."""
        dropped: list[tuple[Diagnostic, Refused]] = []
        proven = self._settle((), batch, dropped)
        return proven, dropped

    def advance(self, proven: tuple[Diagnostic, ...]) -> None:
        """Make the proven fixes the new state."""
        if self._last is None or self._last[0] != proven:
            self._try(proven)
        assert self._last is not None
        self.changed = self._last[1]
        self.checked = self._last[2]

    def _settle(
        self,
        held: tuple[Diagnostic, ...],
        pending: tuple[Diagnostic, ...],
        dropped: list[tuple[Diagnostic, Refused]],
    ) -> tuple[Diagnostic, ...]:
        """`held` plus those of `pending` that hold on top of it."""
        if not pending:
            return held
        if self._checks >= MAX_CHECKS:
            dropped += [(d, _refuse(d, "it could not be verified in time")) for d in pending]
            return held
        whole = tuple(sorted(held + pending, key=lambda d: (d.finding.path, d.finding.span, d.rule)))
        verdict = self._try(whole)
        if verdict.fine:
            return whole
        if len(pending) == 1:
            dropped.append((pending[0], _refuse(pending[0], verdict.reason)))
            return held
        stubborn = [d for d in pending if d in verdict.stubborn]
        if stubborn and not verdict.harmed:
            dropped += [(d, _refuse(d, "its finding was still there")) for d in stubborn]
            return self._settle(held, tuple(d for d in pending if d not in stubborn), dropped)
        suspects = tuple(d for d in pending if _paths(d) & verdict.harmed)
        others = tuple(d for d in pending if d not in suspects)
        if not suspects or not others:
            middle = len(pending) // 2
            others, suspects = pending[:middle], pending[middle:]
        return self._settle(self._settle(held, others, dropped), suspects, dropped)

    def _try(self, fixes: tuple[Diagnostic, ...]) -> _Verdict:
        self._checks += 1
        edits = merge(_fixes(fixes))
        current = {path: self.changed.get(path) or self._sources(path) for path in edits}
        try:
            changed = {**self.changed, **apply_all(current, _fixes(fixes))}
        except EditError as error:
            return _Verdict(False, str(error), frozenset(), frozenset(edits))
        after = self._lint(changed)
        self._last = (fixes, changed, after)
        return _judge(self.checked, after, fixes, edits, self._after_rules)


class _Verdict(Struct, frozen=True):
    fine: bool
    reason: str
    stubborn: frozenset[Diagnostic]
    harmed: frozenset[str]


def _refuse(d: Diagnostic, reason: str) -> Refused:
    assert d.finding.fix is not None
    return Refused(d.rule, d.finding.path, d.finding.span.start, d.finding.fix, reason)


def _paths(d: Diagnostic) -> frozenset[str]:
    edits = d.finding.fix.edits if d.finding.fix is not None else ()
    return frozenset([d.finding.path, *(edit.path for edit in edits)])


def _judge(
    before: Checked,
    after: Checked,
    fixes: Sequence[Diagnostic],
    edits: Mapping[str, tuple[Edit, ...]],
    after_rules: frozenset[str],
) -> _Verdict:
    """Compare what a lint says before and after some fixes.

    A finding that appears is worse when it is an error, or when no fix of at least its level touched its
    file: a rewrite may well uncover what its finding stood in front of.
    """
    present = Counter(_key(d) for d in after.diagnostics)
    stubborn = frozenset(
        d
        for d in fixes
        if present[(d.rule, d.finding.path, moved(d.finding.span.start, edits.get(d.finding.path, ())))]
    )
    known = Counter(
        (d.rule, d.finding.path, moved(d.finding.span.start, edits.get(d.finding.path, ())))
        for d in before.diagnostics
    )
    unmatched = Counter((d.rule, d.finding.path, d.finding.message) for d in before.diagnostics)
    appeared = []
    for d in after.diagnostics:
        if known[_key(d)]:
            known[_key(d)] -= 1
            unmatched[(d.rule, d.finding.path, d.finding.message)] -= 1
        else:
            appeared.append(d)
    strongest: dict[str, int] = {}
    for d in fixes:
        for path in _paths(d):
            strongest[path] = max(strongest.get(path, -1), d.level.rank)
    harmed = set(after.broken - before.broken)
    reason = "it would leave a syntax error" if harmed else "its finding was still there"
    for d in appeared:
        moved_along = (d.rule, d.finding.path, d.finding.message)
        if unmatched[moved_along] > 0:
            unmatched[moved_along] -= 1
        elif d.rule not in after_rules and (
            d.level is Level.ERROR or d.level.rank > strongest.get(d.finding.path, -1)
        ):
            harmed.add(d.finding.path)
            if after.broken <= before.broken:
                reason = f"it would bring a new finding of {d.rule}"
    if after.defects > before.defects:
        harmed, reason = set(edits), "convexlint itself fails on what it makes of the file"
    return _Verdict(not harmed and not stubborn, reason, stubborn, frozenset(harmed))
