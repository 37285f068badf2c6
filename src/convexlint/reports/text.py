"""The report for people: code frames with what is wrong, why, and the exact change."""

from __future__ import annotations

from convexlint.findings import Also, Diagnostic, Finding, Fix, Related, Span, Suggestion
from convexlint.reports.change import Pictures
from convexlint.reports.escape import visible, visible_lines
from convexlint.reports.frame import CONTEXT, frame
from convexlint.reports.outcome import Results
from convexlint.reports.paint import Line, Piece
from convexlint.reports.places import Places, ordered
from convexlint.reports.wrap import Page, page, wrap

# With more related places than these (a long chain of calls), each is one line without its code.
_MOST_FRAMES = 2
_HANG = 5

# On a terminal, more callers of the same deed than these are counted.
_MOST_ALSO = 6


def findings(outcome: Results, cwd: str, *, width: int | None = None) -> list[Line]:
    """The findings of a run, an empty line after each.

    `width`: columns of the terminal; None: lines are not wrapped.
    """
    places = Places(outcome.sources, cwd)
    writer = Writer(places, page(width))
    lines: list[Line] = []
    for diagnostic in ordered(outcome, places):
        lines += [*writer.whole(diagnostic), []]
    return lines


class Writer:
    """Writes the findings of one report, whole or brief, on a page."""

    def __init__(self, places: Places, on: Page) -> None:
        self._places = places
        self._page = on
        self._where: dict[tuple[str, int], str] = {}
        self._pictures = Pictures(places, on.code, on.words)

    def whole(self, diagnostic: Diagnostic) -> list[Line]:
        """All that is known of a finding."""
        finding = diagnostic.finding
        lines = self._head(diagnostic)
        lines += self._frame(finding, diagnostic.level.value, CONTEXT)
        if len(finding.related) <= _MOST_FRAMES:
            for related in finding.related:
                lines += self._related_frame(related)
        else:
            for related in finding.related:
                lines += self._related_line(related)
        lines += self._also(finding.also)
        if finding.help is not None:
            lines += self._note("help", finding.help)
        ways: list[tuple[str, Fix | Suggestion]] = [] if finding.fix is None else [("fix", finding.fix)]
        for kind, way in [*ways, *(("suggestion", one) for one in finding.suggestions)]:
            lines += self._way_out(kind, way)
            lines += self._pictures.change(way.edits, finding.path, self.where(finding.path, finding.span))
        return lines

    def brief(self, diagnostic: Diagnostic) -> list[Line]:
        """A finding as it stands at the head of a long report: its line of code and the ways out in words."""
        finding = diagnostic.finding
        lines = self._head(diagnostic)
        lines += self._frame(finding, diagnostic.level.value, 0)
        for related in finding.related[-1:]:
            lines += self._related_line(related)
        lines += self._also(finding.also)
        if finding.fix is not None:
            lines += self._note("fix", finding.fix.title)
        elif finding.help is not None:
            lines += self._note("help", finding.help)
        elif finding.suggestions:
            lines += self._note("suggestion", finding.suggestions[0].title)
        return lines

    def line(self, diagnostic: Diagnostic) -> list[Line]:
        """A finding in concise form, wrapped."""
        finding = diagnostic.finding
        level = diagnostic.level.value
        words = " ".join(visible_lines(finding.message))
        at = self.where(finding.path, finding.span)
        pieces: list[Piece] = [
            (f"{at}: ", "path"),
            (level, level),
            (f" {diagnostic.rule} ", "rule"),
            (words, ""),
        ]
        return wrap(pieces, self._page.words, 2)

    def where(self, path: str, span: Span) -> str:
        """`path:line:column`, as the report says it."""
        key = path, span.start
        known = self._where.get(key)
        if known is None:
            at = self._places.at(path, span.start)
            known = self._where[key] = f"{visible(self._places.path(path))}:{at.line}:{at.column}"
        return known

    def _head(self, diagnostic: Diagnostic) -> list[Line]:
        finding = diagnostic.finding
        level = diagnostic.level.value
        header: list[Piece] = [(self.where(finding.path, finding.span), "path"), ("  ", ""), (level, level)]
        header += [("  ", ""), (diagnostic.rule, "rule")]
        if finding.fix is not None:
            header.append(("  fixable" if finding.fix.is_safe else "  fixable with --unsafe-fixes", "good"))
        return wrap(header, self._page.words, 4)

    def _frame(self, finding: Finding, level: str, context: int) -> list[Line]:
        if finding.span == Span(0, 0) or not self._places.has(finding.path):
            return [
                part
                for line in visible_lines(finding.message)
                for part in wrap([("   ", ""), (line, level)], self._page.words, 3)
            ]
        file = self._places.file(finding.path)
        return frame(file, finding.span, finding.message, level, page=self._page, context=context)

    def _related_frame(self, related: Related) -> list[Line]:
        if not self._places.has(related.path) or related.span == Span(0, 0):
            return self._related_line(related)
        lines: list[Line] = [[("   --> ", "dim"), (self.where(related.path, related.span), "")]]
        file = self._places.file(related.path)
        return lines + frame(file, related.span, related.message, "info", page=self._page, context=0)

    def _related_line(self, related: Related) -> list[Line]:
        words = " ".join(visible_lines(related.message))
        where = self.where(related.path, related.span)
        return wrap([("   --> ", "dim"), (f"{where}: {words}", "")], self._page.words, _HANG + 2)

    def _also(self, also: tuple[Also, ...]) -> list[Line]:
        """Where else the same deed is reached: each function with its place."""
        if not also:
            return []
        shown = also if self._page.words is None else also[:_MOST_ALSO]
        parts = []
        for one in shown:
            where = self.where(one.path, one.span)
            parts.append(where if one.function is None else f"{visible(one.function)} ({where})")
        if len(also) > len(shown):
            parts.append(f"and {len(also) - len(shown)} more")
        return self._note("also from", ", ".join(parts))

    def _way_out(self, kind: str, way: Fix | Suggestion) -> list[Line]:
        lines = self._note(kind, way.title)
        if way.because is not None:
            prefix = "unsafe because" if isinstance(way, Fix) else "because"
            words = " ".join(visible_lines(way.because))
            lines += wrap([(f"{' ' * _HANG}{prefix} {words}", "")], self._page.words, _HANG)
        return lines

    def _note(self, kind: str, words: str) -> list[Line]:
        first, *rest = visible_lines(words)
        lines = wrap([("   = ", "dim"), (f"{kind}: ", "path"), (first, "")], self._page.words, _HANG)
        for line in rest:
            lines += wrap([(f"{' ' * _HANG}{line}", "")], self._page.words, _HANG)
        return lines
