"""--add-suppressions: a comment at each finding that remains, so that the next run is quiet and each has its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from convexlint.discovery.listing import base
from convexlint.discovery.roles import is_source
from convexlint.findings import Diagnostic, Span
from convexlint.fixes.comments import Commented, with_comments
from convexlint.fixes.write import obstacle
from convexlint.rules.rule import Rule
from convexlint.session.contract import Suppressing, Unsuppressed
from convexlint.session.files import Files
from convexlint.session.linted import Linted
from convexlint.session.reporting import Reporter
from convexlint.session.workspace import Workspace
from convexlint.suppressions import Lines


class Plan(Struct, frozen=True):
    """`wanted`: for each file the rules to silence on each line, counted from 0; `left`: what no comment can
    silence."""

    wanted: Mapping[str, Mapping[int, frozenset[str]]]
    left: tuple[Unsuppressed, ...]


def plan(
    diagnostics: Sequence[Diagnostic],
    content: Callable[[str], bytes],
    rules: Sequence[Rule],
    barrier: Callable[[str], str | None],
) -> Plan:
    """Where comments are to go. `barrier`: why a file may not be changed."""
    named = {rule.name: rule for rule in rules}
    wanted: dict[str, dict[int, set[str]]] = {}
    left: list[Unsuppressed] = []
    lines: dict[str, Lines] = {}
    for one in diagnostics:
        places = [
            (one.finding.path, one.finding.span),
            *((also.path, also.span) for also in one.finding.also),
        ]
        for path, span in places:
            why = _why_not(named[one.rule], path, span) or barrier(path)
            if why is not None:
                left.append(Unsuppressed(one.rule, path, span.start, why))
                continue
            if path not in lines:
                lines[path] = Lines(content(path))
            line = lines[path].line(span.start)
            wanted.setdefault(path, {}).setdefault(line, set()).add(one.rule)
    return Plan(
        {
            path: {line: frozenset(names) for line, names in found.items()}
            for path, found in sorted(wanted.items())
        },
        tuple(left),
    )


def carried_out(
    planned: Plan, content: Callable[[str], bytes], rule_names: Sequence[str]
) -> tuple[dict[str, Commented], list[Unsuppressed]]:
    """The files with their comments, and what the language leaves no place for."""
    made: dict[str, Commented] = {}
    left: list[Unsuppressed] = []
    for path, wanted in planned.wanted.items():
        source = content(path)
        done = with_comments(source, path, wanted, rule_names)
        for line, why in sorted(done.refused.items()):
            start = Lines(source).start(line)
            left += (Unsuppressed(rule, path, start, why) for rule in sorted(wanted[line]))
        if done.written:
            made[path] = done
    return made, left


def without_idle(
    planned: Plan, made: Mapping[str, Commented], after: Sequence[Diagnostic], content: Callable[[str], bytes]
) -> Plan:
    """The plan without what a comment was written for and is told all the same."""
    remaining: dict[str, set[tuple[int, str]]] = {}
    for one in after:
        for path, span in [
            (one.finding.path, one.finding.span),
            *((also.path, also.span) for also in one.finding.also),
        ]:
            if path in made:
                remaining.setdefault(path, set()).add((Lines(content(path)).line(span.start), one.rule))
    wanted: dict[str, dict[int, frozenset[str]]] = {}
    left = list(planned.left)
    for path, by_line in planned.wanted.items():
        for line, names in by_line.items():
            there = made[path].lines.get(line) if path in made else None
            idle = {rule for rule in names if (there, rule) in remaining.get(path, ())}
            if names - idle:
                wanted.setdefault(path, {})[line] = names - idle
            left += (
                Unsuppressed(
                    rule, path, Lines(content(path)).start(there or 0), "a comment does not silence it"
                )
                for rule in sorted(idle)
            )
    return Plan(wanted, tuple(left))


class Suppressed(Struct, frozen=True):
    """`after`: the lints with `changed` files. `failed`: files that could not be written, with the reasons."""

    after: list[Linted]
    changed: dict[str, bytes]
    failed: dict[str, str]
    counts: Suppressing


def suppressed(
    workspaces: Sequence[Workspace],
    linted: Sequence[Linted],
    reporter: Reporter,
    files: Files,
    rules: Sequence[Rule],
    write: Callable[[Mapping[str, bytes]], dict[str, str]],
) -> Suppressed:
    """Comments at all findings that are to be told. `write` writes files; returns why some could not be."""

    def barrier(path: str) -> str | None:
        return next(
            (workspace.barrier(path) for workspace in workspaces if workspace.knows(path)), "no module has it"
        )

    def again(changed: Mapping[str, bytes]) -> list[Linted]:
        now = files.with_replaced(changed)
        return [
            workspace.lint(now) if any(workspace.knows(path) for path in changed) else one
            for workspace, one in zip(workspaces, linted, strict=True)
        ]

    names = [rule.name for rule in rules]
    planned = plan(reporter.report(linted, files).diagnostics, files.content, rules, barrier)
    failed = {path: why for path in planned.wanted if (why := obstacle(path)) is not None}
    planned = Plan(
        {path: wanted for path, wanted in planned.wanted.items() if path not in failed}, planned.left
    )
    made, no_place = carried_out(planned, files.content, names)
    changed = {path: one.source for path, one in made.items()}
    after = again(changed)
    now = files.with_replaced(changed)
    working = without_idle(planned, made, reporter.report(after, now).diagnostics, now.content)
    if working.wanted != planned.wanted:
        planned = working
        made, no_place = carried_out(planned, files.content, names)
        changed = {path: one.source for path, one in made.items()}
        after = again(changed)
    failed.update(write(changed))
    if failed:
        changed = {path: new for path, new in changed.items() if path not in failed}
        after = again(changed)
    done = {path: one for path, one in made.items() if path in changed}
    counts = Suppressing(
        findings=sum(len(planned.wanted[path][line]) for path, one in done.items() for line in one.written),
        comments=sum(len(one.written) for one in done.values()),
        files=len(done),
        left=(*planned.left, *no_place),
    )
    return Suppressed(after, changed, failed, counts)


def _why_not(rule: Rule, path: str, span: Span) -> str | None:
    if rule.always:
        return "it is always reported"
    if rule.stage == "after":
        return "it is about such a comment itself"
    if span == Span(0, 0):
        return "it is about the whole file"
    if not is_source(base(path)):
        return "convexlint reads no comments there"
    return None
