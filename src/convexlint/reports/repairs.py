"""What --fix did, file by file, and what it left and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from convexlint.reports.escape import visible
from convexlint.reports.outcome import AppliedFix, LeftFix, Results
from convexlint.reports.paint import Line, Piece
from convexlint.reports.places import Places
from convexlint.reports.summary import counted

WIDTH = 100
"""Cells of a line where no terminal says how wide it is."""

_MOST_PLACES = 10
"""With more places than these of one reason, the rest is counted."""

# What is said of one fix and of several, in the order of the report.
_HEADINGS = {
    "unsafe": (
        "1 unsafe fix; --fix --unsafe-fixes applies it:",
        "{} unsafe fixes; --fix --unsafe-fixes applies them:",
    ),
    "refused": ("1 fix that was tried and taken back:", "{} fixes that were tried and taken back:"),
    "unwritable": ("1 fix that could not be written:", "{} fixes that could not be written:"),
    "guarded": (
        "1 fix of a file that is not to be changed:",
        "{} fixes of files that are not to be changed:",
    ),
    "elsewhere": (
        "1 fix that changes other files than stdin:",
        "{} fixes that change other files than stdin:",
    ),
    "unfinished": ("1 fix that --fix reaches when run again:", "{} fixes that --fix reaches when run again:"),
}
# Those that need no word for each place are counted by rule.
_COUNTED = ("unsafe", "elsewhere", "unfinished")


def repairs(outcome: Results, cwd: str, *, width: int = WIDTH, would: bool = False) -> list[Line]:
    """The fixed files with the rules whose findings were fixed, then the fixes that were left, by reason.

    `width`: cells that a line may take, where its words allow it. `would`: nothing was written (--diff).
    """
    places = Places(outcome.sources, cwd)
    return [*_applied(outcome, places, width, would), *_left(outcome, places, width)]


def left(outcome: Results, cwd: str, *, width: int = WIDTH) -> list[Line]:
    """The fixes that were left alone, by reason: how many of which rule, or each with its place."""
    return _left(outcome, Places(outcome.sources, cwd), width)


def _left(outcome: Results, places: Places, width: int) -> list[Line]:
    lines: list[Line] = []
    for kind, (one_fix, several) in _HEADINGS.items():
        some = sorted(
            (one for one in outcome.left if one.reason.value == kind),
            key=lambda one: (places.path(one.path), one.start, one.rule),
        )
        if not some:
            continue
        words = one_fix if len(some) == 1 else several.format(f"{len(some):,}")
        head, mark, tail = words.partition("; ")
        lines.append([(f"Left {head}", "warning"), (mark + tail, "")])
        if kind in _COUNTED:
            lines += _wrapped([], _rules(one.rule for one in some), 2, width)
        else:
            lines += _each(some, places)
    return lines


def _applied(outcome: Results, places: Places, width: int, would: bool) -> list[Line]:
    if not outcome.fixed:
        return []
    findings, files = counted(len(outcome.fixed), "finding"), counted(len(outcome.before), "file")
    lines: list[Line] = [[(f"{'Would fix' if would else 'Fixed'} {findings} in {files}:", "good")]]
    own, others = _by_file(outcome.fixed)
    for path in sorted(outcome.before, key=places.path):
        items = _rules(own.get(path, ()))
        beside = _rules(others.get(path, ()))
        if beside:
            beside[0] = f"for other files: {beside[0]}"
        head: list[Piece] = [(visible(places.path(path)), "path"), (":", "")]
        lines += _wrapped(head, [*items, *beside], 2, width)
    return lines


def _by_file(fixed: Iterable[AppliedFix]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """File -> the rules whose fixes changed it: those of findings in it, and those of findings elsewhere."""
    own: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    for one in fixed:
        for path in sorted({edit.path for edit in one.fix.edits if not edit.is_inert}):
            (own if path == one.path else others).setdefault(path, []).append(one.rule)
    return own, others


def _rules(names: Iterable[str]) -> list[str]:
    """`3 x name`, the most frequent first."""
    counts = Counter(names)
    return [
        f"{count} \u00d7 {name}"
        for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def _each(some: Sequence[LeftFix], places: Places) -> list[Line]:
    lines: list[Line] = []
    for one in some[:_MOST_PLACES]:
        at = places.at(one.path, one.start)
        where = f"{visible(places.path(one.path))}:{at.line}:{at.column}"
        lines.append([("  ", ""), (where, "path"), (f" {one.rule}: {visible(one.words)}", "")])
    if len(some) > _MOST_PLACES:
        lines.append([(f"  and {len(some) - _MOST_PLACES} more", "dim")])
    return lines


def _wrapped(head: Sequence[Piece], items: Sequence[str], indent: int, width: int) -> list[Line]:
    """`head` and then the items with commas; a line that would grow too long goes on below, deeper indented."""
    line: list[Piece] = [(" " * indent, ""), *head]
    used = sum(len(text) for text, _ in line)
    lines: list[Line] = []
    fresh = not head
    for number, item in enumerate(items):
        text = item + ("," if number + 1 < len(items) else "")
        if not fresh and used + 1 + len(text) > width:
            lines.append(line)
            deeper = indent + (4 if head else 0)
            line, used, fresh = [(" " * deeper, "")], deeper, True
        line.append((text if fresh else f" {text}", ""))
        used += len(text) + (0 if fresh else 1)
        fresh = False
    return [*lines, line]
