"""The report for people: code frames with what is wrong, why, and the exact change."""

from __future__ import annotations

from convexlint.findings import Diagnostic, Finding, Fix, Related, Span, Suggestion
from convexlint.reports.change import change
from convexlint.reports.escape import visible, visible_lines
from convexlint.reports.frame import CONTEXT, frame
from convexlint.reports.outcome import Results
from convexlint.reports.paint import Line
from convexlint.reports.places import Places, ordered

WIDTH = 160
"""Cells of a line of code where no terminal says how wide it is."""

# With more related places than these (a long chain of calls), each is one line without its code.
_MOST_FRAMES = 2


def findings(outcome: Results, cwd: str, *, width: int = WIDTH) -> list[Line]:
    """The findings of a run, an empty line after each. `width`: cells that a line of code may take."""
    places = Places(outcome.sources, cwd)
    lines: list[Line] = []
    for diagnostic in ordered(outcome, places):
        lines += _diagnostic(diagnostic, places, width)
        lines.append([])
    return lines


def _diagnostic(diagnostic: Diagnostic, places: Places, width: int) -> list[Line]:
    finding = diagnostic.finding
    level = diagnostic.level.value
    at = places.at(finding.path, finding.span.start)
    header: list[tuple[str, str]] = [
        (f"{visible(places.path(finding.path))}:{at.line}:{at.column}", "path"),
        ("  ", ""),
        (level, level),
        ("  ", ""),
        (diagnostic.rule, "rule"),
    ]
    if finding.fix is not None:
        header.append(("  fixable" if finding.fix.is_safe else "  fixable with --unsafe-fixes", "good"))
    lines: list[Line] = [header]
    if _is_whole_file(finding, places):
        lines += [[("   ", ""), (line, level)] for line in visible_lines(finding.message)]
    else:
        file = places.file(finding.path)
        lines += frame(file, finding.span, finding.message, level, width=width, context=CONTEXT)
    lines += _related(finding, places, width)
    if finding.help is not None:
        lines += _note("help", finding.help)
    if finding.fix is not None:
        lines += _way_out("fix", finding.fix, finding.path, places, width)
    for suggestion in finding.suggestions:
        lines += _way_out("suggestion", suggestion, finding.path, places, width)
    return lines


def _is_whole_file(finding: Finding, places: Places) -> bool:
    return finding.span == Span(0, 0) or not places.has(finding.path)


def _related(finding: Finding, places: Places, width: int) -> list[Line]:
    lines: list[Line] = []
    for related in finding.related:
        at = places.at(related.path, related.span.start)
        where = f"{visible(places.path(related.path))}:{at.line}:{at.column}"
        if len(finding.related) > _MOST_FRAMES or not _has_frame(related, places):
            words = " ".join(visible_lines(related.message))
            lines.append([("   --> ", "dim"), (f"{where}: {words}", "")])
        else:
            lines.append([("   --> ", "dim"), (where, "")])
            file = places.file(related.path)
            lines += frame(file, related.span, related.message, "info", width=width, context=0)
    return lines


def _has_frame(related: Related, places: Places) -> bool:
    return places.has(related.path) and related.span != Span(0, 0)


def _way_out(kind: str, way: Fix | Suggestion, home: str, places: Places, width: int) -> list[Line]:
    lines = _note(kind, way.title)
    if way.because is not None:
        prefix = "unsafe because" if isinstance(way, Fix) else "because"
        words = visible_lines(way.because)
        lines.append([(f"     {prefix} {' '.join(words)}", "")])
    return lines + change(way.edits, home, places, width)


def _note(kind: str, words: str) -> list[Line]:
    first, *rest = visible_lines(words)
    lines: list[Line] = [[("   = ", "dim"), (f"{kind}: ", "path"), (first, "")]]
    return lines + [[(f"     {line}", "")] for line in rest]
