"""Where the report of a run goes: stdout, stderr or a file; and the notes beside it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from convexlint.cli.formats import DATA, Target
from convexlint.cli.output import note, paint, wants_colour, write_bytes, write_file, write_text
from convexlint.cli.render import Output, render
from convexlint.discovery.listing import absolute, real, relative
from convexlint.reports.escape import steady
from convexlint.reports.paint import Line
from convexlint.session import Outcome, Request


def write_reports(
    request: Request, output: Output, reports: Sequence[Target], outcome: Outcome, seconds: float
) -> None:
    """Write the reports of a run. Findings go to stdout or to files; where stdout is for code, to stderr.

    `seconds` is how long the run took. Raises OSError when a report cannot be written.
    """
    cwd = absolute(".")
    _write_notes(request, output, outcome, cwd)
    first, *others = reports
    if not request.write:
        _write_diff(output, first.file, outcome, cwd)
    else:
        stream = sys.stdout
        if request.stdin is not None and request.fix != "none":
            write_bytes(_fixed_stdin(request.stdin, outcome), sys.stdout)
            stream = sys.stderr
        _write(first, request, output, outcome, cwd, seconds, stream)
    for report in others:
        _write(report, request, output, outcome, cwd, seconds, sys.stdout)


def _write(
    report: Target,
    request: Request,
    output: Output,
    outcome: Outcome,
    cwd: str,
    seconds: float,
    stream: TextIO,
) -> None:
    to_file = report.file is not None
    terminal = not to_file and stream.isatty()
    rendered = render(
        request,
        output,
        report.format,
        outcome,
        cwd,
        colour=output.colour == "always" if to_file else wants_colour(output.colour, stream),
        width=_columns() if terminal else None,
        seconds=seconds if terminal else None,
    )
    if report.format == "github" and os.environ.get("GITHUB_STEP_SUMMARY"):
        _summarise(os.environ["GITHUB_STEP_SUMMARY"], outcome, cwd)
    rendered = steady(rendered, report.format)
    if report.format in DATA:
        _put(rendered.encode(), report.file, stream)
    else:
        _put(rendered, report.file, stream)


def _columns() -> int:
    import shutil  # a pipe has none, and starting fast is part of the contract

    return shutil.get_terminal_size().columns


def _summarise(file: str, outcome: Outcome, cwd: str) -> None:
    """Add the table by rule to the summary page of the job, which several steps share."""
    from convexlint.cli.repository import root_finder
    from convexlint.reports.github import summary

    try:
        with Path(file).open("ab") as page:
            page.write(summary(outcome, root_finder(cwd)).encode())
    except OSError as error:
        note(f"the job summary cannot be written: {file}: {error.strerror or error}")


def _put(rendered: str | bytes, file: str | None, stream: TextIO) -> None:
    """Bytes as they are; text as the stream can hold it, in a file as UTF-8."""
    if file is not None:
        try:
            write_file(file, rendered.encode() if isinstance(rendered, str) else rendered)
        except OSError as error:
            error.filename = file  # not the hidden file that would have taken its place
            raise
    elif isinstance(rendered, str):
        write_text(rendered, stream)
    else:
        write_bytes(rendered, stream)


def _write_diff(output: Output, file: str | None, outcome: Outcome, cwd: str) -> None:
    from convexlint.reports.diff import diff, home, painted
    from convexlint.reports.repairs import left
    from convexlint.reports.summary import counted

    changes = diff(outcome, cwd)
    if file is None and sys.stdout.isatty():
        write_text(paint(painted(changes), output.colour, sys.stdout), sys.stdout)
    else:
        _put(changes, file, sys.stdout)
    if not output.quiet:
        there = relative(home(outcome, cwd) or cwd, cwd)
        if there != ".":
            note(f"the patch changes files outside of this folder, too: apply it in {there}")
        findings, files = counted(len(outcome.fixed), "finding"), counted(len(outcome.before), "file")
        note(f"would fix {findings} in {files}" if outcome.fixed else "nothing to fix")
        _write_lines(left(outcome, cwd), output)


def _write_notes(request: Request, output: Output, outcome: Outcome, cwd: str) -> None:
    """What the report on stdout does not say: all of it with --verbose, else files that were not linted."""
    from convexlint.reports.verbose import skipped, verbose

    lines: list[Line] = []
    if output.verbose:
        lines = verbose(outcome, cwd)
    elif not output.quiet and (output.format != "text" or not request.write):
        lines = skipped(outcome, cwd)
    if output.format == "concise" and request.write and request.fix != "none" and not output.quiet:
        from convexlint.reports.repairs import repairs

        lines += repairs(outcome, cwd)
    _write_lines(lines, output)


def _write_lines(lines: list[Line], output: Output) -> None:
    if lines:
        write_text(paint(lines, output.colour, sys.stderr), sys.stderr)


def _fixed_stdin(stdin: tuple[str, bytes], outcome: Outcome) -> bytes:
    """The module from stdin after the run; a file that no finding or fix names is as it came."""
    path, source = stdin
    for known in (absolute(path), real(path)):
        after = outcome.sources.get(known)
        if after is not None:
            return after
    return source
