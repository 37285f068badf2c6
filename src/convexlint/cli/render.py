"""Which report a run gets: the choice alone; the reports themselves are in `convexlint.reports`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from convexlint.findings import Category, Level
from convexlint.reports.paint import Line, coloured, plain
from convexlint.session import Outcome, Request

if TYPE_CHECKING:
    from convexlint.reports.overview import Step
    from convexlint.reports.rooted import RootOf


_ROOTED = ("sarif", "gitlab", "junit", "rdjson")


class Output(Struct, frozen=True):
    """The options for the reports. `format`: that of the first. `colour`: auto, always or never."""

    format: str
    colour: str
    statistics: bool
    quiet: bool
    verbose: bool
    full: bool


def render(
    request: Request,
    output: Output,
    format_: str,
    outcome: Outcome,
    cwd: str,
    *,
    colour: bool,
    width: int | None,
    seconds: float | None,
) -> str:
    """The report in one format. `width`: columns of the terminal, None for a pipe or a file. `seconds`: how
    long the run took, None: not to be printed."""
    # Each report is imported when it is asked for: starting fast is part of the contract.
    fixing = request.fix != "none"
    if format_ == "json":
        from convexlint.reports.json import json_report

        return json_report(outcome, cwd, fixing=fixing)
    if format_ in _ROOTED:
        return _rooted(format_, outcome, cwd)
    if format_ == "github":
        from convexlint.cli.repository import root_finder
        from convexlint.reports.github import github

        return github(outcome, root_finder(cwd), cwd, fixing=fixing and not output.quiet)
    if format_ == "html":
        from convexlint.reports.html import html

        return html(outcome, cwd, _models(request, cwd))
    if format_ == "agent":
        from convexlint.reports.agent import agent

        return agent(outcome, cwd, command=_command(request), full=output.full)
    if format_ == "concise":
        from convexlint.reports.concise import concise

        statistics = _statistics(output, outcome)
        return concise(outcome, cwd) + (f"\n{plain(statistics)}" if statistics else "")
    return (coloured if colour else plain)(_text(request, output, outcome, cwd, width, seconds))


def _rooted(format_: str, outcome: Outcome, cwd: str) -> str:
    """The reports that services read, with paths from the root of the repository."""
    from importlib import import_module

    from convexlint.cli.repository import root_finder

    report: Callable[[Outcome, RootOf], str] = getattr(
        import_module(f"convexlint.reports.{format_}"), format_
    )
    return report(outcome, root_finder(cwd))


def _models(request: Request, cwd: str) -> list[dict[str, object]]:
    """What the model says of each project: with the findings on one page."""
    from convexlint.reports.model.description import describe
    from convexlint.session import programs

    return [describe(program, cwd) for program in programs(request)]


def _text(
    request: Request, output: Output, outcome: Outcome, cwd: str, width: int | None, seconds: float | None
) -> list[Line]:
    from convexlint.reports.footer import footer
    from convexlint.reports.text import findings
    from convexlint.reports.wrap import page, wrap

    lines: list[Line] = []
    closing: list[Line] = []
    shown = outcome
    if request.fix != "none":
        if not output.quiet:
            from convexlint.reports.repairs import WIDTH, repairs

            told = repairs(outcome, cwd, width=page(width).words or WIDTH)
            wide = page(width).words
            lines += [*(part for line in told for part in wrap(line, wide, 4)), []] if told else []
        if not output.full and request.stdin is None:
            shown = _after_fixes(outcome)
    if not output.quiet:
        hidden = len(outcome.diagnostics) - len(shown.diagnostics)
        closing = footer(
            outcome, cwd, seconds=seconds, fixing=request.fix != "none", width=width, hidden=hidden
        )
    statistics = _statistics(output, outcome)
    if width is not None and not output.full and not _asks_for_one_rule(request):
        from convexlint.reports.overview import is_long, overview

        if is_long(shown):
            steps = [] if output.quiet else _steps(request, outcome)
            return [*lines, *overview(shown, cwd, closing, width=width, steps=steps, table=statistics)]
    lines += findings(shown, cwd, width=width)
    if statistics:
        lines += [*statistics, []] if closing else statistics
    return lines + closing


def _after_fixes(outcome: Outcome) -> Outcome:
    """What to print after fixes: errors, and what fixes have brought up. The rest was known and remains."""
    kept = tuple(
        one
        for number, one in enumerate(outcome.diagnostics)
        if one.level is Level.ERROR or number in outcome.fresh
    )
    return replace(outcome, diagnostics=kept)


def _statistics(output: Output, outcome: Outcome) -> list[Line]:
    if not output.statistics:
        return []
    from convexlint.reports.statistics import statistics

    return statistics(outcome, score=not output.quiet)


def _asks_for_one_rule(request: Request) -> bool:
    select = request.overrides.select
    return len(set(select)) == 1 and select[0] not in ("all", *(category.value for category in Category))


def _is_option(name: str) -> bool:
    """Whether the command that runs knows an option."""
    context = click.get_current_context(silent=True)
    return context is not None and any(name in one.opts for one in context.command.params)


def _command(request: Request) -> str:
    """The command of this run without its options."""
    import shlex

    return " ".join(["convexlint check", *(shlex.quote(path) for path in request.paths if path != ".")])


def _steps(request: Request, outcome: Outcome) -> Sequence[Step]:
    """What to do about many findings, as commands that can be typed."""
    from convexlint.reports.overview import Step
    from convexlint.reports.rank import tallies
    from convexlint.reports.summary import counted

    check = _command(request)
    first = tallies(outcome.diagnostics)[0]
    steps = [
        Step(f"{check} --select {first.rule}", f"begin here: {counted(first.count, 'finding')}, in full"),
    ]
    safe = sum(one.finding.fix is not None and one.finding.fix.is_safe for one in outcome.diagnostics)
    if safe and request.fix == "none":
        steps.append(Step(f"{check} --fix", f"mends {safe} of them, and changes no behaviour"))
    if _is_option("--write-baseline") and not outcome.baseline.files:
        words = (
            f"takes the {counted(len(outcome.diagnostics), 'finding')} for known: only new ones are reported"
        )
        steps.append(Step(f"{check} --write-baseline", words))
    if not outcome.configured:
        steps.append(Step("convexlint init", "settings that fit how this project is written"))
    return steps
