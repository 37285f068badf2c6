"""`convexlint check`: options in, one run of the session, one report out."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from convexlint.cli import progress
from convexlint.cli.adopting import clash, file_or_path, tell, tell_suppressions, write_baselines
from convexlint.cli.ends import FAILED, FOUND, OK, internal_error, tell_defect
from convexlint.cli.formats import FORMATS, Target, targets
from convexlint.cli.output import complain, note, quietly_closed
from convexlint.cli.parameters import cache_directory, comma, complete_level, complete_names, rule_level
from convexlint.cli.render import Output
from convexlint.cli.reporting import write_reports
from convexlint.cli.streams import is_of_output, words_of_output
from convexlint.config.settings import ConfigError
from convexlint.findings import Level
from convexlint.packs import Packs
from convexlint.session import (
    GitError,
    InternalError,
    NoProjectError,
    Outcome,
    Overrides,
    PathError,
    Request,
    check,
)

if TYPE_CHECKING:
    from convexlint.session.workspace import Workspace

_SEVERITIES = click.Choice(["error", "warning", "info", "never"])

# What the last run made: to take it apart, object by object, is work that the end of the process makes needless.
_alive: deque[Sequence[Workspace]] = deque(maxlen=1)


@click.command("check", short_help="Lint Convex projects.")
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATHS]...")
@click.option(
    "--output-format",
    "format_",
    type=click.Choice(FORMATS),
    help="How findings are written.  [default: text; github where GITHUB_ACTIONS is true]",
)
@click.option(
    "--output-file",
    "output_files",
    multiple=True,
    metavar="FILE",
    help="Write the report to FILE; FORMAT=FILE: one more report, several times.",
)
@click.option("--full", is_flag=True, help="Print every finding in full, also where there are many.")
@click.option("--fix", is_flag=True, help="Apply safe fixes; report what remains.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: unsafe fixes, too.")
@click.option("--diff", "diff_only", is_flag=True, help="Print what fixes would change; write nothing.")
@click.option(
    "--select",
    type=comma,
    multiple=True,
    metavar="NAME,...",
    help="Run exactly these rules or categories.",
    shell_complete=complete_names,
)
@click.option(
    "--extend-select",
    type=comma,
    multiple=True,
    metavar="NAME,...",
    help="Run these rules as well.",
    shell_complete=complete_names,
)
@click.option(
    "--ignore",
    type=comma,
    multiple=True,
    metavar="NAME,...",
    help="Do not run these; wins over --select.",
    shell_complete=complete_names,
)
@click.option(
    "--level",
    "levels",
    type=rule_level,
    multiple=True,
    metavar="RULE=LEVEL",
    help="off, info, warning or error.",
    shell_complete=complete_level,
)
@click.option("--fail-on", type=_SEVERITIES, help="Exit with 1 from this level on.  [default: warning]")
@click.option(
    "--since",
    metavar="REV",
    help="Report only files changed since this revision of git; merge-base:REV: since this branch left REV.",
)
@click.option(
    "--against",
    metavar="REV",
    help="Compare schema and functions with this revision of git, or with the JSON of a model; none: with nothing.",
)
@click.option("--staged", is_flag=True, help="Report only staged files, as the index has them.")
@click.option("--since-lines", is_flag=True, help="With --since or --staged: only changed lines.")
@click.option(
    "--baseline",
    is_flag=False,
    flag_value="",
    metavar="[FILE]",
    help="Do not report what this file of known findings has.  [default: baseline of the settings]",
)
@click.option(
    "--write-baseline",
    is_flag=False,
    flag_value="",
    metavar="[FILE]",
    help="Write the findings of this run into it: they are known from then on.",
)
@click.option(
    "--add-suppressions",
    is_flag=True,
    help="Write a comment at each finding, to be given a reason; report what remains.",
)
@click.option("--watch", is_flag=True, help="Lint again whenever a file changes; q quits.")
@click.option(
    "--stdin-filename", type=click.Path(), metavar="PATH", help="Lint stdin as if it were the file PATH."
)
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="Use this config file."
)
@click.option("--isolated", is_flag=True, help="Read no config file.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option("--cache-dir", type=click.Path(file_okay=False), metavar="DIR", help="Where the cache lies.")
@click.option("--statistics", is_flag=True, help="Also print findings per rule, and the score.")
@click.option("-q", "--quiet", is_flag=True, help="Findings alone: no footer, no notes.")
@click.option("-v", "--verbose", is_flag=True, help="On stderr: time per stage, and what was not followed.")
@click.option(
    "--color",
    "--colour",
    "colour",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colour in text.",
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes may work.")
def command(
    paths: tuple[str, ...],
    format_: str | None,
    output_files: tuple[str, ...],
    full: bool,
    fix: bool,
    unsafe_fixes: bool,
    diff_only: bool,
    select: tuple[tuple[str, ...], ...],
    extend_select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    levels: tuple[tuple[str, Level | None], ...],
    fail_on: str | None,
    since: str | None,
    against: str | None,
    staged: bool,
    since_lines: bool,
    baseline: str | None,
    write_baseline: str | None,
    add_suppressions: bool,
    watch: bool,
    stdin_filename: str | None,
    config: str | None,
    isolated: bool,
    no_cache: bool,
    cache_dir: str | None,
    statistics: bool,
    quiet: bool,
    verbose: bool,
    colour: str,
    jobs: int | None,
) -> int:
    """Lint the Convex projects at PATHS (default: the working folder).

    A path may be a convex folder, a file in one, a project or a monorepo. Exit status: 0 nothing at or above
    --fail-on, 1 there is, 2 the run itself failed.
    """
    wrong = clash(
        {
            "--config": config is not None,
            "--isolated": isolated,
            "--since": since is not None,
            "--staged": staged,
            "--baseline": baseline is not None,
            "--write-baseline": write_baseline is not None,
            "--add-suppressions": add_suppressions,
            "--watch": watch,
        }
        | {"--fix": fix, "--diff": diff_only, "--since-lines": since_lines}
        | {"--stdin-filename": stdin_filename is not None}
    )
    if wrong is not None:
        click.get_current_context().fail(wrong)
    baseline, first = file_or_path(baseline)
    write_baseline, more = file_or_path(write_baseline)
    paths = (*first, *more, *paths)
    reports = targets(format_, output_files)
    output = Output(reports[0].format, colour, statistics, quiet, verbose, full)
    request = Request(
        paths=_paths(paths, stdin_filename),
        overrides=Overrides(_flat(select), _flat(extend_select), _flat(ignore), dict(levels), fail_on),
        config=config,
        isolated=isolated,
        stdin=None if stdin_filename is None else (stdin_filename, sys.stdin.buffer.read()),
        fix=("unsafe" if unsafe_fixes else "safe") if fix or diff_only else "none",
        write=not diff_only,
        cache_dir=None if no_cache else cache_directory(cache_dir),
        jobs=jobs,
        since=since,
        against=against,
        staged=staged,
        since_lines=since_lines,
        baseline=baseline,
        write_baseline=write_baseline,
        add_suppressions=add_suppressions,
        upward=not paths,
    )
    told = Telling(request, output, reports, unsafe_fixes=unsafe_fixes, verbose=verbose, watch=watch)
    if not watch:
        return told.run()
    from convexlint.cli import watching

    looker = watching.watch_files_or_none()
    if looker is None:
        complain(watching.MISSING, watching.HOW)
        return FAILED
    watching.keep_watching(looker, told.run, told.places)
    return OK


class Telling:
    """Runs the session and tells what came of it, once or again and again with the program of the last time."""

    def __init__(
        self,
        request: Request,
        output: Output,
        reports: Sequence[Target],
        *,
        unsafe_fixes: bool,
        verbose: bool,
        watch: bool,
    ) -> None:
        self._request = request
        self._output = output
        self._reports = reports
        self._unsafe_fixes = unsafe_fixes
        self._verbose = verbose
        self._watch = watch

    def places(self) -> list[tuple[str, bool]]:
        """The folders that matter to the last run, each with whether all below it does."""
        workspaces: Sequence[Workspace] = _alive[-1] if _alive else ()
        found = {(workspace.target.project.functions_dir, True): None for workspace in workspaces}
        found |= {(workspace.target.project.root, False): None for workspace in workspaces}
        return list(found) or [(str(Path.cwd()), True)]

    def run(self) -> int:
        """One run; returns its exit status."""
        request, output, quiet = self._request, self._output, self._output.quiet
        begun = time.perf_counter()
        try:
            with progress.shown(wanted=not quiet) as report:
                outcome = check(
                    request, report, _alive.append, _alive[-1] if _alive else (), apart=not self._watch
                )
        except (ConfigError, GitError, PathError, NoProjectError) as error:
            complain(str(error))
            return FAILED
        except InternalError as error:
            return internal_error(error, str(error), self._verbose)
        for path, reason in outcome.unwritten:
            complain(f"{path}: the fix cannot be written: {reason}", "its findings remain in the report")
        for defect in outcome.defects:
            tell_defect(defect)
        if outcome.files == 0 and (request.staged or request.since is not None) and not quiet:
            note(
                "nothing of a Convex project is staged"
                if request.staged
                else f"no file of a Convex project changed since {request.since}"
            )
        if outcome.elsewhere and not quiet:
            note(f"no Convex project is in this folder; checked {_near(outcome.elsewhere)}")
        if self._unsafe_fixes and request.fix == "none" and not quiet:
            note("--unsafe-fixes does nothing alone: --fix applies fixes, --diff shows them")
        if _checked_nothing(request, outcome):
            complain(f"no module was checked: {_near(request.paths)} holds none that Convex pushes")
            return FAILED
        if not quiet:
            tell(outcome)
            if outcome.suppressing is not None:
                tell_suppressions(outcome.suppressing)
        if request.write_baseline is not None:
            trouble = write_baselines(outcome)
            if trouble is not None:
                complain(trouble)
                return FAILED
        if self._verbose and request.cache_dir is not None:
            obstacle = Packs(request.cache_dir).obstacle()
            if obstacle is not None:
                note(f"nothing is cached in {request.cache_dir}: {obstacle}")
        status = FAILED if outcome.unwritten or outcome.defects else FOUND if outcome.failed else OK
        try:
            write_reports(request, output, self._reports, outcome, time.perf_counter() - begun)
        except BrokenPipeError:
            quietly_closed()
        except OSError as error:
            complain(
                words_of_output(error)
                if is_of_output(error)
                else f"cannot write {error.filename or 'the report'}: {error.strerror or error}"
            )
            return FAILED
        return status


def _paths(paths: tuple[str, ...], stdin_filename: str | None) -> tuple[str, ...]:
    if stdin_filename is None:
        if "-" in paths and not Path("-").exists():
            click.get_current_context().fail(
                "a module from stdin needs a place in its project: `--stdin-filename convex/messages.ts`"
            )
        return paths or (".",)
    for path in paths:
        if path != "-":
            note(f"{path} is not linted: the module comes from stdin")
    return ()


def _near(paths: Iterable[str]) -> str:
    return ", ".join(os.path.relpath(path) for path in paths)


def _checked_nothing(request: Request, outcome: Outcome) -> bool:
    """Whether a folder was asked for and no module of it was looked at, though nothing was to narrow it."""
    limited = request.since is not None or request.staged or request.stdin is not None
    empty = not (outcome.files or outcome.diagnostics or outcome.defects)
    return empty and not limited and any(Path(path).is_dir() for path in request.paths)


def _flat(names: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(name for group in names for name in group)
