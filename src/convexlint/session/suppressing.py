"""--add-suppressions: a comment at each finding that remains, so that the next run is quiet and each has its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from convexlint.discovery.listing import base
from convexlint.discovery.roles import is_source
from convexlint.findings import Diagnostic, Span
from convexlint.fixes.comments import Commented, with_comments
from convexlint.rules.rule import Rule
from convexlint.session.contract import Unsuppressed
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
