"""From what the projects' lints say to what a run tells: filtered, one a cause, without what the baseline knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from convexlint.discovery.listing import absolute, relative
from convexlint.findings import Deed, Diagnostic, Span
from convexlint.session import baseline
from convexlint.session.baseline import Entry, Matched, Scope
from convexlint.session.causes import one_a_cause
from convexlint.session.changes import Changes
from convexlint.session.contract import Baselined, Request
from convexlint.session.files import Files
from convexlint.session.fingerprint import fingerprints
from convexlint.session.leftover import FixPlace
from convexlint.session.linted import Linted
from convexlint.session.workspace import Workspace

_Cause = tuple[str, Deed | tuple[str, Span, str]]


class Reported(Struct, frozen=True):
    """What a run reports, sorted. `fingerprints()`: one for each of the diagnostics. `failed`: some of them is at or
    above the `fail-on` of its own project. `suppressed`: what comments silence.
    `known`: what the baseline does."""

    diagnostics: tuple[Diagnostic, ...]
    fingerprints: Callable[[], list[str]]
    suppressed: tuple[Diagnostic, ...]
    failed: bool
    baseline: Baselined
    known: frozenset[FixPlace] = frozenset()


class Reporter:
    """Tells of one run's projects."""

    def __init__(
        self, request: Request, workspaces: Sequence[Workspace], files: Files, changes: Changes | None
    ) -> None:
        """`files`: as they were before any fix. Raises ConfigError for a baseline that cannot be read."""
        self._request = request
        self._workspaces = workspaces
        self._files = files
        self._changes = changes
        writing = request.write_baseline
        self._places = [
            baseline.place_of(workspace.settings, request.baseline if writing is None else writing)
            for workspace in workspaces
        ]
        self._entries: dict[str, dict[str, Entry]] = {}
        for place in self._places:
            if place is not None and place not in self._entries:
                new = writing is not None and not Path(place).exists()
                self._entries[place] = {} if new else baseline.read(place)
        self._roots = [workspace.home for workspace in workspaces]

    def on_changed_lines(self, diagnostic: Diagnostic, files: Files) -> bool:
        """Whether the diagnostic, which stands in `files`, is on lines that were asked for."""
        if self._changes is None:
            return True
        path = diagnostic.finding.path
        now, before = files.content(path), self._files.content(path)
        return self._changes.holds(path, diagnostic.finding.span, now, before)

    def asked_for(
        self, workspace: Workspace, diagnostics: Sequence[Diagnostic], files: Files
    ) -> list[Diagnostic]:
        """Those in files and on lines that the run is to report."""
        return [one for one in workspace.reported(diagnostics) if self.on_changed_lines(one, files)]

    def report(self, linted: Sequence[Linted], files: Files) -> Reported:
        """What is to be told of these lints, whose diagnostics stand in `files`."""
        home: dict[str, int] = {}
        in_files: list[Diagnostic] = []
        on_lines: list[Diagnostic] = []
        suppressed: list[Diagnostic] = []
        for number, (workspace, one) in enumerate(zip(self._workspaces, linted, strict=True)):
            found = workspace.reported(one.judgement.diagnostics)
            in_files += found
            on_lines += (d for d in found if self.on_changed_lines(d, files))
            for finding in (d.finding for d in found):
                home[finding.path] = number
                if finding.deed is not None:
                    home.setdefault(finding.deed.path, number)
            suppressed += one_a_cause(self.asked_for(workspace, one.judgement.suppressed, files))
        # Ordinals among equals are those of whole files, whatever lines are asked for.
        alone = len(linted) == 1
        whole = one_a_cause(in_files, in_order=alone)
        diagnostics = whole if len(on_lines) == len(in_files) else one_a_cause(on_lines, in_order=alone)

        prints_of = self._prints(whole, files, home)
        if not any(self._places):
            return self._reported(diagnostics, whole, prints_of, suppressed, home, Baselined())
        prints = prints_of()
        matches = self._matches(whole, prints, home, prints_of)
        return self._without_known(diagnostics, whole, prints, suppressed, home, matches)

    def known_of(self, linted: Linted, files: Files) -> list[tuple[str, Diagnostic]]:
        """The findings of the only project that its baseline knows, each with the baseline's path."""
        (workspace,), (place,) = self._workspaces, self._places
        if place is None:
            return []
        whole = one_a_cause(workspace.reported(linted.judgement.diagnostics))
        home = {one.finding.path: 0 for one in whole} | {
            one.finding.deed.path: 0 for one in whole if one.finding.deed is not None
        }

        prints_of = self._prints(whole, files, home)
        mine, matched = self._matches(whole, prints_of(), home, prints_of)[place]
        return [(place, whole[mine[number]]) for number in sorted(matched.known)]

    def _prints(
        self, whole: Sequence[Diagnostic], files: Files, home: Mapping[str, int]
    ) -> Callable[..., list[str]]:
        """Makes the fingerprints of diagnostics, also by the names that files had."""

        def prints(renamed: Mapping[str, str] | None = None) -> list[str]:
            return fingerprints(whole, files.content, lambda path: self._roots[home[path]], renamed)

        return prints

    def _matches(
        self,
        whole: Sequence[Diagnostic],
        prints: Sequence[str],
        home: Mapping[str, int],
        prints_of: Callable[[Mapping[str, str]], list[str]],
    ) -> dict[str, tuple[list[int], Matched]]:
        """For each baseline the numbers of the diagnostics that are its, and how they match."""
        found = {}
        for place, entries in self._entries.items():
            mine = [n for n, d in enumerate(whole) if self._places[home[d.finding.path]] == place]
            first = self._places.index(place)
            matched = baseline.match(
                entries,
                [prints[n] for n in mine],
                self._scope(place),
                self._roots[first],
                lambda place=place: baseline.renamed_since(place),  # type: ignore[misc]
                lambda moves, mine=mine: _some(prints_of(moves), mine),  # type: ignore[misc]
            )
            found[place] = (mine, matched)
        return found

    def _without_known(
        self,
        diagnostics: Sequence[Diagnostic],
        whole: Sequence[Diagnostic],
        prints: Sequence[str],
        suppressed: Sequence[Diagnostic],
        home: Mapping[str, int],
        matches: Mapping[str, tuple[list[int], Matched]],
    ) -> Reported:
        asked = {_cause(one) for one in diagnostics}
        writing = self._request.write_baseline is not None
        known: set[int] = set()
        files: list[tuple[str, bytes]] = []
        added = 0
        for place, (mine, matched) in matches.items():
            known.update(mine[n] for n in matched.known)
            if writing:
                added += len(mine) - len(matched.known)
                known.update(mine)
                lines = [(prints[n], whole[n], self._shown(whole[n].finding.path, home)) for n in mine]
                files.append((place, baseline.text(baseline.renewed(self._entries[place], matched, lines))))
        reported = [one for n, one in enumerate(whole) if n not in known and _cause(one) in asked]
        # The one that is told has only those callers in `also` that were asked for.
        mine_by_cause = {_cause(one): one for one in diagnostics}
        reported = [mine_by_cause[_cause(one)] for one in reported]
        silent = sum(_cause(whole[n]) in asked for n in known)
        result = Baselined(
            known=silent,
            gone=sum(len(matched.gone) for _, matched in matches.values()),
            added=added,
            blind=any(matched.blind for _, matched in matches.values()),
            files=tuple(matches),
            configured=tuple(
                place
                for place in matches
                if any(baseline.place_of(workspace.settings, None) == place for workspace in self._workspaces)
            ),
            new_contents=tuple(files),
        )
        by_cause = {_cause(one): prints[n] for n, one in enumerate(whole)}
        return Reported(
            tuple(reported),
            lambda: [by_cause[_cause(one)] for one in reported],
            tuple(suppressed),
            self._failed(reported, home),
            result,
            frozenset((whole[n].rule, whole[n].finding.path, whole[n].finding.span.start) for n in known),
        )

    def _reported(
        self,
        diagnostics: Sequence[Diagnostic],
        whole: Sequence[Diagnostic],
        prints_of: Callable[[], list[str]],
        suppressed: Sequence[Diagnostic],
        home: Mapping[str, int],
        known: Baselined,
    ) -> Reported:
        def prints() -> list[str]:
            made = prints_of()
            if diagnostics is whole:
                return made
            by_cause = {_cause(one): made[n] for n, one in enumerate(whole)}
            return [by_cause[_cause(one)] for one in diagnostics]

        return Reported(tuple(diagnostics), prints, tuple(suppressed), self._failed(diagnostics, home), known)

    def _failed(self, diagnostics: Iterable[Diagnostic], home: Mapping[str, int]) -> bool:
        for one in diagnostics:
            threshold = self._workspaces[home[one.finding.path]].settings.fail_on
            if threshold is not None and one.level.rank >= threshold.rank:
                return True
        return False

    def _shown(self, path: str, home: Mapping[str, int]) -> str:
        return relative(path, self._roots[home[path]])

    def _scope(self, place: str) -> Scope:
        request = self._request
        workspaces = [
            workspace for workspace, one in zip(self._workspaces, self._places, strict=True) if one == place
        ]
        only = [workspace.target.only for workspace in workspaces]
        folders: list[str] = []
        if request.stdin is None and self._changes is None:
            folders = [absolute(path) for path in request.paths if Path(path).is_dir()]
            folders += [
                workspace.target.project.functions_dir
                for workspace in workspaces
                if workspace.target.only is None
            ]
        files = {path for paths in only if paths is not None for path in paths}
        if self._changes is not None:
            files |= self._changes.paths
        without = frozenset(
            name
            for workspace in workspaces
            for name, setting in workspace.settings.rules.items()
            if setting.level is None and setting.origin in ("--select", "--ignore")
        )
        return Scope(tuple(folders), files, without)


def _cause(diagnostic: Diagnostic) -> _Cause:
    """What makes it the same finding, whichever of its callers are asked for."""
    finding = diagnostic.finding
    return diagnostic.rule, finding.deed or (finding.path, finding.span, finding.message)


def _some(made: Sequence[str], numbers: Sequence[int]) -> list[str]:
    return [made[n] for n in numbers]
