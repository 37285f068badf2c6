"""Runs the rules over a program and stamps what they find: level, category, suppression."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from convexlint.config.globs import setting_for
from convexlint.config.settings import Option, RuleSetting, Settings
from convexlint.defects import Defect, place_of, words_of
from convexlint.findings import Category, Diagnostic, Edit, Finding, Fix, Level, Span, Suggestion
from convexlint.fixes.edits import FixSet, in_manner_of
from convexlint.forks import Tell, Turns, fork
from convexlint.program.places.clients.calls import client_files, client_modules
from convexlint.program.places.generated_files import generated_files
from convexlint.program.program import Program
from convexlint.rules.rule import Rule
from convexlint.session.clock import Stopwatch
from convexlint.session.contract import InternalError
from convexlint.session.files import Files
from convexlint.session.linted import Judgement, order
from convexlint.suppressions import Suppressions

WORTH_A_PROCESS = 1_000_000
"""With less source than this, a second process for the rules would cost more than it saves."""

MOST_LEFT_OUT = 3
"""On how many modules a rule may fail before it is given up."""

_FROM_THE_END = {category: number for number, category in enumerate(reversed(Category))}

_Judged = tuple[str, float, list[Finding], list[tuple[str, str, int]]]
"""A rule's name, the seconds that it took and what it found: what another process tells of it."""

_decode = msgspec.msgpack.Decoder(_Judged).decode
_encode = msgspec.msgpack.Encoder().encode


