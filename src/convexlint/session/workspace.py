"""One Convex project in a run: lint it, again with other bytes, and fix it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convexlint.config.settings import Settings
from convexlint.discovery.ignore import Ignored, repository_root
from convexlint.discovery.listing import Listing
from convexlint.discovery.project import Role, SourceFile, Target
from convexlint.findings import Diagnostic
from convexlint.fixes.engine import Checked, Repair, repair
from convexlint.fixes.write import obstacle
from convexlint.program.model import Program
from convexlint.rules.rule import Rule
from convexlint.session.clock import Stopwatch
from convexlint.session.gather import NOT_PROGRAM, FactsStore, Files, Gatherer
from convexlint.session.judge import Judge, Judgement


@dataclass(frozen=True, slots=True)
class Linted:
    """A lint of the whole project. `broken`: files with a syntax error."""

    program: Program
    judgement: Judgement
    broken: frozenset[str]


class Workspace:
    """A project, its settings, and everything about it that lasts for the run."""

    def __init__(
        self,
        target: Target,
        settings: Settings,
        rules: Sequence[Rule],
        store: FactsStore,
        clock: Stopwatch,
    ) -> None:
        self.target = target
        self.settings = settings
        self._rules = rules
        self._clock = clock
        self._store = store
        self._gatherer = Gatherer(target.project, settings, store, clock)
        self._judge = Judge(rules, settings, self._is_ours, clock)
        self._files: Mapping[str, SourceFile] = {file.path: file for file in target.project.files}
        self._ours: dict[str, bool] = {}
        listing = Listing()
        root = target.project.root
        self._ignored = Ignored(root, repository_root(root, listing), listing)

    def asked_for(self, path: str) -> bool:
        """Whether findings in this file are to be reported."""
        return self.target.only is None or path in self.target.only

    def knows(self, path: str) -> bool:
        """Whether the file is part of the project's program."""
        return path in self._files

    def lint(self, files: Files) -> Linted:
        """The whole project, with the bytes that `files` gives."""
        gathered = self._gatherer.gather(files)
        self._files = gathered.files
        program = gathered.program
        places = {file.path for file in self.checked_files()}
        places.update(problem.path for problem in self.target.project.problems)
        # Generated files are not linted; that they are generated is what one rule looks at.
        places.update(
            f.path for f in self.target.project.files if f.role is Role.GENERATED and not f.excluded
        )
        judgement = self._judge.judge(program, sorted(places), files)
        broken = frozenset(m.path for m in program.modules if m.facts.problem is not None)
        return Linted(program, judgement, broken)

    def program(self, files: Files) -> Program:
        """The project's program alone."""
        return self._gatherer.gather(files).program

    def save(self, linted: Linted, *, besides: str | None) -> None:
        """Keep on disk the facts of what was linted; `besides`: a module that is not as it is on disk."""
        with self._clock.stage("cache"):
            modules = [(m.path, m.source) for m in linted.program.modules if m.path != besides]
            self._store.save(modules, keep_others=besides is not None)

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
    ) -> tuple[Repair, Linted]:
        """Fix in memory what is asked for.

        `only_file`: no other file may change (stdin). `locked`: where given, files that fixes want to change
        and that cannot be written are noted there with the reason, and left alone.
        """
        last = start

        def lint(changed: Mapping[str, bytes]) -> Checked:
            nonlocal last
            last = self.lint(files.with_replaced(changed))
            return Checked(last.judgement.diagnostics, last.broken)

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
            Checked(start.judgement.diagnostics, start.broken),
            lint,
            unsafe=unsafe,
            wanted=lambda diagnostic: self.asked_for(diagnostic.finding.path),
            may_edit=may_edit,
            after_rules=frozenset(rule.name for rule in self._rules if rule.stage == "after"),
        )
        if done.checked.diagnostics is not last.judgement.diagnostics:
            last = self.lint(files.with_replaced(done.changed)) if done.changed else start
        return done, last

    def reported(self, diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
        return tuple(d for d in diagnostics if self.asked_for(d.finding.path))

    def _is_ours(self, path: str) -> bool:
        """Whether a fix may change this file: source of the program inside the project's root, where it
        really lies, and neither generated, excluded, ignored by git nor a test."""
        if path not in self._ours:
            file = self._files.get(path)
            root = os.path.realpath(self.target.project.root)
            real = os.path.realpath(path)
            self._ours[path] = (
                file is not None
                and file.role not in NOT_PROGRAM
                and not file.excluded
                and not self._ignored.file(path)
                and os.path.commonpath([root, real]) == root
                and "/node_modules/" not in real
            )
        return self._ours[path]
