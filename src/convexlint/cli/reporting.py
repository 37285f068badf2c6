"""Where the report of a run goes: stdout, stderr or a file; and the notes beside it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TextIO

from convexlint.cli.output import note, paint, wants_colour, write_bytes, write_file, write_text
from convexlint.cli.render import Output, render
from convexlint.reports.paint import Line
from convexlint.session import Outcome, Request


def write_report(request: Request, output: Output, outcome: Outcome, seconds: float) -> None:
    """Write what `output` asks for. Findings go to stdout or a file; where stdout is for code, to stderr.

    `seconds` is how long the run took. Raises OSError when the report cannot be written.
    """
    cwd = Path.cwd().as_posix()
    _write_notes(request, output, outcome, cwd)
    if not request.write:
        _write_diff(output, outcome, cwd)
        return
    stream = sys.stdout
    if request.stdin is not None and request.fix != "none":
        write_bytes(_fixed_stdin(request.stdin, outcome), sys.stdout)
        stream = sys.stderr
    to_file = output.file is not None
    terminal = not to_file and stream.isatty()
    rendered = render(
        request,
        output,
        outcome,
        cwd,
        colour=output.colour == "always" if to_file else wants_colour(output.colour, stream),
        width=shutil.get_terminal_size().columns if terminal else None,
        seconds=seconds if terminal else None,
    )
    _put(rendered, output, stream)


def _put(rendered: str | bytes, output: Output, stream: TextIO) -> None:
    if output.file is not None:
        write_file(output.file, rendered.encode() if isinstance(rendered, str) else rendered)
    elif isinstance(rendered, str) and output.format != "json":
        write_text(rendered, stream)
    else:
        write_bytes(rendered.encode() if isinstance(rendered, str) else rendered, stream)


def _write_diff(output: Output, outcome: Outcome, cwd: str) -> None:
    from convexlint.reports.diff import diff, home, painted
    from convexlint.reports.repairs import left
    from convexlint.reports.summary import counted

    changes = diff(outcome, cwd)
    if output.file is None and sys.stdout.isatty():
        write_text(paint(painted(changes), output.colour, sys.stdout), sys.stdout)
    else:
        _put(changes, output, sys.stdout)
    if not output.quiet:
        there = os.path.relpath(home(outcome, cwd), cwd)
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
    for known in (Path(os.path.normpath(Path.cwd() / path)), Path(path).resolve()):
        after = outcome.sources.get(known.as_posix())
        if after is not None:
            return after
    return source
