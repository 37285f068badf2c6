"""One Convex project in a run: lint it, again with other bytes, and fix it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from convexlint.config.globs import client_matcher
from convexlint.config.settings import Settings
from convexlint.defects import Defect, place_of, stage_of, words_of
from convexlint.discovery.around import Around
from convexlint.discovery.discover import CLIENTS
from convexlint.discovery.ignore import Ignored, git_root, repository_root
from convexlint.discovery.project import Role, SourceFile, Target, outer_name
from convexlint.discovery.resolve import Resolver
from convexlint.findings import Diagnostic
from convexlint.packs import Packs
from convexlint.session.files import NOT_PROGRAM, Files
from convexlint.session.guards import Guards
from convexlint.session.linted import Judgement, Linted
from convexlint.session.own_rules import own_state, rules_of
from convexlint.session.reach import may_follow
from convexlint.session.recall import Asked, Disk, Recall, content_print
from convexlint.session.shared import MOST_LEFT_OUT, Shared

if TYPE_CHECKING:
    from convexlint.facts.lowered import Lowered
    from convexlint.fixes.engine import Repair
    from convexlint.program.program import Program
    from convexlint.rules.rule import Rule
    from convexlint.session.clients import Clients, Imports
    from convexlint.session.earlier import Deploy
    from convexlint.session.facts_store import FactsStore
    from convexlint.session.gather import Gathered, Gatherer
    from convexlint.session.judge import Judge
    from convexlint.session.reads import Reads


class Workspace:
    """A project, its settings, and everything about it that lasts for the run."""

    def __init__(
        self, target: Target, settings: Settings, shared: Shared, against: str | None = None
    ) -> None:
        """`against`: what schema and functions are compared with, see `Request`. Raises GitError, PathError."""
        self.target = target
        self.settings = settings
        self._shared = shared
        self._clock = shared.clock
        self._resolver = Resolver(target.project, shared.listing)
        self._workers: tuple[Gatherer, Judge] | None = None
        self._files: Mapping[str, SourceFile] = {file.path: file for file in target.project.files}
        listing = shared.on_disk
        root = target.project.root
        top = repository_root(root, listing)
        self._around: frozenset[str] = frozenset()
        self._guards = Guards(
            target.project, Ignored(root, top, listing), lambda: self._files, lambda: self._around, top
        )
        self._surroundings = Around(top, listing)
        code = shared.code or ""
        packs = Packs(shared.cache_dir) if shared.cache_dir is not None and code else None
        self._packs = packs
        self._asked_clients: Clients | None = None
        self._earlier: Deploy | None = None
        if against is not None:
            from convexlint.session.earlier import earlier

            self._earlier = earlier(target.project, against)
        self._recall: Recall | None = None
        if packs is not None:
            compared = "" if self._earlier is None else self._earlier.commit or "nothing"
            state = f"{code} {own_state(settings)}".rstrip()
            self._recall = Recall(packs, state, target.project, settings, compared)
        self._made_from: dict[Linted, Files] = {}
        self._store: FactsStore | None = None
        self._gathered: Gathered | None = None  # so that keeping this keeps the program: see `run.check`

    def take_over(self, earlier: Workspace, *, clients: bool) -> None:
        """Go on with the facts in memory of an earlier workspace of the same project; `clients`: and with what it has
        read of the source around the project, which nobody has changed since."""
        if earlier._workers is not None:
            self._store = earlier._workers[0].store
        if clients:
            self._surroundings, self._asked_clients = earlier._surroundings, earlier._clients
            self._clients.imports = self._imports()

    @property
    def home(self) -> str:
        """The folder from which paths are told: the root of git's repository, else the one of the settings."""
        return git_root(self.target.project.root, self._shared.on_disk) or self.settings.base

    @property
    def _clients(self) -> Clients:
        """The source around the project; nothing of it is imported where a kept lint holds. Asked for first by the
        process that may ask it."""
        if self._asked_clients is None:
            from convexlint.session.clients import Clients
            from convexlint.session.words import WordBook

            around = self._surroundings
            self._asked_clients = Clients(
                around,
                client_matcher(self.settings),
                self._imports(),
                WordBook(around, self._packs, self._shared.code or ""),
            )
        return self._asked_clients

    def _imports(self) -> Imports:
        from convexlint.session.clients import Imports

        return Imports(self._resolver, self.target.project.functions_dir)

    @property
    def last_program(self) -> Program | None:
        """The program of the last lint."""
        return None if self._gathered is None else self._gathered.program

    def last_reads(self) -> Reads:
        """What the last lint was made from. Raises AssertionError where there was none."""
        from convexlint.session.reads import reads_of

        assert self._gathered is not None
        return reads_of(self._gathered.program)

    def lowered(self, path: str, content: bytes) -> Lowered | None:
        """A module with this content, None where it is none."""
        from convexlint.syntax import decode_problem

        if decode_problem(content) is not None:
            return None
        return self._working()[0].store.lower([(path, content)])[0]

    @property
    def paths(self) -> frozenset[str]:
        """All files that belong to the project or its program."""
        return frozenset((*self._files, *(file.path for file in self.target.project.files)))

    def bytes_of(self, files: Files) -> int:
        """How much source the project has."""
        return sum(len(files.content(file.path)) for file in self.target.project.files)

    def forget_others(self, files: Files) -> None:
        """Keep in memory the facts of the modules of the last lint, as `files` gives them, and no others."""
        if self._workers is not None and self._gathered is not None:
            names = [*(m.path for m in self._gathered.program.modules)]
            names += [f.path for f in self.target.project.files if f.role is Role.GENERATED]
            kept = [(name, files.content(name)) for name in names]
            self._workers[0].store.keep_only([*kept, *self._workers[0].scripts])
        self._made_from.clear()

    def asked_for(self, path: str) -> bool:
        """Whether findings in this file are to be reported."""
        return self.target.only is None or path in self.target.only

    def knows(self, path: str) -> bool:
        """Whether the file is part of the project's program."""
        return path in self._files

    def focus(self, files: Files) -> frozenset[str] | None:
        """The files to look at when nothing else is asked for; None: all. A comment to convexlint in one of them
        may be there for a finding in any other file, and is idle only if no such finding is made."""
        only = self.target.only
        if only is not None:  # a run that asks for what changed names files of all kinds
            inner = only.intersection((*self._files, *(one.path for one in self.target.project.problems)))
            around = frozenset(path for path in only.difference(inner) if path.endswith(CLIENTS))
            if around and not inner:
                return around
            only = None if around else inner
        if not only or 2 * len(only) > len(self._files):
            return None
        contents = (files.read(path) for path in only)
        spoken_to = any(isinstance(content, bytes) and b"convexlint-" in content for content in contents)
        return None if spoken_to else only

    def lint(self, files: Files, focus: frozenset[str] | None = None) -> Linted:
        """The project, with the bytes that `files` gives: the whole of it, or what stands in the files of
        `focus`; of files around it, what rules about clients say."""
        *_, last = self.lint_in_steps(files, focus)
        return last

    def lint_in_steps(
        self, files: Files, focus: frozenset[str] | None = None, late: frozenset[str] = frozenset()
    ) -> Iterator[Linted]:
        """The same; where there are `late` rules, first what all others say. Ask nothing else in between."""
        from convexlint.program.places.clients.calls import calling, client_paths
        from convexlint.program.places.notes import notes

        files = files.with_replaced({})  # so that what is asked for now is seen
        aside = focus if focus is not None and focus.isdisjoint(self._files) else None
        inner = None if aside is not None else focus
        gatherer, judge = self._working()
        self._gathered = None  # two of them at once would be twice the memory
        gathered, left_out = self._gather(gatherer, files, inner)
        self._gathered = gathered
        self._files = gathered.files
        program = gathered.program
        places = {file.path for file in self.checked_files()}
        places.difference_update(module.path for module in program.modules if not module.reported)
        places.update(problem.path for problem in self.target.project.problems)
        places.update(stray.path for stray in self.target.project.strays)
        # Generated files are not linted; that they are generated is what one rule looks at.
        places.update(
            f.path for f in self.target.project.files if f.role is Role.GENERATED and not f.excluded
        )
        if inner is not None:
            places &= inner
        with self._clock.stage("clients"):
            clients = client_paths(program)
        self._around = frozenset(clients)
        places = set(aside & self._around) if aside is not None else places | self._around
        before = program.before()
        if before is not None:  # a file that is gone is the place of what is gone with it
            places.update(old.module for old in before.functions.values())
        reduced: dict[frozenset[str], Program] = {}

        def without(modules: frozenset[str]) -> Program:
            if modules not in reduced:
                reduced[modules] = gatherer.gather(files, inner, modules.union(left_out)).program
            return reduced[modules]

        for judgement in judge.steps(program, sorted(places), files, without, late):
            linted = Linted(
                judgement=judgement,
                broken=frozenset(m.path for m in program.modules if m.head.problem is not None),
                functions=tuple(f.module.path for f in program.functions if f.module.reported),
                unreadable=frozenset(program.unreadable),
                notes=tuple((note.kind, note.path, note.start) for note in notes(program)),
                modules=tuple(m.path for m in program.modules),
                outside=tuple(path for path, file in gathered.files.items() if file.name.startswith("/")),
                focus=focus,
                defects=(*left_out.values(), *gathered.defects, *judgement.defects),
                clients=tuple(sorted(clients)),
                calling=calling(program) if clients else (),
            )
            self._made_from[linted] = files
            yield linted

    def slow_rules(self, seconds: float) -> frozenset[str]:
        """The rules that took longer than that in the last lint."""
        return frozenset(name for name, took in self._working()[1].seconds.items() if took > seconds)

    def _gather(
        self, gatherer: Gatherer, files: Files, focus: frozenset[str] | None
    ) -> tuple[Gathered, dict[str, Defect]]:
        """The program; where it cannot be built because of a module, the program without it, and what went wrong."""
        left_out: dict[str, Defect] = {}
        while True:
            try:
                return gatherer.gather(files, focus, frozenset(left_out)), left_out
            except Exception as error:
                path = place_of(error)
                if path is None or path in left_out or len(left_out) >= MOST_LEFT_OUT:
                    raise
                left_out[path] = self.defect(error)

    def defect(self, error: Exception) -> Defect:
        """What to tell of an error that this project met."""
        stage = stage_of(error) or "project"
        return Defect(self.target.project.functions_dir, stage, None, place_of(error), words_of(error))

    def nothing(self, error: Exception) -> Linted:
        """What can be said of a project that could not be linted at all."""
        return Linted(
            Judgement((), ()), frozenset(), (), frozenset(), (), (), (), None, (self.defect(error),)
        )

    def recall(self, files: Files, focus: frozenset[str] | None) -> Linted | None:
        """What an earlier run made of the same project, when a lint would say the same again."""
        own = {file.path for file in self.target.project.files}
        if self._recall is None or any(p.endswith(CLIENTS) and p not in own for p in files.replaced):
            return None  # what a kept lint knows of clients is what lies on disk
        with self._clock.stage("recall"):
            disk = Disk(files, self._resolver.resolve, may_follow, self._guards.look, self._still_named)
            known = self._recall.load(disk, self.adopt, None)
            if known is None and focus is not None:
                known = self._recall.load(disk, self.adopt, focus)
        if known is None:
            self._files = {file.path: file for file in self.target.project.files}
        return known

    def barrier(self, path: str) -> str | None:
        """Why no fix and no comment may change the file, as words that follow "because"; None when they may."""
        return self._guards.barrier(path)

    def program(self, files: Files, focus: frozenset[str] | None = None) -> Program:
        """The project's program alone, with a focus where that is enough."""
        self._gathered = None
        self._gathered = self._working()[0].gather(files, focus)
        return self._gathered.program

    def save(self, linted: Linted, *, besides: str | None) -> None:
        """Keep on disk what was linted, and its facts; `besides`: a module that is not as it is on disk."""
        files = self._made_from.get(linted)
        if files is None or linted.defects:  # it comes from there, or is not whole
            return
        with self._clock.stage("cache"):
            gatherer, _ = self._working()
            modules = [(path, files.content(path)) for path in linted.modules if path != besides]
            gatherer.store.save([*modules, *gatherer.scripts], keep_others=besides is not None)
            self._clients.save()
            if self._recall is not None and besides is None:
                asked = Asked(
                    contents=tuple((path, content_print(files.read(path))) for path in sorted(files.asked)),
                    resolved=tuple((*key, target) for key, target in gatherer.resolved.items()),
                    followed=tuple(gatherer.followed.items()),
                    guards=tuple(self._guards.answers.items()),
                    named=tuple(self._clients.answers.items()),
                    clients=self._clients.stamp,
                )
                self._recall.store(linted, asked)

    def checked_files(self) -> tuple[SourceFile, ...]:
        """The project's own files in which findings may stand."""
        return tuple(
            file for file in self.target.project.files if file.role not in NOT_PROGRAM and not file.excluded
        )

    def repair(
        self,
        files: Files,
        start: Linted,
        *,
        unsafe: bool,
        only_file: str | None,
        locked: dict[str, str] | None,
        wanted: Callable[[Diagnostic, Files], bool] = lambda diagnostic, files: True,
    ) -> tuple[Repair, Linted]:
        """Fix in memory what is asked for. `wanted`: whether a diagnostic of these files is.

        `only_file`: no other file may change (stdin). `locked`: where given, files that fixes want to change
        and that cannot be written are noted there with the reason, and left alone.
        """
        from convexlint.fixes.engine import Checked, repair
        from convexlint.fixes.write import obstacle

        last = start

        def lint(changed: Mapping[str, bytes]) -> Checked:
            nonlocal last
            try:
                last = self.lint(files.with_replaced(changed))
            except Exception:  # a defect: what the fixes make of the files is not believed
                return Checked((), start.broken, len(start.defects) + 1)
            return Checked(last.judgement.diagnostics, last.broken, len(last.defects))

        free: set[str] = set()

        def may_edit(path: str) -> bool:
            if only_file is not None or locked is None:
                return only_file in (None, path)
            if path not in free and path not in locked:
                reason = obstacle(path)
                if reason is None:
                    free.add(path)
                else:
                    locked[path] = reason
            return path in free

        done = repair(
            files.content,
            Checked(start.judgement.diagnostics, start.broken, len(start.defects)),
            lint,
            unsafe=unsafe,
            wanted=lambda diagnostic, changed: (
                self.asked_for(diagnostic.finding.path) and wanted(diagnostic, files.with_replaced(changed))
            ),
            may_edit=may_edit,
            after_rules=frozenset(rule.name for rule in self.rules() if rule.stage == "after"),
        )
        if done.checked.diagnostics is not last.judgement.diagnostics:
            last = self.lint(files.with_replaced(done.changed)) if done.changed else start
        return done, last

    def reported(self, diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
        return tuple(d for d in diagnostics if self.asked_for(d.finding.path))

    def rules(self) -> tuple[Rule, ...]:
        """The rules that the project is judged by, the team's own among them, sorted by name."""
        return rules_of(self.settings, self._shared.rules())

    def _working(self) -> tuple[Gatherer, Judge]:
        """Those who make a lint. A run that only recalls one never imports them: that is most of its time."""
        if self._workers is None:
            from convexlint.session.facts_store import FactsStore
            from convexlint.session.gather import Gatherer
            from convexlint.session.judge import Judge

            shared, project = self._shared, self.target.project
            with self._clock.stage("cache"):
                store = self._store or FactsStore(shared.cache_dir, shared.jobs, project.functions_dir)
            before = None
            if self._earlier is not None:
                with self._clock.stage("earlier revision"):
                    before = self._earlier.deployed(self.settings, store)
            gatherer = Gatherer(
                project, self.settings, store, self._clock, self._resolver, self._clients, before=before
            )
            judge = Judge(
                self.rules(),
                self.settings,
                self._guards.barrier,
                self._clock,
                shared.jobs or os.cpu_count() or 1,
                project.functions_dir,
            )
            self._workers = gatherer, judge
        return self._workers

    def adopt(self, linted: Linted) -> None:
        """Take the files of a lint, kept or made by another process, for those of the program."""
        outside = {path: SourceFile(path, outer_name(path), Role.HELPER) for path in linted.outside}
        own = {file.path: file for file in self.target.project.files if file.role not in NOT_PROGRAM}
        self._files = {**own, **outside}
        self._around = frozenset(linted.clients)

    def _still_named(self, stamp: str, answers: tuple[tuple[str, str], ...]) -> bool:
        own = frozenset(self._files)
        if not answers or (stamp and self._surroundings.stamp(own) == stamp):
            return True
        return all(self._clients.named(path, own) == answer for path, answer in answers)
