"""Runs the rules over a program and stamps what they find: level, category, suppression."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from convexlint.config.globs import setting_for
from convexlint.config.settings import Option, RuleSetting, Settings
from convexlint.findings import Diagnostic, Edit, Finding, Fix, Level, Span, Suggestion
from convexlint.fixes.edits import FixSet, in_manner_of
from convexlint.program.model import Program
from convexlint.rules.rule import Rule
from convexlint.session.clock import Stopwatch
from convexlint.session.contract import InternalError
from convexlint.session.files import Files
from convexlint.session.linted import Judgement, order
from convexlint.suppressions import Suppressions


class Judge:
    """The rules of one project under its settings."""

    def __init__(
        self,
        rules: Sequence[Rule],
        settings: Settings,
        may_edit: Callable[[str], bool],
        clock: Stopwatch,
    ) -> None:
        """`may_edit`: the files that a fix may change; one that would change others becomes a suggestion."""
        self._rules = rules
        self._settings = settings
        self._may_edit = may_edit
        self._clock = clock
        self._by_path: dict[tuple[str, str], RuleSetting] = {}

    def judge(self, program: Program, paths: Sequence[str], files: Files) -> Judgement:
        """All findings that stand in `paths`. Raises InternalError naming the rule that failed."""
        suppressions = Suppressions(
            (
                *((m.path, m.source, m.facts.comments) for m in program.modules if m.facts.comments),
                *(
                    (f.path, f.source.content, f.source.comments)
                    for f in program.generated
                    if f.source.comments
                ),
            ),
            [rule.name for rule in self._rules],
            frozenset(rule.name for rule in self._rules if rule.official),
        )
        kept: list[Diagnostic] = []
        silenced: list[Diagnostic] = []

        def run(rule: Rule, subject: object) -> None:
            with self._clock.stage("rules"), self._clock.stage(f"rule {rule.name}"):
                for finding in self._findings(rule, subject, paths):
                    diagnostic = self._stamp(rule, finding, files)
                    (silenced if suppressions.silences(rule.name, finding) else kept).append(diagnostic)

        first = [rule for rule in self._rules if rule.stage == "program"]
        for rule in first:
            run(rule, program)
        # In a file that was not read whole a comment may well silence what could not be seen.
        partial = {m.path for m in program.modules if m.facts.problem is not None or m.facts.truncated}
        ran = {
            path: frozenset(
                rule.name
                for rule in first
                if path not in partial and self._setting(rule, path).level is not None
            )
            for path in paths
        }
        ledger = suppressions.ledger(ran)
        for rule in self._rules:
            if rule.stage == "after":
                run(rule, ledger)
        return Judgement(tuple(sorted(kept, key=order)), tuple(sorted(silenced, key=order)))

    def _findings(self, rule: Rule, subject: object, paths: Sequence[str]) -> Iterator[Finding]:
        """The rule's findings where it is on: it runs once for each set of options that some file has."""
        variants: dict[tuple[tuple[str, Option], ...], set[str]] = {}
        for path in paths:
            setting = self._setting(rule, path)
            if setting.level is not None:
                variants.setdefault(tuple(sorted(setting.options.items())), set()).add(path)
        for options, here in variants.items():
            try:
                for finding in rule.check(subject, rule.options(**dict(options))):
                    if finding.path in here:
                        yield finding
            except Exception as error:
                raise InternalError(f"rule {rule.name}: {type(error).__name__}: {error}") from error

    def _stamp(self, rule: Rule, finding: Finding, files: Files) -> Diagnostic:
        setting = self._setting(rule, finding.path)
        level = setting.level or Level.WARNING
        if finding.level is not None and not setting.configured:
            level = finding.level
        _require_place(rule, finding.path, finding.span, files)
        for related in finding.related:
            _require_place(rule, related.path, related.span, files)
        if finding.fix is not None or finding.suggestions:
            finding = self._in_manner(rule, finding, files)
        return Diagnostic(rule.name, rule.category, level, finding)

    def _in_manner(self, rule: Rule, finding: Finding, files: Files) -> Finding:
        """The finding with edits as its files want them, and without a fix of files that are not ours to
        edit."""

        def edits(given: tuple[Edit, ...]) -> tuple[Edit, ...]:
            for edit in given:
                _require_place(rule, edit.path, edit.span, files)
            if not FixSet().add(Fix("", given)):
                raise InternalError(f"rule {rule.name}: the edits of one fix overlap in {given[0].path}")
            return tuple(in_manner_of(files.content(edit.path), edit) for edit in given)

        fix = finding.fix
        suggestions = tuple(replace(s, edits=edits(s.edits)) for s in finding.suggestions)
        if fix is not None:
            fix = replace(fix, edits=edits(fix.edits))
            if not all(self._may_edit(edit.path) for edit in fix.edits):
                suggestions = (Suggestion(fix.title, fix.edits, fix.because), *suggestions)
                fix = None
        return replace(finding, fix=fix, suggestions=suggestions)

    def _setting(self, rule: Rule, path: str) -> RuleSetting:
        if not self._settings.per_file:
            return self._settings.rules[rule.name]
        key = (rule.name, path)
        if key not in self._by_path:
            self._by_path[key] = setting_for(self._settings, rule.name, path)
        return self._by_path[key]


def _require_place(rule: Rule, path: str, span: Span, files: Files) -> None:
    if not 0 <= span.start <= span.end <= len(files.content(path)):
        raise InternalError(f"rule {rule.name}: bytes {span.start}..{span.end} are not a place in {path}")
