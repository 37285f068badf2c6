"""The last lines of a text report: what was found, what was not looked at, and what can be fixed."""

from __future__ import annotations

from convexlint.reports.escape import visible
from convexlint.reports.outcome import Results
from convexlint.reports.paint import Line
from convexlint.reports.places import Places
from convexlint.reports.summary import Summary, counted, summarise
from convexlint.reports.wrap import page, wrap

# More skipped files than these are counted instead of named.
_MOST_NAMES = 3


def footer(
    outcome: Results,
    cwd: str,
    *,
    seconds: float | None,
    fixing: bool,
    width: int | None = None,
    hidden: int = 0,
) -> list[Line]:
    """The closing lines of a run.

    `seconds`: how long the run took, None = not to be printed. `fixing`: --fix was given. `width`: columns of the
    terminal, None: lines are not wrapped. `hidden`: findings that were known before --fix and are not printed.
    """
    places = Places(outcome.sources, cwd)
    counts = summarise(outcome)
    time = "" if seconds is None else f" ({seconds:.2f}s)"
    lines: list[Line] = []
    if outcome.diagnostics:
        lines.append([(f"Found {_levels(counts)} in {_files(counts, outcome)}{time}.{_fixable(counts)}", "")])
    elif outcome.files:
        left = "left" if fixing and outcome.fixed else "found"
        lines.append([(f"No problems {left} in {counted(outcome.files, 'file')}{time}.", "good")])
    else:
        lines.append([(f"No files were checked{time}.", "warning")])
    parts = (_notes(outcome), _skipped(outcome, places), _suppressed(outcome), _baseline(outcome))
    not_seen = "  ".join(part for part in parts if part)
    if not_seen:
        lines.append([(not_seen, "")])
    if hidden:
        known = f"{counted(hidden, 'finding')} that {'is not an error' if hidden == 1 else 'are not errors'}"
        lines.append([(f"Not printed again: {known} (--full prints all).", "")])
    lines += _waiting(outcome)
    if width is not None and outcome.diagnostics:
        lines.append([("`convexlint rule NAME` explains a rule.", "dim")])
    on = page(width).words
    return [part for line in lines for part in wrap(line, on, 2)]


def _waiting(outcome: Results) -> list[Line]:
    """A line for each rule that asks for more than the installed convex can do."""
    counts: dict[tuple[str, str], int] = {}
    for waiting in outcome.waiting:
        key = (waiting.rule, waiting.finding.waits_for or "")
        counts[key] = counts.get(key, 0) + 1
    return [
        [(f"{rule} is silent at {counted(count, 'place')}: what it asks for needs convex {version}.", "")]
        for (rule, version), count in sorted(counts.items())
    ]


def _levels(counts: Summary) -> str:
    by_level = ((counts.errors, "error"), (counts.warnings, "warning"), (counts.infos, "info"))
    return ", ".join(counted(count, level) for count, level in by_level if count)


def _files(counts: Summary, outcome: Results) -> str:
    # A finding on a project's own convex.json stands in no module, so the two numbers need not compare.
    if counts.affected > outcome.files:
        return counted(counts.affected, "file")
    return f"{counts.affected} of {counted(outcome.files, 'file')}"


def _fixable(counts: Summary) -> str:
    if counts.fixable and counts.unsafe:
        return f" {counts.fixable} fixable with --fix, {counts.unsafe} more with --unsafe-fixes."
    if counts.fixable:
        return f" {counts.fixable} fixable with --fix."
    if counts.unsafe:
        return f" {counts.unsafe} fixable with --fix --unsafe-fixes."
    return ""


def _notes(outcome: Results) -> str:
    kinds: dict[str, int] = {}
    for kind, _, _ in outcome.notes:
        kinds[kind] = kinds.get(kind, 0) + 1
    if not kinds:
        return ""
    parts = ", ".join(visible(counted(kinds[kind], kind)) for kind in sorted(kinds))
    return f"Not followed: {parts} (--verbose lists them)."


def _skipped(outcome: Results, places: Places) -> str:
    if not outcome.skipped:
        return ""
    if len(outcome.skipped) > _MOST_NAMES:
        return f"{counted(len(outcome.skipped), 'file')} skipped (--verbose lists them)."
    names = ", ".join(f"{visible(places.path(path))} ({visible(reason)})" for path, reason in outcome.skipped)
    return f"Skipped: {names}."


def _suppressed(outcome: Results) -> str:
    return f"{counted(outcome.suppressed, 'finding')} suppressed." if outcome.suppressed else ""


def _baseline(outcome: Results) -> str:
    known, gone = outcome.baseline.known, outcome.baseline.gone
    parts = []
    if known:
        parts.append(f"{counted(known, 'finding')} known from the baseline.")
    if gone:
        is_gone = "is" if gone == 1 else "are"
        parts.append(
            f"{counted(gone, 'finding')} of the baseline {is_gone} gone (--write-baseline forgets "
            f"{'it' if gone == 1 else 'them'})."
        )
    return "  ".join(parts)
