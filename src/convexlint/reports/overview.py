"""A long report on a terminal: what is gravest, then a line a rule, then where to begin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from convexlint.findings import Concern, Diagnostic, Level
from convexlint.reports.outcome import Results
from convexlint.reports.paint import Line, Piece
from convexlint.reports.places import Places, ordered
from convexlint.reports.rank import Tally, ranked, tallies, varied
from convexlint.reports.summary import counted
from convexlint.reports.text import Writer
from convexlint.reports.wrap import cells, height, page, wrap

MOST = 50
"""With more findings than these, a terminal gets an overview."""

MOST_LINES = 120
"""Rows of the terminal that the whole report takes at most."""

_FRAMES = 5
_CONCISE = 50
# Of the rows that the closing lines leave, what is written out in full takes at most this share, and the rules that.
_SHARE_OF_FRAMES = 0.5
_SHARE_OF_RULES = 0.6

_HEADINGS = {
    Concern.SECURITY: "security",
    Concern.FAILURE: "what fails or is lost",
    Concern.COST: "what costs",
    Concern.STYLE: "style",
}


class Step(NamedTuple):
    """A command to go on with, and what it does."""

    command: str
    words: str


def is_long(outcome: Results) -> bool:
    """Whether a terminal gets an overview: more than fifty findings, of more than one rule."""
    return len(outcome.diagnostics) > MOST and len({one.rule for one in outcome.diagnostics}) > 1


def overview(
    outcome: Results,
    cwd: str,
    closing: Sequence[Line],
    *,
    width: int,
    steps: Sequence[Step],
    table: Sequence[Line] = (),
) -> list[Line]:
    """The report with its `closing` lines, 120 rows at most.

    `width`: columns of the terminal. `steps`: what to do next. `table`: statistics, which take the place of the rules.
    """
    places = Places(outcome.sources, cwd)
    on = page(width)
    assert on.words is not None
    writer = Writer(places, on)
    found = ranked(ordered(outcome, places))
    errors = [one for one in found if one.level is Level.ERROR]
    end = [[], *_steps(steps, on.words), *closing] if steps else [[], *closing]
    room = MOST_LINES - _rows(end, on.words)
    rules = list(table) or _rules(found, writer, on.words, room)
    # All errors may still be among the rules: that is the most that these can take.
    bound = min(_rows(rules, on.words), room if table else int(room * _SHARE_OF_RULES))
    lines, shown = _errors(errors, writer, on.words, room - bound)
    if not table:
        bound = room - _rows(lines, on.words)
        rest = [one for one in found if id(one) not in shown]
        rules = _rules(rest, writer, on.words, bound, "more " if shown else "") if rest else []
    return [*lines, *rules, *end]


def _rows(lines: Sequence[Line], width: int) -> int:
    return sum(height(line, width) for line in lines)


def _errors(
    errors: Sequence[Diagnostic], writer: Writer, width: int, room: int
) -> tuple[list[Line], set[int]]:
    """The gravest errors with their code, then more of them a line each; of each the rules take turns. And the `id`s of
    what was told."""
    lines: list[Line] = []
    shown: set[int] = set()
    first = varied(errors)[:_FRAMES]
    for diagnostic in first:
        drawn: list[Line] = [*writer.brief(diagnostic), []]
        if _rows(lines, width) + _rows(drawn, width) > room * (_SHARE_OF_FRAMES if shown else 1):
            break
        lines += drawn
        shown.add(id(diagnostic))
    used = _rows(lines, width) + 1  # for the empty line at the end
    short: dict[int, list[Line]] = {}
    others = [one for one in errors if id(one) not in shown]
    for diagnostic in varied(others)[:_CONCISE]:
        drawn = writer.line(diagnostic)
        used += _rows(drawn, width)
        if used > room:
            break
        short[id(diagnostic)] = drawn
    shown |= short.keys()
    concise = [line for one in others for line in short.get(id(one), ())]
    return lines + ([*concise, []] if concise else []), shown


def _rules(found: Sequence[Diagnostic], writer: Writer, width: int, room: int, more: str = "") -> list[Line]:
    """The rules under what they are about; those for which there is no room are counted together. `more`: said of
    errors where others were shown above."""
    rows = tallies(found)
    digits = max(len(str(row.count)) for row in rows)
    longest = max(len(_name(row)) for row in rows)
    drawn: list[list[Line]] = []
    under: str | None = None
    for row in rows:
        heading = f"{more}errors" if row.level is Level.ERROR else _HEADINGS[row.concern]
        head: list[Line] = [] if heading == under else [[(heading, "path")]]
        drawn.append(head + _rule(row, writer, digits, longest, width))
        under = heading
    shown = len(rows)
    rest: list[Line] = []
    while shown > 1 and sum(_rows(lines, width) for lines in drawn[:shown]) + _rows(rest, width) > room:
        shown -= 1
        left = rows[shown:]
        count = sum(one.count for one in left)
        words = f"and {counted(len(left), 'more rule')} with {counted(count, 'finding')}"
        indent = " " * (digits + 4)
        rest = wrap([(f"{indent}{words} (--statistics lists them)", "dim")], width, digits + 4)
    return [line for lines in drawn[:shown] for line in lines] + rest


def _rule(row: Tally, writer: Writer, digits: int, longest: int, width: int) -> list[Line]:
    """`12  no-filter-in-query  3 fixable  convex/messages.ts:12`; the place is below where it does not fit."""
    place = writer.where(row.example.finding.path, row.example.finding.span).rpartition(":")[0]
    head: list[Piece] = [
        (f"{row.count:>{digits + 2}}  ", row.level.value),
        (f"{_name(row):<{longest}}  ", ""),
        (f"{_fixable(row):<{digits + 8}}  ", "good"),
    ]
    if sum(cells(text) for text, _ in head) + cells(place) <= width:
        return [[*head, (place, "dim")]]
    above = wrap(
        [*head[:-1], (_fixable(row), "good")] if _fixable(row) else [head[0], (_name(row), "")], width, 2
    )
    return [*above, [(" " * (digits + 4), ""), (place, "dim")]]


def _name(row: Tally) -> str:
    return row.rule if row.level is not Level.INFO else f"{row.rule} (info)"


def _fixable(row: Tally) -> str:
    """How many have a fix, safe or not."""
    count = row.safe + row.unsafe
    if count == row.count:
        return "all fixable" if count > 1 else "fixable"
    return f"{count} fixable" if count else ""


def _steps(steps: Sequence[Step], width: int) -> list[Line]:
    lines: list[Line] = [[("Start here", "path")]]
    longest = max(cells(step.command) for step in steps)
    for step in steps:
        if longest + 5 + cells(step.words) <= width:
            lines.append([("  ", ""), (f"{step.command:<{longest}}", "good"), (f"   {step.words}", "")])
        else:
            lines += wrap([("  ", ""), (step.command, "good")], width, 6)
            lines += wrap([(f"      {step.words}", "")], width, 6)
    return [*lines, []]
