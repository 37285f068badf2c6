"""`check`: the whole way of a run, from paths to an outcome."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from convexlint.collector import collector_at_rest
from convexlint.config.globs import excluder
from convexlint.config.load import load_settings
from convexlint.config.settings import Settings
from convexlint.discovery.discover import NO_PROJECT, discover, exclude_files, where_looked
from convexlint.discovery.listing import Listing, absolute
from convexlint.discovery.project import Discovered, Target
from convexlint.discovery.upward import discover_above
from convexlint.packs import Packs
from convexlint.session.changes import Changes, limited_by_git
from convexlint.session.clock import Progress, Stopwatch
from convexlint.session.code import code_version
from convexlint.session.contract import (
    NO_COMPARISON,
    Fixed,
    Left,
    NoProjectError,
    Outcome,
    PathError,
    Request,
)
from convexlint.session.files import Files
from convexlint.session.leftover import FixPlace, leftover
from convexlint.session.linted import Linted
from convexlint.session.own_rules import own_specs
from convexlint.session.recall import recall_catalogue
from convexlint.session.reporting import Reporter
from convexlint.session.shared import Shared
from convexlint.session.shown import files_named, fresh_ones, notes_of
from convexlint.session.together import Together
from convexlint.session.workspace import Workspace

if TYPE_CHECKING:
    from convexlint.config.catalogue import Catalogue
    from convexlint.program.program import Program
    from convexlint.rules.rule import Rule


def check(
    request: Request,
    progress: Progress | None = None,
    keep: Callable[[Sequence[Workspace]], object] | None = None,
    earlier: Sequence[Workspace] = (),
    *,
    apart: bool = False,
) -> Outcome:
    """Lint (and fix) what `request` names; `progress` is told each stage as it begins. `keep` is given all that the
    run has made, so that a process that ends with it need not take it apart. `apart`: nobody asks for the programs
    afterwards, so other processes may lint some of the projects.

    Raises ConfigError, NoProjectError, PathError, InternalError; every other trouble is a finding in the
    outcome.
    """
    with collector_at_rest():
        return _check(request, Stopwatch(progress), keep, earlier, apart=apart)


def programs(request: Request, progress: Progress | None = None) -> tuple[Program, ...]:
    """The programs of the projects of `request`. No rule runs. Raises ConfigError, NoProjectError, PathError."""
    with collector_at_rest():
        _, workspaces, _ = _open(request, Stopwatch(progress))
        return tuple(workspace.program(Files({})) for workspace in workspaces)


def load_rules() -> tuple[Rule, ...]:
    """The rules, imported when a project is linted: a run that only recalls lints needs none of them."""
    from convexlint.rules import loader

    return loader.load_rules()


def catalogue() -> Catalogue:
    """What config needs to know of the rules."""
    from convexlint.rules import loader

    return loader.catalogue()


def _check(
    request: Request,
    clock: Stopwatch,
    keep: Callable[[Sequence[Workspace]], object] | None,
    earlier: Sequence[Workspace],
    *,
    apart: bool,
) -> Outcome:
    stdin_path = absolute(request.stdin[0]) if request.stdin is not None else None
    found, workspaces, changes = _open(request, clock)
    if keep is not None:
        keep(workspaces)
    before = {workspace.target.project.functions_dir: workspace for workspace in earlier}
    for workspace in workspaces:
        if workspace.target.project.functions_dir in before:
            workspace.take_over(before[workspace.target.project.functions_dir], clients=False)
    replaced = {stdin_path: request.stdin[1]} if request.stdin and stdin_path else {}
    if changes is not None:
        replaced.update(changes.respelled(target.project for target in found.targets))
    files = Files(replaced)
    run = _Run(found, workspaces, files, clock, Reporter(request, workspaces, files, changes))

    def save(number: int, one: Linted) -> None:
        if changes is None or not changes.differs_from_disk:
            workspaces[number].save(one, besides=stdin_path)

    alone = not apart or request.fix != "none" or request.add_suppressions
    linted = Together(request, workspaces, files, clock).lints(None if alone else save)
    for number, one in enumerate(linted):
        save(number, one)
    for workspace in workspaces if before else ():
        workspace.forget_others(files)
    if request.add_suppressions:
        rules = {rule.name: rule for workspace in workspaces for rule in workspace.rules()}
        return run.suppress(linted, tuple(rules[name] for name in sorted(rules)))
    if request.fix == "none":
        return run.outcome(linted)
    return run.fix(linted, request, stdin_path)


def open_projects(request: Request, clock: Stopwatch) -> list[Workspace]:
    """The projects that a run is about, with their settings. Raises ConfigError, NoProjectError, PathError."""
    return _open(request, clock)[1]


def _open(request: Request, clock: Stopwatch) -> tuple[Discovered, list[Workspace], Changes | None]:
    """The projects that a run is about, with their settings; and what git says of them, if it was asked."""
    on_disk = Listing()
    found, changes = _discover(request, clock, on_disk), None
    if request.since is not None or request.staged:
        with clock.stage("git"):
            found, changes = limited_by_git(
                request, found, lambda listing: _discover(request, clock, listing)
            )
    code = code_version() if request.cache_dir is not None else None

    def rules() -> Sequence[Rule]:
        with clock.stage("rules loaded"):
            return load_rules()

    listing = on_disk if changes is None or changes.listing is None else changes.listing
    shared = Shared(rules, request.cache_dir, request.jobs, code, clock, on_disk, listing)
    with clock.stage("config"):
        known = _catalogue(shared)
        settings = {
            target.project.functions_dir: load_settings(
                known,
                target.project,
                config=request.config,
                isolated=request.isolated,
                overrides=request.overrides,
                own=own_specs,
            )
            for target in found.targets
        }
        excluded = {folder: excluder(one) for folder, one in settings.items()}
        found = exclude_files(found, lambda project, path: excluded[project.functions_dir](path))
    workspaces = [
        Workspace(target, settings[target.project.functions_dir], shared, _against(request, target, settings))
        for target in found.targets
    ]
    return found, workspaces, changes


def _against(request: Request, target: Target, settings: Mapping[str, Settings]) -> str | None:
    """What the project is compared with. The setting holds where a whole project is asked for."""
    chosen = request.against
    if chosen is None and target.only is None and request.stdin is None and not request.unsaved:
        chosen = settings[target.project.functions_dir].against
    return None if chosen == NO_COMPARISON else chosen


def _catalogue(shared: Shared) -> Catalogue:
    """The catalogue, from disk where this very code has been asked before: making it imports every rule."""
    if shared.cache_dir is None or shared.code is None:
        return catalogue()
    return recall_catalogue(Packs(shared.cache_dir), shared.code, catalogue)


class _Run:
    """The projects of one run, once everything about them is known."""

    def __init__(
        self,
        found: Discovered,
        workspaces: Sequence[Workspace],
        files: Files,
        clock: Stopwatch,
        reporter: Reporter,
    ) -> None:
        self._found = found
        self._reporter = reporter
        self._workspaces = workspaces
        self._files = files
        self._clock = clock

    def fix(self, linted: Sequence[Linted], request: Request, stdin_path: str | None) -> Outcome:
        """Fix project after project (they may share files), then write."""
        writes = request.write and stdin_path is None
        changed: dict[str, bytes] = {}
        locked: dict[str, str] = {}
        fixed: list[Fixed] = []
        refused: list[Mapping[FixPlace, str]] = [{} for _ in linted]
        after = list(linted)
        for number, workspace in enumerate(self._workspaces):
            start = linted[number]
            if start.defects and not start.modules:  # nothing is known of it
                continue
            if any(workspace.knows(path) for path in changed):
                start = workspace.lint(self._files.with_replaced(changed))
            with self._clock.stage("fixes"):
                done, after[number] = workspace.repair(
                    self._files.with_replaced(changed),
                    start,
                    unsafe=request.fix == "unsafe",
                    only_file=stdin_path,
                    locked=locked if writes else None,
                    wanted=self._reporter.on_changed_lines,
                )
            fixed += [Fixed(d.rule, d.finding.path, d.finding.fix) for d in done.applied if d.finding.fix]
            refused[number] = {(r.rule, r.path, r.start): r.reason for r in done.refused}
            self._relint_sharers(number, done.changed, {**changed, **done.changed}, after)
            changed.update(done.changed)
        if writes:
            failed = self._write(changed, fixed)
            locked.update(failed)
            if failed:
                changed = {path: new for path, new in changed.items() if path not in failed}
                fixed = [one for one in fixed if not any(edit.path in failed for edit in one.fix.edits)]
                after = [workspace.lint(self._files.with_replaced(changed)) for workspace in self._workspaces]
            for workspace, one in zip(self._workspaces, after, strict=True):
                workspace.save(one, besides=None)
        left: list[Left] = []
        now = self._files.with_replaced(changed)
        for workspace, one, given_up in zip(self._workspaces, after, refused, strict=True):
            left += leftover(
                self._reporter.asked_for(workspace, one.judgement.diagnostics, now),
                unsafe=request.fix == "unsafe",
                only_file=stdin_path,
                unwritable=locked,
                refused=given_up,
            )
        return self.outcome(
            after if request.write else linted,
            changed=changed,
            before_fixes=not request.write,
            known=linted if request.write else None,
            fixed=tuple(fixed),
            left=tuple(sorted(left, key=lambda one: (one.path, one.start, one.rule))),
            locked=locked,
        )

    def suppress(self, linted: Sequence[Linted], rules: Sequence[Rule]) -> Outcome:
        """Write a comment at each finding that is to be told, look again, and tell what remains."""
        from convexlint.session.suppressing import suppressed

        done = suppressed(
            self._workspaces,
            linted,
            self._reporter,
            self._files,
            rules,
            lambda changed: self._write(changed, ()),
        )
        for workspace, one in zip(self._workspaces, done.after, strict=True):
            workspace.save(one, besides=None)
        outcome = self.outcome(done.after, changed=done.changed, before_fixes=False, locked=done.failed)
        return replace(outcome, suppressing=done.counts)

    def _skipped(self, linted: Sequence[Linted]) -> tuple[tuple[str, str], ...]:
        """What was named and is not linted, files included that were taken for clients and are none."""
        known = {path for one in linted for path in one.clients}
        for workspace in self._workspaces:
            known.update(problem.path for problem in workspace.target.project.problems)
        others = {
            (path, NO_PROJECT)
            for path in self._found.named
            if path not in known and not any(workspace.knows(path) for workspace in self._workspaces)
        }
        return tuple(sorted({*self._found.skipped, *others}))

    def _write(self, changed: Mapping[str, bytes], fixed: Sequence[Fixed]) -> dict[str, str]:
        """Write what fixes made of the files; returns path -> reason for those that could not be written."""
        from convexlint.fixes.write import write_all

        before = {path: self._files.content(path) for path in changed}
        with self._clock.stage("write"):
            return write_all(changed, before, [{edit.path for edit in one.fix.edits} for one in fixed])

    def _relint_sharers(
        self, number: int, changes: Mapping[str, bytes], changed: Mapping[str, bytes], after: list[Linted]
    ) -> None:
        """Projects fixed earlier that use a file which a later one changed are looked at again."""
        for earlier, workspace in enumerate(self._workspaces[:number]):
            if any(workspace.knows(path) for path in changes):
                after[earlier] = workspace.lint(self._files.with_replaced(changed))

    def outcome(
        self,
        linted: Sequence[Linted],
        *,
        changed: Mapping[str, bytes] | None = None,
        before_fixes: bool = True,
        known: Sequence[Linted] | None = None,
        fixed: tuple[Fixed, ...] = (),
        left: tuple[Left, ...] = (),
        locked: Mapping[str, str] | None = None,
    ) -> Outcome:
        """Put together what the projects say; `before_fixes`: of the files without `changed` (as for
        --diff); `known`: what they said before fixes were applied."""
        changed = changed or {}
        now = self._files.with_replaced(changed)
        looked_at = self._files if before_fixes else now
        reported = self._reporter.report(linted, looked_at)
        diagnostics = reported.diagnostics
        left = tuple(one for one in left if (one.rule, one.path, one.start) not in reported.known)
        pairs = list(zip(self._workspaces, linted, strict=True))
        functions = sum(workspace.asked_for(path) for workspace, one in pairs for path in one.functions)
        checked = sum(
            workspace.asked_for(file.path) and file.path not in one.unreadable
            for workspace, one in pairs
            for file in workspace.checked_files()
        )
        around = {path for workspace, one in pairs for path in one.calling if workspace.asked_for(path)}
        settings = [workspace.settings for workspace in self._workspaces]
        fail_levels = [one.fail_on for one in settings if one.fail_on is not None]
        fresh: frozenset[int] = frozenset()
        if known is not None:
            asked_for, spoken = self._reporter.asked_for, zip(self._workspaces, known, strict=True)
            fresh = fresh_ones(
                diagnostics,
                [d for w, one in spoken for d in asked_for(w, one.judgement.diagnostics, self._files)],
            )
        notes = notes_of(pairs)
        shown = (
            files_named([*diagnostics, *reported.suppressed], fixed)
            | {one.path for one in left}
            | changed.keys()
            | {path for _, path, _ in notes}
        )
        return Outcome(
            diagnostics=diagnostics,
            sources={path: now.content(path) for path in sorted(shown)},
            before={path: self._files.content(path) for path in sorted(changed)},
            fixed=fixed,
            files=checked + len(around),
            projects=len(self._workspaces),
            functions=functions,
            suppressed=len(reported.suppressed),
            notes=notes,
            skipped=self._skipped(linted),
            timings=dict(self._clock.seconds),
            fail_on=min(fail_levels, key=lambda level: level.rank, default=None),
            failed=reported.failed,
            left=left,
            unwritten=tuple(sorted((locked or {}).items())),
            defects=tuple(defect for one in linted for defect in one.defects),
            waiting=tuple(one for w, of in pairs for one in w.reported(of.judgement.waiting)),
            fingerprints=reported.fingerprints,
            baseline=reported.baseline,
            elsewhere=tuple(t.project.functions_dir for t in self._found.targets)
            if self._found.elsewhere
            else (),
            fresh=fresh,
            silenced=reported.suppressed,
            configured=any(one.files for one in settings),
        )


def _discover(request: Request, clock: Stopwatch, listing: Listing) -> Discovered:
    with clock.stage("discover"):
        try:
            found = discover(
                request.paths,
                stdin_path=request.stdin[0] if request.stdin else None,
                unsaved=request.unsaved,
                listing=listing,
            )
        except ValueError as error:
            raise PathError(str(error)) from error
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise PathError(f"{os.fsdecode(error.filename or '')}: {reason}") from error
    if found.targets or not found.looked_in:
        return found
    above = discover_above(found.looked_in[0])
    if above is None:
        raise NoProjectError(where_looked(found))
    if request.upward:
        return replace(above, elsewhere=True)
    near = os.path.relpath(above.targets[0].project.functions_dir).replace(os.sep, "/")
    raise NoProjectError(f"{where_looked(found)}; did you mean {near}?")
