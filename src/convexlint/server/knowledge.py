"""The Convex projects of the editor's folders, kept warm: their findings, and their programs.

All of it is used by one thread at a time, and nothing else of the server touches the session.

A project is known in two ways. The whole lint is made now and then, in the background where it takes long, and holds as
long as the contents that it was made from are those of now. While they are not, the near lint says what stands in the
files that are open or have changed; all other files keep what the whole lint said of them.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from convexlint.collector import collector_at_rest
from convexlint.config.settings import ConfigError
from convexlint.discovery.listing import real
from convexlint.findings import Diagnostic
from convexlint.server.background import Job
from convexlint.server.baselines import Baselines
from convexlint.server.moments import Aim, Moment
from convexlint.server.shelf import Shelf
from convexlint.server.warm import Findings, Unfinished, Warm
from convexlint.session.causes import one_a_cause
from convexlint.session.clock import Stopwatch
from convexlint.session.contract import NoProjectError, PathError
from convexlint.session.files import Files
from convexlint.session.linted import Linted, order
from convexlint.session.run import open_projects
from convexlint.session.workspace import Workspace

if TYPE_CHECKING:
    from convexlint.program.program import Program

SMALL_BYTES = 60_000
"""A project with less source than this is linted whole at every edit, until its time is known."""
MOST_FIRST = 2
"""So many edited files are looked at before all others that are open."""
MOST_NEAR = 24
"""So many changed files that are not open are looked at before the whole lint."""
LATE_SECONDS = 0.02
"""Rules that take longer in an edited file are asked after it was told what all others say."""
SLICE_SECONDS = 0.2
"""After so long the findings of further files are told, before the next ones are looked at."""


class Stale(BaseException):
    """What is being made is of no use any more. No Exception, so that nobody takes it for a defect."""


class Knowledge:
    """All projects. `stale(number)`: whether the moment `number` has passed; long work then ends with `Stale`."""

    def __init__(
        self, stale: Callable[[int], bool], tell: Callable[[str, int, int], None] | None = None
    ) -> None:
        self._stale = stale
        self._tell = tell
        self._number = 0
        self._aim = Aim()
        self._shelf = Shelf()
        self._warm: dict[str, Warm] = {}
        self._trouble: str | None = None
        self._baselines = Baselines()
        self._opened = False
        self._unsaved: tuple[str, ...] = ()
        self._collect = 0

    def aim(self, aim: Aim) -> None:
        """From now on these folders, with these settings."""
        self._aim, self._opened = aim, False

    def recalled(self, moment: Moment) -> Findings | None:
        """What the last lints of the projects said, where nothing has changed since; None where somebody must look."""
        self._number = moment.number
        with collector_at_rest():
            files = self._files(moment)
            self._open(moment)
            found = self._findings(moment.number, files)
            return found if found.whole and found.trouble is None and not found.defects else None

    def look(self, moment: Moment) -> Findings:
        """What can be said at once. Raises Stale."""
        self._number = moment.number
        with collector_at_rest():
            for path in moment.known_changed:
                self._shelf.forget(path)
            files = self._files(moment)
            self._open(moment)
            for warm in self._warm.values():
                self._look(warm, moment, files)
            return self._findings(moment.number, files)

    def look_on(self, moment: Moment) -> Findings | None:
        """The same of some more open and changed files, of those that were left for later; None where none are left.
        Raises Stale."""
        self._number = moment.number
        if not any(warm.waiting for warm in self._warm.values()):
            return None
        began = time.perf_counter()
        with collector_at_rest():
            files = self._files(moment)
            for warm in self._warm.values():
                if warm.unfinished is not None:
                    self._finish(warm, moment, files, warm.unfinished)
                for path in sorted(warm.waiting, key=lambda one: (warm.kept.weight(one), one)):
                    self._near(warm, moment, files, path)
                    if time.perf_counter() - began > SLICE_SECONDS:
                        return self._findings(moment.number, files)
            return self._findings(moment.number, files)

    def look_ahead(self, moment: Moment) -> bool:
        """Look at one open file whose near lint is not known yet, so that it is known when the first edit comes;
        whether there was one. Nothing changes in what is told. Raises Stale."""
        self._number = moment.number
        for warm in self._warm.values():
            if warm.seconds is not None or warm.outdated:
                continue
            for path in sorted(moment.buffers)[:MOST_NEAR]:
                if warm.is_asked_for(path) and warm.kept.get(path) is None:
                    with collector_at_rest():
                        linted = self._lint(warm, moment, self._files(moment), frozenset({path}))
                        warm.take_kept(linted, path)
                        warm.take_late(path, LATE_SECONDS)
                    return not linted.defects
        return False

    def job(self, moment: Moment) -> Job:
        """What the background has to do for the moment."""
        contents = {
            path: source
            for path in self._in_projects(moment)
            if self._shelf.read(path) != (source := moment.buffers[path].source)
        }
        aim = self._aim
        return Job(
            self._folders(),
            aim.overrides,
            aim.config,
            aim.isolated,
            aim.cache_dir,
            self._in_projects(moment),
            contents,
        )

    def take(self, moment: Moment, made: Mapping[str, Linted]) -> Findings:
        """Take in what the background found, and tell what is known now."""
        with collector_at_rest():
            files = self._files(moment)
            for folder, linted in made.items():
                warm = self._warm.get(folder)
                if warm is not None:
                    warm.take_whole(linted, files)
            return self._findings(moment.number, files)

    def rest(self) -> None:
        """There is time: let go of what nobody needs. What remains is not looked through again until the next rest: a
        collection between edits then takes milliseconds, and not half a second."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def program(self, moment: Moment, path: str) -> Program | None:
        """The program that the file is a module of, with what stands in the file looked at; None where it belongs to no
        project. Raises Stale."""
        return self.program_over(moment, path, frozenset({path}))

    def program_over(self, moment: Moment, path: str, focus: frozenset[str]) -> Program | None:
        """The same, with what stands in all these files looked at."""
        self._number = moment.number
        with collector_at_rest():
            self._open(moment)
            warm = self.project_of(path)
            if warm is None:
                return None
            program = warm.workspace.last_program
            if program is not None and warm.built is not None:
                number, known = warm.built
                if number == moment.number and (known is None or focus <= known):
                    return program
            return self._build(warm, moment, self._files(moment), focus)

    def contents(self, moment: Moment) -> Files:
        """The contents of files at the moment."""
        return self._files(moment)

    def project_of(self, path: str) -> Warm | None:
        """The project that has the file for a module."""
        return next((warm for warm in self._warm.values() if warm.workspace.knows(path)), None)

    def known(self, path: str) -> bool:
        """Whether the file belongs to a project, also as a test or as generated code."""
        return any(
            warm.workspace.knows(path)
            or any(file.path == path for file in warm.workspace.target.project.files)
            for warm in self._warm.values()
        )

    def _files(self, moment: Moment) -> Files:
        # What is not source (convex.json, convexlint.toml) counts when it is saved.
        replaced = {path: moment.buffers[path].source for path in self._in_projects(moment)}
        for path, source in list(replaced.items()):
            there = real(path)
            if there != path:  # a file that the editor has opened through a link
                replaced.setdefault(there, source)
        return Files(replaced, self._shelf.read)

    def _folders(self) -> tuple[str, ...]:
        home = Path.home().as_posix()
        return tuple(
            folder
            for folder in self._aim.folders
            if Path(folder).is_dir() and folder != home and len(Path(folder).parts) > 1
        )

    def _in_projects(self, moment: Moment) -> tuple[str, ...]:
        return tuple(sorted(path for path in moment.buffers if path.endswith(_SUFFIXES)))

    def _open(self, moment: Moment) -> None:
        """Find the projects, if they may be others than before."""
        unsaved = self._in_projects(moment)
        news = moment.afresh or moment.clients or not self._opened
        if not news and set(unsaved) == set(self._unsaved):
            return
        aim = self._aim
        job = Job(self._folders(), aim.overrides, aim.config, aim.isolated, aim.cache_dir, unsaved)
        clock = Stopwatch(self._tick)
        try:
            workspaces = open_projects(job.request(1), clock)
        except (NoProjectError, PathError):
            workspaces = []
        except ConfigError as error:
            self._trouble = str(error)
            self._opened, self._unsaved = True, unsaved
            return
        self._trouble = None
        afresh = moment.afresh or not self._opened
        self._opened, self._unsaved = True, unsaved
        self._warm = {
            workspace.target.project.functions_dir: self._next(workspace, moment, afresh)
            for workspace in workspaces
        }

    def _next(self, workspace: Workspace, moment: Moment, afresh: bool) -> Warm:
        """A project as it was found now."""
        before = self._warm.get(workspace.target.project.functions_dir)
        if before is None:
            warm = Warm(workspace)
            on_disk = Files({}, self._shelf.read)
            known = workspace.recall(on_disk, None)
            if known is not None:
                warm.take_whole(known, on_disk)
            return warm
        same = before.workspace.target == workspace.target and before.workspace.settings == workspace.settings
        if same and not afresh and not moment.clients:
            return before
        workspace.take_over(before.workspace, clients=not moment.clients)
        before.workspace, before.outdated, before.built = workspace, True, None
        before.kept.clear()
        return before

    def _look(self, warm: Warm, moment: Moment, files: Files) -> None:
        warm.unfinished = None  # it is about contents of before
        warm.kept.update({path: files.read(path) for path in sorted(warm.workspace.paths)}, warm.workspace)
        changed = warm.changed(files)
        if not changed and not warm.outdated:
            warm.rest_on_whole()
            return
        if self._is_small(warm, files):
            began = time.perf_counter()
            linted = self._lint(warm, moment, files, None)
            warm.seconds = time.perf_counter() - began
            warm.take_whole(linted, files)
            return
        known = {path for path in moment.buffers if warm.is_asked_for(path)}
        if len(changed) <= MOST_NEAR:
            known |= {path for path in changed if warm.is_asked_for(path)}
        before = warm.looked_at
        warm.looked_at = {path: files.content(path) for path in known}
        edited = {path for path in known if before.get(path) != warm.looked_at[path]}
        warm.near_again(frozenset(known))
        # What is typed into comes first; `look_on` sees to the others.
        if len(edited) <= MOST_FIRST:
            for path in sorted(edited & warm.waiting):
                late = warm.late.get(path, frozenset())
                if late and len(edited) == 1:
                    self._begin(warm, files, path, late)
                else:
                    self._near(warm, moment, files, path)

    def _near(self, warm: Warm, moment: Moment, files: Files, path: str) -> None:
        warm.take_near(self._lint(warm, moment, files, frozenset({path})), path, files.content(path))
        warm.take_late(path, LATE_SECONDS)

    def _begin(self, warm: Warm, files: Files, path: str, late: frozenset[str]) -> None:
        """Look at one file without the rules that are late in it."""
        warm.built = warm.unfinished = None
        steps = warm.workspace.lint_in_steps(files, frozenset({path}), late)
        try:
            part = next(steps)
        except Exception as error:  # a defect, which must not end the server
            warm.take_near(warm.workspace.nothing(error), path, files.content(path))
            return
        warm.take_part(part, path, late, files.content(path))
        warm.unfinished = Unfinished(path, part, steps)

    def _finish(self, warm: Warm, moment: Moment, files: Files, begun: Unfinished) -> None:
        """Ask the late rules."""
        warm.unfinished = None
        try:
            linted = next(begun.rest, begun.part)
        except Exception as error:
            linted = warm.workspace.nothing(error)
        warm.take_near(linted, begun.path, files.content(begun.path))
        warm.take_late(begun.path, LATE_SECONDS)
        warm.built = (moment.number, frozenset({begun.path}))
        self._made(warm, files)

    def _is_small(self, warm: Warm, files: Files) -> bool:
        if warm.seconds is not None or not self._aim.quick:
            return warm.seconds is not None and warm.seconds <= self._aim.quick
        size = 0
        for file in warm.workspace.target.project.files:
            size += len(files.content(file.path))
            if size > SMALL_BYTES:
                return False
        return True

    def _lint(self, warm: Warm, moment: Moment, files: Files, focus: frozenset[str] | None) -> Linted:
        warm.built = warm.unfinished = None
        try:
            linted = warm.workspace.lint(files, focus)
        except Exception as error:  # a defect, which must not end the server
            return warm.workspace.nothing(error)
        warm.built = (moment.number, focus)
        self._made(warm, files)
        return linted

    def _build(self, warm: Warm, moment: Moment, files: Files, focus: frozenset[str]) -> Program:
        warm.built = warm.unfinished = None
        program = warm.workspace.program(files, focus)
        warm.built = (moment.number, focus)
        self._made(warm, files)
        return program

    def _made(self, warm: Warm, files: Files) -> None:
        """Somebody made a program in place of the one before, which may be garbage now."""
        warm.workspace.forget_others(files)
        self._collect += 1
        if self._collect % 16 == 0:
            gc.collect()

    def _findings(self, number: int, files: Files) -> Findings:
        by_path: dict[str, tuple[Diagnostic, ...]] = {}
        deeds: list[Diagnostic] = []
        unsorted = set()
        home: dict[str, Workspace] = {}
        for warm in self._warm.values():
            said = warm.reported(files)
            deeds += said.deeds
            for one in said.deeds:
                home.setdefault(one.finding.path, warm.workspace)
            for path, some in said.plain.items():
                home.setdefault(path, warm.workspace)
                if path in by_path:  # two projects share the file
                    unsorted.add(path)
                by_path[path] = (*by_path.get(path, ()), *some) if path in by_path else some
        for one in one_a_cause(deeds):
            path = one.finding.path
            unsorted.add(path)
            by_path[path] = (*by_path.get(path, ()), one)
        for path in sorted(unsorted):
            by_path[path] = tuple(sorted(by_path[path], key=order))
        workspaces = [warm.workspace for warm in self._warm.values()]
        return Findings(
            number,
            self._baselines.unknown(by_path, workspaces, home.get, files),
            files,
            all(
                warm.whole is not None and not warm.near and not warm.waiting and not warm.outdated
                for warm in self._warm.values()
            ),
            self._trouble or self._baselines.trouble,
            tuple(_words(self._warm.values())),
        )

    def _tick(self, stage: str, done: int, total: int) -> None:
        if self._stale(self._number):
            raise Stale
        if self._tell is not None:
            self._tell(stage, done, total)


_SUFFIXES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")


def _words(projects: Iterable[Warm]) -> Iterator[str]:
    for warm in projects:
        of_whole = () if warm.whole is None or warm.near else warm.whole.defects
        for defect in (*of_whole, *chain.from_iterable(warm.failed.values())):
            at = f" at {defect.path}" if defect.path else ""
            yield f"internal error in stage {defect.stage!r}{at}: {defect.message}"