class Judge:
    """The rules of one project under its settings."""

    def __init__(
        self,
        rules: Sequence[Rule],
        settings: Settings,
        barrier: Callable[[str], str | None],
        clock: Stopwatch,
        jobs: int = 1,
        project: str = "",
    ) -> None:
        """`barrier`: why no fix may change a file, None when it may; a fix that would becomes a suggestion.
        `jobs`: how many processes may work. `project`: as defects name it."""
        self._project = project
        self._jobs = jobs
        self._rules = rules
        self._settings = settings
        self._barrier = barrier
        self._clock = clock
        self._by_path: dict[tuple[str, str], RuleSetting] = {}
        self.seconds: dict[str, float] = {}
        """How long each rule of the last judgement took, in seconds."""

    def judge(
        self,
        program: Program,
        paths: Sequence[str],
        files: Files,
        without: Callable[[frozenset[str]], Program] | None = None,
    ) -> Judgement:
        """All findings that stand in `paths`. A rule that fails loses no other: it is told as a defect, and what it
        finds elsewhere comes from the program `without` the module that it failed on."""
        *_, last = self.steps(program, paths, files, without)
        return last

    def steps(
        self,
        program: Program,
        paths: Sequence[str],
        files: Files,
        without: Callable[[frozenset[str]], Program] | None = None,
        late: frozenset[str] = frozenset(),
    ) -> Iterator[Judgement]:
        """The same; where there are `late` rules, first what all others say."""
        suppressions = Suppressions(
            (
                *((m.path, m.content, m.head.comments) for m in program.modules if m.head.comments),
                *(
                    (f.path, f.source.content, f.source.comments)
                    for f in generated_files(program)
                    if f.source.comments
                ),
                *((f.path, f.source, f.comments) for f in client_files(program) if f.comments),
                *((m.path, m.source, m.head.comments) for m in client_modules(program) if m.head.comments),
            ),
            [rule.name for rule in self._rules],
            frozenset(rule.name for rule in self._rules if rule.official),
        )
        kept: list[Diagnostic] = []
        silenced: list[Diagnostic] = []
        waiting: list[Diagnostic] = []
        defects: list[Defect] = []

        def stamp(rule: Rule, findings: Iterable[Finding]) -> None:
            for finding in findings:
                try:
                    diagnostic = self._stamp(rule, finding, files)
                except InternalError as error:
                    defects.append(self._defect(rule, finding.path, str(error)))
                    continue
                if finding.waits_for is not None:
                    waiting.append(diagnostic)
                else:
                    (silenced if suppressions.silences(rule.name, finding) else kept).append(diagnostic)

        self.seconds = {}

        def run(rule: Rule, subject: object) -> None:
            began = time.perf_counter()
            with self._clock.stage(f"rule {rule.name}"):
                findings: list[Finding] = []
                try:
                    findings.extend(self._findings(rule, subject, paths))
                except Exception as error:
                    found = [self._defect(rule, place_of(error), words_of(error))]
                    if without is not None and rule.stage == "program":
                        findings = self._elsewhere(rule, paths, without, found) or findings
                    defects.extend(found)
                stamp(rule, findings)
            self.seconds[rule.name] = time.perf_counter() - began

        around = {f.path for f in client_files(program)} | {m.path for m in client_modules(program)}
        aside = bool(paths) and around.issuperset(paths)  # no other rule looks there
        first = [
            rule
            for rule in self._rules
            if rule.stage == "program" and (not aside or rule.category is Category.CLIENTS)
        ]
        ran: list[Rule] = [rule for rule in first if rule.name not in late]
        with self._clock.stage("rules"):
            if not late and self._pays(program):
                self._on_two_processes(first, program, paths, run, stamp)
            else:
                for rule in ran:
                    run(rule, program)

        def judgement() -> Judgement:
            before = len(kept), len(silenced), len(defects)
            ledger = suppressions.ledger(self._ran(program, ran, paths, defects))
            for rule in self._rules:
                if rule.stage == "after":
                    with self._clock.stage("rules"):
                        run(rule, ledger)
            found = Judgement(
                tuple(sorted(_settled(kept), key=order)),
                tuple(sorted(silenced, key=order)),
                tuple(sorted(defects, key=lambda one: (one.rule or "", one.path or "", one.message))),
                tuple(sorted(waiting, key=order)),
            )
            del kept[before[0] :], silenced[before[1] :], defects[before[2] :]
            return found

        if len(ran) < len(first):
            yield judgement()
            for rule in first:
                if rule.name in late:
                    with self._clock.stage("rules"):
                        run(rule, program)
            ran = first
        yield judgement()

    def _ran(
        self, program: Program, rules: Sequence[Rule], paths: Sequence[str], defects: Sequence[Defect]
    ) -> dict[str, frozenset[str]]:
        """By path, the rules that have said all that they say there."""
        # In a file that was not read whole a comment may well silence what could not be seen, and so may one that names
        # a rule that failed.
        partial = {m.path for m in program.modules if m.head.problem is not None or m.head.truncated}
        failed = {defect.rule for defect in defects}
        return {
            path: frozenset(
                rule.name
                for rule in rules
                if path not in partial
                and rule.name not in failed
                and self._setting(rule, path).level is not None
            )
            for path in paths
        }

    def _elsewhere(
        self,
        rule: Rule,
        paths: Sequence[str],
        without: Callable[[frozenset[str]], Program],
        defects: list[Defect],
    ) -> list[Finding]:
        """What a rule finds that failed on one module, in all others; what it fails on besides goes to `defects`."""
        left_out: set[str] = set()
        while len(left_out) < MOST_LEFT_OUT:
            last = defects[-1].path
            if last is None or last in left_out:
                break
            left_out.add(last)
            try:
                return list(self._findings(rule, without(frozenset(left_out)), paths))
            except Exception as error:
                defects.append(self._defect(rule, place_of(error), words_of(error)))
        return []

    def _defect(self, rule: Rule, path: str | None, message: str) -> Defect:
        return Defect(self._project, f"rule {rule.name}", rule.name, path, message)

    def _pays(self, program: Program) -> bool:
        return self._jobs > 1 and sum(len(m.content) for m in program.reported) >= WORTH_A_PROCESS

    def _on_two_processes(
        self,
        rules: Sequence[Rule],
        program: Program,
        paths: Sequence[str],
        run: Callable[[Rule, object], None],
        stamp: Callable[[Rule, Iterable[Finding]], None],
    ) -> None:
        rules = sorted(rules, key=_turn)
        turns = Turns(len(rules))
        other = fork(lambda tell: self._tell(tell, turns, rules[::-1], program, paths))
        named = {rule.name: rule for rule in rules}
        done = set()

        def take(messages: Iterable[bytes]) -> None:
            for name, seconds, findings, unfollowed in map(_decode, messages):
                program.ev.unfollowed.update(unfollowed)
                self._clock.add(f"rule {name}", seconds)
                stamp(named[name], findings)
                done.add(name)

        for rule in rules:
            if turns.take() is None:
                break
            run(rule, program)
            done.add(rule.name)
            take(other.arrived() if other is not None else ())
        turns.close()
        take(other.rest() if other is not None else ())
        for rule in rules:
            if rule.name not in done:  # it asks what only this process may answer, or it fails here, too
                run(rule, program)

    def _tell(
        self, tell: Tell, turns: Turns, rules: Sequence[Rule], program: Program, paths: Sequence[str]
    ) -> None:
        """Run each rule for which there is a turn, in another process. A rule that fails is left out."""
        for rule in rules:
            if turns.take() is None:
                break
            began = time.perf_counter()
            with contextlib.suppress(Exception):
                findings = list(self._findings(rule, program, paths))
                unfollowed = sorted(program.ev.unfollowed)
                judged: _Judged = (rule.name, time.perf_counter() - began, findings, unfollowed)
                tell(_encode(judged))

    def _findings(self, rule: Rule, subject: object, paths: Sequence[str]) -> Iterator[Finding]:
        """The rule's findings where it is on: it runs once for each set of options that some file has."""
        variants: dict[tuple[tuple[str, Option], ...], set[str]] = {}
        for path in paths:
            setting = self._setting(rule, path)
            if setting.level is not None:
                variants.setdefault(tuple(sorted(setting.options.items())), set()).add(path)
        for options, here in variants.items():
            for finding in rule.check(subject, rule.options(**dict(options))):
                if finding.path in here:
                    yield finding

    def _stamp(self, rule: Rule, finding: Finding, files: Files) -> Diagnostic:
        setting = self._setting(rule, finding.path)
        level = setting.level or Level.WARNING
        if finding.level is not None and not setting.configured:
            level = finding.level
        _require_place(finding.path, finding.span, files)
        for related in finding.related:
            _require_place(related.path, related.span, files)
        if finding.fix is not None or finding.suggestions:
            finding = self._in_manner(rule, finding, files)
        return Diagnostic(rule.name, rule.category, level, finding, rule.concern)

    def _in_manner(self, rule: Rule, finding: Finding, files: Files) -> Finding:
        """The finding with edits as its files want them, and without a fix of files that are not ours to
        edit."""

        def edits(given: tuple[Edit, ...]) -> tuple[Edit, ...]:
            for edit in given:
                _require_place(edit.path, edit.span, files)
            if not FixSet().add(Fix("", given)):
                raise InternalError(f"the edits of one fix overlap in {given[0].path}")
            return tuple(in_manner_of(files.content(edit.path), edit) for edit in given)

        fix = finding.fix
        suggestions = tuple(replace(s, edits=edits(s.edits)) for s in finding.suggestions)
        if fix is not None:
            fix = replace(fix, edits=edits(fix.edits))
            barriers = (self._barrier(path) for path in sorted({edit.path for edit in fix.edits}))
            barred = next((words for words in barriers if words is not None), None)
            if barred is not None:
                because = barred if fix.because is None else f"{fix.because}; {barred}"
                suggestions = (Suggestion(fix.title, fix.edits, because, withheld=barred), *suggestions)
                fix = None
        return replace(finding, fix=fix, suggestions=suggestions)

    def _setting(self, rule: Rule, path: str) -> RuleSetting:
        if not self._settings.per_file:
            return self._settings.rules[rule.name]
        key = (rule.name, path)
        if key not in self._by_path:
            self._by_path[key] = setting_for(self._settings, rule.name, path)
        return self._by_path[key]


def _settled(diagnostics: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """Those that no other says better: one mistake, one finding."""
    there = {(d.rule, d.finding.path, d.finding.span) for d in diagnostics}
    for one in diagnostics:
        finding = one.finding
        if not any((rule, finding.path, span) in there for rule, span in finding.unless):
            yield one


def _turn(rule: Rule) -> tuple[bool, int, str]:
    """Where the rule stands in the list that two processes take from, one from each end. Rules that ask the same part
    of the program, which is made at the first question, should fall to one process: those about what functions do, and
    those of one category. An order that does not serve costs time, no more."""
    return not rule.by_effect, _FROM_THE_END[rule.category], rule.name


def _require_place(path: str, span: Span, files: Files) -> None:
    if not 0 <= span.start <= span.end <= len(files.content(path)):
        raise InternalError(f"bytes {span.start}..{span.end} are not a place in {path}")
