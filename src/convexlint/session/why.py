"""What a place looks like to convexlint: the findings there, what is known, and why rules say nothing.

A rule is silent for a reason only where it would otherwise speak: rules that are off are run all the same, options that
accept something are turned the other way, and what comes then at the place is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from convexlint.collector import collector_at_rest
from convexlint.config.catalogue import option_specs
from convexlint.config.globs import setting_for
from convexlint.config.settings import Option, RuleSetting, Settings
from convexlint.discovery.discover import NO_PROJECT, discover
from convexlint.discovery.listing import absolute, parent
from convexlint.discovery.project import Target
from convexlint.discovery.upward import discover_above
from convexlint.findings import Diagnostic, Level, Span
from convexlint.program.model import QueryStep, RegisteredFunction
from convexlint.program.places.notes import notes
from convexlint.program.places.references import references
from convexlint.program.places.sites import query_steps
from convexlint.program.program import Program
from convexlint.rules.rule import Rule
from convexlint.session.clock import Progress, Stopwatch
from convexlint.session.contract import PathError, Request
from convexlint.session.files import Files
from convexlint.session.judge import Judge
from convexlint.session.linted import Linted
from convexlint.session.reporting import Reporter
from convexlint.session.run import open_projects
from convexlint.session.workspace import Workspace
from convexlint.suppressions import Suppressions

_OF_NOTES = {
    "dynamic table name": ("unknown-table", "dynamic table name: which table it is cannot be told"),
    "dynamic index name": ("unknown-index", "dynamic index name: which index it is cannot be told"),
}
# Which rule speaks where another one would (rules' cards, Overlaps).
_OVERLAPS = {
    "no-old-registered-function-syntax": ("require-returns-validator",),
    "wrong-function-reference": ("use-internal-references",),
    "unknown-function-reference": ("use-internal-references", "wrong-function-reference"),
    "no-duplicate-indexes": ("invalid-index",),
}


class Silence(Struct, frozen=True, order=True):
    """Why a rule says nothing: `reason` is off, suppressed, baseline, exception, unknown or overlap."""

    rule: str
    reason: Literal["off", "suppressed", "baseline", "exception", "unknown", "overlap"]
    evidence: str


class Why(Struct, frozen=True):
    """What is known of a place. `findings`: those that stand there or lead there, with their fingerprints. `function`:
    the registered function around it. `steps`: of the queries on it. `contents`: of files that the findings name."""

    path: str
    line: int
    program: Program
    findings: tuple[tuple[Diagnostic, str], ...]
    function: RegisteredFunction | None
    steps: tuple[QueryStep, ...]
    silent: tuple[Silence, ...]
    contents: dict[str, bytes]


def why(request: Request, line: int, column: int | None = None, progress: Progress | None = None) -> Why:
    """What is known of a place in the one file that `request` names: `line` and `column` count from 1, columns in code
    points. Raises ConfigError, PathError: no such place, or no project has it."""
    (path,) = request.paths
    with collector_at_rest():
        return _Asked(request, path, line, column, Stopwatch(progress)).answer()


class _Asked:
    def __init__(self, request: Request, given: str, line: int, column: int | None, clock: Stopwatch) -> None:
        path = self._path = absolute(given)
        self._line = line
        self._files = Files({})
        content = self._files.read(path)
        if isinstance(content, str):
            raise PathError(f"{given}: {'no such file' if content.startswith('no such file') else content}")
        self._region = _region(content, given, line, column)
        self._source = content
        self._exact = column is not None
        self._clock = clock
        self._request, self._workspace, self._linted = self._project(request)
        self._rules = self._workspace.rules()
        self._program = self._workspace.last_program or self._workspace.program(
            self._files, frozenset([path])
        )

    def _project(self, request: Request) -> tuple[Request, Workspace, Linted]:
        """The project whose program has the file, linted as a whole."""
        found = discover((self._path,))
        folders = [target.project.functions_dir for target in found.targets]
        if not folders and dict(found.skipped).get(self._path) == NO_PROJECT:
            above = discover_above(parent(self._path))
            folders = [target.project.functions_dir for target in above.targets] if above is not None else []
        elif not folders:
            around = discover_above(self._path)
            folders = [t.project.functions_dir for t in around.targets] if around is not None else []
        for folder in folders:
            asked = replace(request, paths=(folder,), fix="none", stdin=None)
            for workspace in open_projects(asked, self._clock):
                workspace.target = Target(workspace.target.project, None)
                linted = workspace.recall(self._files, None) or workspace.lint(self._files)
                if self._path in linted.modules or any(
                    p.path == self._path for p in workspace.target.project.problems
                ):
                    return asked, workspace, linted
        reason = dict(found.skipped).get(self._path, NO_PROJECT)
        raise PathError(f"{request.paths[0]}: convexlint knows nothing of this file: {reason}")

    def answer(self) -> Why:
        reporter = Reporter(self._request, [self._workspace], self._files, None)
        reported = reporter.report([self._linted], self._files)
        prints = reported.fingerprints()
        here = [
            (one, fingerprint)
            for one, fingerprint in zip(reported.diagnostics, prints, strict=True)
            if self._is_here(one)
        ]
        spoken = {one.rule for one, _ in here}
        silent = [
            *self._suppressed(reported.suppressed),
            *self._baselined(reporter, reported.diagnostics),
            *self._waiting(),
            *self._off(spoken),
        ]
        silent += self._excepted(spoken | {one.rule for one in silent})
        silent += [
            *self._unknown(spoken),
            *self._overlapped(spoken),
        ]
        return Why(
            self._path,
            self._line,
            self._program,
            tuple(here),
            self._function(),
            tuple(self._steps()),
            tuple(sorted(dict.fromkeys(silent))),
            self._contents(here),
        )

    def _contents(self, found: Sequence[tuple[Diagnostic, str]]) -> dict[str, bytes]:
        paths = {self._path}
        for finding in (one.finding for one, _ in found):
            paths |= {finding.path, *(also.path for also in finding.also)}
            paths |= {related.path for related in finding.related}
            paths |= {edit.path for edit in finding.fix.edits} if finding.fix is not None else set()
            paths |= {edit.path for suggestion in finding.suggestions for edit in suggestion.edits}
        return {path: self._files.content(path) for path in sorted(paths)}

    # ------------------------------------------------------------------------------------- the place

    def _meets(self, path: str, span: Span) -> bool:
        if path != self._path:
            return False
        if self._exact:
            return span.start <= self._region.start <= max(span.start, span.end - 1)
        last = max(span.start, span.end - 1)
        return span.start <= self._region.end and last >= self._region.start

    def _is_here(self, one: Diagnostic) -> bool:
        finding = one.finding
        places = [(finding.path, finding.span)]
        places += [(also.path, also.span) for also in finding.also]
        places += [(related.path, related.span) for related in finding.related]
        if finding.deed is not None:
            places.append((finding.deed.path, finding.deed.span))
        return any(self._meets(path, span) for path, span in places)

    def _function(self) -> RegisteredFunction | None:
        around = [
            function
            for function in self._program.functions
            if self._meets(function.module.path, function.call_span)
        ]
        return min(around, key=lambda one: one.call_span.end - one.call_span.start, default=None)

    def _steps(self) -> Iterator[QueryStep]:
        for step in query_steps(self._program):
            if step.place.module.path == self._path and self._meets(self._path, step.place.span):
                yield step

    # ----------------------------------------------------------------------------------- the reasons

    def _suppressed(self, diagnostics: Sequence[Diagnostic]) -> Iterator[Silence]:
        modules = [(m.path, m.source, m.head.comments) for m in self._program.modules if m.head.comments]
        official = frozenset(rule.name for rule in self._rules if rule.official)
        comments = Suppressions(modules, [rule.name for rule in self._rules], official)
        for one in diagnostics:
            if not self._is_here(one):
                continue
            for directive in comments.silencing(one.rule, one.finding):
                source = self._files.content(directive.path)
                line = source.count(b"\n", 0, directive.span.start) + 1
                words = source[directive.span.start : directive.span.end].decode("utf-8", "replace")
                where = f"{Path(directive.path).name}:{line}"
                yield Silence(one.rule, "suppressed", f"{where}: {' '.join(words.split())}")

    def _baselined(self, reporter: Reporter, reported: Sequence[Diagnostic]) -> Iterator[Silence]:
        kept = set(reported)
        for place, one in reporter.known_of(self._linted, self._files):
            if one not in kept and self._is_here(one):
                yield Silence(one.rule, "baseline", f"{Path(place).name} has it as known")

    def _waiting(self) -> Iterator[Silence]:
        version = self._program.project.convex_version
        shown = ".".join(map(str, version)) if version is not None else "installed"
        for one in self._linted.judgement.waiting:
            if self._is_here(one):
                yield Silence(one.rule, "exception", f"convex {shown} cannot do what it asks for")

    def _off(self, spoken: set[str]) -> Iterator[Silence]:
        settings = self._workspace.settings
        off = {
            rule.name: setting
            for rule in self._rules
            if rule.stage == "program"
            and (setting := setting_for(settings, rule.name, self._path)).level is None
        }
        on = replace(
            settings,
            rules={
                name: replace(setting, level=Level.WARNING) if name in off else setting
                for name, setting in settings.rules.items()
            },
            per_file=(),
        )
        for name in sorted({one.rule for one in self._judged(off, on)} - spoken):
            origin = off[name].origin
            default = f"off in {origin}" if origin.startswith("preset") else f"off by {origin}"
            yield Silence(name, "off", default)

    def _excepted(self, spoken: set[str]) -> Iterator[Silence]:
        """What an option accepts, or the settings name as open."""
        for rule in self._rules:
            setting = setting_for(self._workspace.settings, rule.name, self._path)
            if setting.level is None or rule.name in spoken or rule.stage != "program":
                continue
            for name, value, shown in _other_options(rule, setting):
                changed = replace(setting, options={**setting.options, name: value})
                settings = replace(
                    self._workspace.settings,
                    rules={**self._workspace.settings.rules, rule.name: changed},
                    per_file=(),
                )
                if any(self._judged([rule.name], settings)):
                    origin = setting.option_origins.get(name, "the default")
                    yield Silence(rule.name, "exception", f"{shown} ({origin}) accepts it")
        function = self._function()
        if function is not None and function.path is not None and function.is_public:
            for pattern in self._program.settings.auth_public:
                if fnmatchcase(function.path, pattern):
                    yield Silence(
                        "require-access-control",
                        "exception",
                        f"[auth] public has {pattern!r}",
                    )

    def _unknown(self, spoken: set[str]) -> Iterator[Silence]:
        for note in notes(self._program):
            if note.kind in _OF_NOTES and self._meets(note.path, Span(note.start, note.start + 1)):
                yield Silence(_OF_NOTES[note.kind][0], "unknown", _OF_NOTES[note.kind][1])
        for reference in references(self._program):
            place = reference.place
            if reference.status == "unknown" and self._meets(place.module.path, place.span):
                yield Silence(
                    "unknown-function-reference", "unknown", "what the reference names cannot be told"
                )
        function = self._function()
        if function is not None and self._meets(self._path, function.builder_span):
            for word, declared in (("args", function.args), ("returns", function.returns)):
                rule = f"require-{word}-validator"
                if declared.state == "unknown" and rule not in spoken:
                    yield Silence(rule, "unknown", f"`{word}` comes from a value that cannot be followed")

    def _overlapped(self, spoken: set[str]) -> Iterator[Silence]:
        for speaking in sorted(spoken):
            for silent in _OVERLAPS.get(speaking, ()):
                setting = setting_for(self._workspace.settings, silent, self._path)
                if silent not in spoken and setting.level is not None:
                    yield Silence(silent, "overlap", f"{speaking} says it")

    def _judged(self, names: Sequence[str] | dict[str, RuleSetting], settings: Settings) -> list[Diagnostic]:
        """What these rules find at the place under other settings."""
        rules = [rule for rule in self._rules if rule.name in names]
        judge = Judge(rules, settings, self._workspace.barrier, self._clock)
        found = judge.judge(self._program, [self._path], self._files)
        return [one for one in (*found.diagnostics, *found.suppressed) if self._is_here(one)]


def _other_options(rule: Rule, setting: RuleSetting) -> Iterator[tuple[str, Option, str]]:
    """(option, another value, how it is written now) for each option that may be an exception."""
    for spec in option_specs(rule.options):
        name = spec.name.replace("-", "_")
        now = setting.options.get(name, spec.default)
        if spec.kind == "choice":
            for choice in spec.choices:
                if choice != now:
                    yield name, choice, f'{spec.name} = "{now}"'
        elif spec.kind == "bool":
            yield name, not now, f"{spec.name} = {str(now).lower()}"


def _region(source: bytes, path: str, line: int, column: int | None) -> Span:
    """The bytes of a line, without its end; or the one character at a column."""
    lines = source.split(b"\n")
    if not 1 <= line <= len(lines):
        raise PathError(f"{path}:{line}: the file has {len(lines)} lines")
    start = sum(len(one) + 1 for one in lines[: line - 1])
    words = lines[line - 1].rstrip(b"\r")
    if column is None:
        return Span(start, start + len(words))
    text = words.decode("utf-8", "replace").removeprefix("\ufeff")
    if not 1 <= column <= len(text) + 1:
        raise PathError(f"{path}:{line}:{column}: the line has {len(text)} characters")
    at = start + len(words) - len(text.encode("utf-8")) + len(text[: column - 1].encode("utf-8"))
    return Span(at, at + 1)
