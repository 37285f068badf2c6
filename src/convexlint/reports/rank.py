"""What to look at first: by level, then by what findings are about, then by how many there are."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from convexlint.findings import Concern, Diagnostic, Level


class Tally(Struct, frozen=True):
    """The findings of one rule. `level`: the highest of them; `safe`, `unsafe`: how many have such a fix; `example`:
    the first of the highest level and weight."""

    rule: str
    level: Level
    concern: Concern
    count: int
    safe: int
    unsafe: int
    example: Diagnostic


def tallies(diagnostics: Iterable[Diagnostic]) -> list[Tally]:
    """The rules that found something, in the order in which to look at them: errors, then security, what fails, what
    costs, style; in each the graver level, then the more findings. `diagnostics` in the order of the report."""
    by_rule: dict[str, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        by_rule.setdefault(diagnostic.rule, []).append(diagnostic)
    return sorted((_tally(rule, found) for rule, found in by_rule.items()), key=_order)


def ranked(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Findings, the most severe first: errors, then as `tallies` orders the rules, then warnings of these, and of one
    rule the weightiest. Those that rank the same stay in their order."""
    found = list(diagnostics)
    place = {tally.rule: number for number, tally in enumerate(tallies(found))}
    return sorted(
        found,
        key=lambda one: (
            one.level is not Level.ERROR,
            one.concern.rank,
            -one.level.rank,
            place[one.rule],
            -one.finding.weight,
        ),
    )


def varied(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The same findings by turns: the first of each rule, then the second of each, and so on."""
    seen: dict[str, int] = {}
    turns = []
    for diagnostic in diagnostics:
        turn = seen[diagnostic.rule] = seen.get(diagnostic.rule, -1) + 1
        turns.append((turn, diagnostic))
    return [diagnostic for _, diagnostic in sorted(turns, key=lambda pair: pair[0])]


def _tally(rule: str, found: list[Diagnostic]) -> Tally:
    fixes = [one.finding.fix for one in found]
    safe = sum(fix is not None and fix.is_safe for fix in fixes)
    unsafe = sum(fix is not None and not fix.is_safe for fix in fixes)
    example = max(found, key=lambda one: (one.level.rank, one.finding.weight))
    return Tally(rule, example.level, example.concern, len(found), safe, unsafe, example)


def _order(tally: Tally) -> tuple[bool, int, int, int, str]:
    return (
        tally.level is not Level.ERROR,
        tally.concern.rank,
        -tally.level.rank,
        -tally.count,
        tally.rule,
    )
