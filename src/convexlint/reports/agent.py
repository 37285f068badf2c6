"""The report for coding agents: each rule is explained once, then its places with the exact edits, no decoration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from convexlint.findings import Diagnostic, Edit, Fix, Level, Suggestion
from convexlint.reports.change import hunks
from convexlint.reports.escape import visible, visible_lines
from convexlint.reports.outcome import Results
from convexlint.reports.places import Places, ordered
from convexlint.reports.rank import Tally, tallies
from convexlint.reports.rooted import callers
from convexlint.reports.summary import counted, summarise
from convexlint.rules.card import CardError, load_card

# More than these are counted, unless all are wanted: an agent reads all that it is given.
_PLACES = 5
_ERRORS = 10
_TOTAL = 60


def agent(outcome: Results, cwd: str, *, command: str, full: bool = False) -> str:
    """The findings of a run by rule, the most severe first, then how to verify.

    `command`: what was typed, to be run again. `full`: every place, however many.
    """
    places = Places(outcome.sources, cwd)
    found = ordered(outcome, places)
    if not found:
        return f"convexlint found no problems in {counted(outcome.files, 'file')}.\n"
    counts = summarise(outcome)
    levels = ((counts.errors, "error"), (counts.warnings, "warning"), (counts.infos, "info"))
    head = ", ".join(counted(count, level) for count, level in levels if count)
    lines = [
        f"convexlint found {head} in {counted(counts.affected, 'file')}; the most severe come first.",
        "",
    ]
    writer = _Writer(places)
    room = len(found) if full else _TOTAL
    for row in tallies(found):
        own = [one for one in found if one.rule == row.rule]
        own.sort(key=lambda one: -one.level.rank)
        most = len(own) if full else min(room, _ERRORS if row.level is Level.ERROR else _PLACES)
        room -= min(most, len(own))
        lines += writer.rule(row, own[:most])
        if most < len(own):
            more = counted(len(own) - most, "more place" if most else "place")
            lines.append(f"{more}: {command} --select {row.rule} --output-format agent --full")
        lines.append("")
    return "".join(f"{line}\n" for line in [*lines, *_verify(counts.fixable, command)])


def _verify(fixable: int, command: str) -> list[str]:
    lines = ["VERIFY"]
    if fixable:
        lines.append(
            f"{command} --fix applies the {counted(fixable, 'safe fix')} above; read unsafe ones first."
        )
    return [
        *lines,
        f"{command} --output-format agent must not name the places that you changed, and no new ones.",
        "Then run the type check and the tests of the project.",
        "Mend the cause. Where a finding is wrong, say so in a comment on the line above it:",
        "// convexlint-disable-next-line RULE -- reason",
    ]


def _code(text: str) -> str:
    """A line of code as it is, tabs and all; what would steer a terminal is escaped."""
    return "\t".join(visible(part) for part in text.split("\t"))


class _Writer:
    def __init__(self, places: Places) -> None:
        self._places = places
        self._drawn: dict[Edit, str] = {}

    def rule(self, row: Tally, found: Sequence[Diagnostic]) -> list[str]:
        lines = [f"RULE {row.rule} ({row.level.value}, {row.concern.value}, {counted(row.count, 'place')})"]
        if not found:
            return lines
        try:
            card = load_card(row.rule)
        except (CardError, OSError):  # a rule of the team's own may have none
            pass
        else:
            lines.append(" ".join(card.summary.split()))
            for heading in ("Why", "How to fix"):
                paragraph, _, _ = card.sections.get(heading, "").partition("\n\n")
                if paragraph:
                    lines.append(f"{heading}: {' '.join(paragraph.split())}")
        help_before: str | None = None
        for diagnostic in found:
            lines += ["", *self._finding(diagnostic, row.level, help_before)]
            help_before = diagnostic.finding.help
        return lines

    def _finding(self, diagnostic: Diagnostic, usual: Level, help_before: str | None) -> list[str]:
        """`usual`: the level that goes without saying; `help_before`: the help of the finding before."""
        finding = diagnostic.finding
        where = self._where(finding.path, finding.span.start)
        inside = f" in {visible(finding.function)}" if finding.function else ""
        level = "" if diagnostic.level is usual else f" ({diagnostic.level.value})"
        lines = [f"{where}{inside}{level}"]
        lines += [f"  {line}" for line in visible_lines(finding.message)]
        for related in finding.related:
            message = " ".join(visible_lines(related.message))
            lines.append(f"  at {self._where(related.path, related.span.start)}: {message}")
        if finding.also:
            lines.append(
                f"  also from: {', '.join(visible(one) for one in callers(diagnostic, self._places))}"
            )
        if finding.help is not None and finding.help != help_before:
            lines.append(f"  help: {' '.join(visible_lines(finding.help))}")
        if finding.fix is not None:
            kind = "safe fix" if finding.fix.is_safe else "unsafe fix"
            lines += self._way(kind, finding.fix, where)
        for suggestion in finding.suggestions:
            lines += self._way("suggestion", suggestion, where)
        return lines

    def _way(self, kind: str, way: Fix | Suggestion, at: str) -> list[str]:
        because = "" if way.because is None else f" (because {' '.join(visible_lines(way.because))})"
        lines = [f"  {kind}: {' '.join(visible_lines(way.title))}{because}"]
        edits = [edit for edit in way.edits if not edit.is_inert]
        earlier = {self._drawn.get(edit) for edit in edits}
        if edits and None not in earlier:
            return [*lines, f"    the edit is the one of {min(filter(None, earlier))}"]
        for edit in edits:
            self._drawn.setdefault(edit, at)
        return lines + list(self._edits(edits))

    def _edits(self, edits: Iterable[Edit]) -> Iterable[str]:
        """Whole lines before and after, so that the text can be found and replaced as it stands."""
        in_order = sorted(edits, key=lambda edit: (edit.path, edit.span))
        for path, group in groupby(in_order, key=lambda edit: edit.path):
            if not self._places.has(path):
                yield f"    edit {visible(self._places.path(path))}"
                continue
            for hunk in hunks(self._places.file(path), list(group)):
                yield f"    edit {visible(self._places.path(path))}:{hunk.line}"
                yield from (f"    -{_code(text)}" for text in hunk.removed)
                yield from (f"    +{_code(text)}" for text in hunk.added)

    def _where(self, path: str, offset: int) -> str:
        at = self._places.at(path, offset)
        return f"{visible(self._places.path(path))}:{at.line}:{at.column}"
