"""`why`: all that is known of one place, and why rules that matched something there are silent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from convexlint.collector import collector_at_rest
from convexlint.config.globs import setting_for
from convexlint.discovery.listing import absolute
from convexlint.findings import Diagnostic, Span
from convexlint.session.clock import Progress, Stopwatch
from convexlint.session.contract import Outcome, PathError, Request
from convexlint.session.files import Files
from convexlint.session.run import check, open_projects
from convexlint.suppressions import Lines

if TYPE_CHECKING:
    from convexlint.program.model import QueryStep, RegisteredFunction
    from convexlint.program.program import Program
    from convexlint.session.workspace import Workspace


class Silence(Struct, frozen=True):
    """A rule that matched something at the place and says nothing of it. `rule` None: something could not be followed,
    so rules that ask for it do not know. `reason`: "off", "suppressed", "exception" or "unknown"; `evidence`: in
    words."""

    rule: str | None
    reason: str
    evidence: str


class Why(Struct, frozen=True, eq=False):
    """`place`: the bytes of the line, or of the column in it. `outcome`: the run on the file, with only the findings of
    the place. `function`: the registered function around the place. `steps`: the query steps there."""

    path: str
    line: int
    column: int | None
    place: Span
    outcome: Outcome
    program: Program
    function: RegisteredFunction | None
    steps: tuple[QueryStep, ...]
    silent: tuple[Silence, ...]


def why(request: Request, line: int, column: int | None = None, progress: Progress | None = None) -> Why:
    """What is known of a line (and column, in code points, both from 1) of the one file that `request` names.

    Raises PathError where there is no such place or the file belongs to no project, and what `check` raises.
    """
    (given,) = request.paths
    path = absolute(given)
    if not Path(path).is_file():
        raise PathError(f"{given}: no such file")
    outcome = check(request, progress)
    with collector_at_rest():
        spaces = open_projects(request, Stopwatch(progress))
        if not spaces:
            reason = next(
                (why for one, why in outcome.skipped if one == path), "belongs to no Convex project"
            )
            raise PathError(f"{given}: {reason}")
        files = Files({})
        place = _place(files.content(path), given, line, column)
        program = spaces[0].program(files, frozenset({path}))
        everything = open_projects(
            replace(request, overrides=replace(request.overrides, select=("all",), extend_select=())),
            Stopwatch(progress),
        )
        whole = everything[0].lint(files, everything[0].focus(files))
        of_all = [
            *whole.judgement.diagnostics,
            *whole.judgement.suppressed,
            *whole.judgement.waiting,
        ]
        return Why(
            path,
            line,
            column,
            place,
            _narrowed(outcome, path, place),
            program,
            _function(program, path, place),
            tuple(_steps(program, path, place)),
            (
                *_silent(outcome, [d for d in of_all if _touches(d, path, place)], spaces[0], files),
                *_open_access(program, path, place),
                *_unknown(program, path, place),
            ),
        )


def _place(source: bytes, given: str, line: int, column: int | None) -> Span:
    lines = source.replace(b"\r\n", b"\n ").replace(b"\r", b"\n").split(b"\n")
    if not 1 <= line <= len(lines):
        raise PathError(f"{given}:{line}: the file has {len(lines)} lines")
    start = sum(len(one) + 1 for one in lines[: line - 1])
    text = lines[line - 1]
    if column is None:
        return Span(start, start + len(text))
    decoded = text.decode("utf-8", "replace")
    if not 1 <= column <= len(decoded) + 1:
        raise PathError(f"{given}:{line}:{column}: the line has {len(decoded)} characters")
    at = start + len(decoded[: column - 1].encode())
    return Span(at, at)


def _touches(one: Diagnostic, path: str, place: Span) -> bool:
    span = one.finding.span
    return one.finding.path == path and span.start <= place.end and place.start <= max(span.end, span.start)


def _narrowed(outcome: Outcome, path: str, place: Span) -> Outcome:
    prints = outcome.fingerprints()
    kept = [
        (one, mark)
        for one, mark in zip(outcome.diagnostics, prints, strict=True)
        if _touches(one, path, place)
        or any(also.path == path and _on(also.span, place) for also in one.finding.also)
    ]
    return replace(
        outcome, diagnostics=tuple(one for one, _ in kept), fingerprints=lambda: [mark for _, mark in kept]
    )


def _on(span: Span, place: Span) -> bool:
    return span.start <= place.end and place.start <= span.end


def _function(program: Program, path: str, place: Span) -> RegisteredFunction | None:
    """The innermost registered function whose registration or handler holds the place."""
    best: tuple[int, RegisteredFunction] | None = None
    for function in program.functions:
        spans = [(function.module.path, function.call_span)]
        if function.handler is not None:
            body = function.handler.module.facts.functions[function.handler.index]
            spans.append((function.handler.module.path, Span(body.start, body.end)))
        for where, span in spans:
            begins_there = place.start <= span.start <= place.end
            if where == path and (span.start <= place.start < span.end or begins_there):
                size = span.end - span.start
                if best is None or size < best[0]:
                    best = (size, function)
    return None if best is None else best[1]


def _steps(program: Program, path: str, place: Span) -> Iterator[QueryStep]:
    from convexlint.program.places.sites import query_steps

    for step in query_steps(program):
        if step.place.module.path == path and _on(step.call_span, place):
            yield step


def _silent(outcome: Outcome, matched: list[Diagnostic], space: Workspace, files: Files) -> Iterator[Silence]:
    told = {(one.rule, one.finding.path, one.finding.span) for one in outcome.diagnostics}
    suppressed = {(one.rule, one.finding.path, one.finding.span) for one in outcome.silenced}
    waiting = {(one.rule, one.finding.path, one.finding.span) for one in outcome.waiting}
    seen: set[tuple[str, str]] = set()
    for one in sorted(matched, key=lambda d: (d.rule, d.finding.span)):
        key = (one.rule, one.finding.path, one.finding.span)
        setting = setting_for(space.settings, one.rule, one.finding.path)
        if key in told:
            continue
        if key in suppressed:
            silence = Silence(one.rule, "suppressed", _comment(one, files))
        elif key in waiting:
            silence = Silence(one.rule, "exception", "it asks for more than this project's convex can do")
        elif setting.level is None:
            silence = Silence(one.rule, "off", f"off by {setting.origin}")
        else:
            continue
        if (one.rule, silence.reason) not in seen:
            seen.add((one.rule, silence.reason))
            yield silence


def _comment(one: Diagnostic, files: Files) -> str:
    """Which comment silences a finding, as far as its text tells: the nearest one above or on its line that names the
    rule, there or at the end of its chain."""
    finding = one.finding
    places = [(finding.path, finding.span.start)]
    if finding.related:
        places.append((finding.related[-1].path, finding.related[-1].span.start))
    for path, start in places:
        source = files.content(path)
        last = Lines(source).line(start)
        for number, text in reversed(list(enumerate(source.splitlines()[: last + 1]))):
            if b"lint-disable" in text and one.rule.encode() in text:
                return f"{Path(path).name}:{number + 1}: {text.strip().decode('utf-8', 'replace')}"
    return "a comment"


def _open_access(program: Program, path: str, place: Span) -> Iterator[Silence]:
    """A function that the settings call open."""
    from fnmatch import fnmatchcase

    for function in program.functions:
        if function.module.path == path and _on(function.builder_span, place) and function.path is not None:
            for pattern in program.settings.auth_public:
                if fnmatchcase(function.path, pattern):
                    yield Silence("require-access-control", "exception", f"[auth] public has {pattern!r}")


def _unknown(program: Program, path: str, place: Span) -> Iterator[Silence]:
    from convexlint.program.places.notes import notes

    for note in notes(program):
        if note.path == path and place.start <= note.start <= place.end:
            yield Silence(None, "unknown", f"{note.kind}: what cannot be told from the source is not guessed")
