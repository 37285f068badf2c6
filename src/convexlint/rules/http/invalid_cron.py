"""A cron job that the push refuses, or that fails each time it runs."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts.ir import Expr
from convexlint.findings import Category, Finding, Level, Related, Span
from convexlint.program.convex.acceptance import accepts
from convexlint.program.convex.cron_grammar import cron_problem
from convexlint.program.convex.given import SomeObject
from convexlint.program.convex.given_text import refusal_text
from convexlint.program.model import CronJob, CronSetting, Reference
from convexlint.program.modules.nodes import bare
from convexlint.program.places.givens import given, place_of
from convexlint.program.places.references import references
from convexlint.program.places.sites import crons
from convexlint.program.program import Program
from convexlint.program.validators import ObjectValidator
from convexlint.rules.rule import NoOptions, rule

UNITS = ("seconds", "minutes", "hours")
WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
# What `hourly` and the like take: the numbers that fit, and whether the entry must be there.
RANGES = {"minuteUTC": (0, 59), "hourUTC": (0, 23), "day": (1, 31)}
NEEDS = {
    "hourly": (),
    "daily": ("hourUTC",),
    "weekly": ("dayOfWeek", "hourUTC"),
    "monthly": ("day", "hourUTC"),
}
Problem = tuple[Span, str, str]


@rule(category=Category.HTTP, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    targets = {
        (r.place.module.path, r.call_span): r for r in references(program) if r.use == "cron" and r.path
    }
    for job in crons(program):
        module = job.place.module
        if not job.certain:
            continue
        for span, message, advice in (*_name(job), *_schedule(job)):
            yield Finding.at(job.place, f"{_named(job)}: {message}", span=span, help=advice)
        target = targets.get((module.path, job.call_span))
        if target is not None:
            yield from _target(program, job, target)


def _named(job: CronJob) -> str:
    return f"cron `{job.name}`" if job.name else "this cron"


def _name(job: CronJob) -> Iterator[Problem]:
    name, span = job.name, job.name_span
    if name is not None and span is not None and not (name.isascii() and name.isprintable()):
        yield span, "its name has other characters than printable ASCII", "name it in plain ASCII"


# -------------------------------------------------------------------------------------------------- schedule


def _schedule(job: CronJob) -> Iterator[Problem]:
    if job.schedule is None:
        return
    span = _bare_span(job.schedule)
    if job.method == "cron":
        problem = cron_problem(job.expression) if job.expression is not None else None
        if problem is not None:
            yield span, f"the push refuses its schedule: {problem.text}", "see crontab(5) for the five fields"
    elif job.settings is not None:
        found = _interval(span, job.settings) if job.method == "interval" else _clock(span, job)
        yield from found


def _bare_span(node: Expr) -> Span:
    node = bare(node)
    return Span(node.start, node.end)


def _interval(span: Span, settings: tuple[CronSetting, ...]) -> Iterator[Problem]:
    units = [s for s in settings if s.name in UNITS]
    if len(units) != 1:
        written = " and ".join(f"`{s.name}`" for s in units) or "no unit"
        yield (
            span,
            f"an interval has one unit, and this has {written}",
            "give `seconds`, `minutes` or `hours`",
        )
        return
    unit = units[0]
    if isinstance(unit.value, str) or (unit.value is not None and not _is_whole(unit.value, 1, None)):
        yield (
            unit.span,
            f"an interval is a whole number above zero, not {_shown(unit.value)}",
            "write a fraction in a smaller unit, and leave the job out if it shall not run",
        )


def _clock(span: Span, job: CronJob) -> Iterator[Problem]:
    settings = job.settings or ()
    for setting in settings:
        value = setting.value
        if setting.name in RANGES and value is not None:
            low, high = RANGES[setting.name]
            if isinstance(value, str) or not _is_whole(value, low, high):
                yield (
                    setting.span,
                    f"`{setting.name}` is a whole number from {low} to {high}, not {_shown(value)}",
                    "all times are UTC",
                )
        elif setting.name == "dayOfWeek" and value is not None and value not in WEEKDAYS:
            yield (
                setting.span,
                f"{_shown(value)} is not a `dayOfWeek`",
                '"sunday" to "saturday", in lower case',
            )
    given = {s.name for s in settings}
    for name in NEEDS.get(job.method, ()):
        if name not in given:
            yield span, f"`{job.method}` needs `{name}`", f"say at which `{name}` it runs"


def _is_whole(value: float, low: int, high: int | None) -> bool:
    return value == int(value) and value >= low and (high is None or value <= high)


def _shown(value: float | str) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return f"{value:g}"


# ---------------------------------------------------------------------------------------------------- target


def _target(program: Program, job: CronJob, reference: Reference) -> Iterator[Finding]:
    _module, target = job.place.module, reference.target
    if reference.status == "missing":
        yield Finding.at(
            job.place,
            f"{_named(job)} runs `{reference.path}`, which does not exist: the push fails",
            span=reference.place.span,
            help="name an exported mutation or action",
        )
        return
    if target is None:
        return
    related = (Related(target.module.path, target.builder_span, f"`{target.path}` is registered here"),)
    if target.kind not in ("mutation", "action"):
        what = "an HTTP action" if target.kind == "httpAction" else f"a {target.kind}"
        yield Finding.at(
            job.place,
            f"{_named(job)} runs `{target.path}`, which is {what}: the push fails",
            span=reference.place.span,
            help="a cron runs a mutation or an action",
            related=related,
        )
        return
    # What a custom builder takes out of the arguments, or adds, is not the function's own validator.
    validator = target.args.validator
    if target.custom or not isinstance(validator, ObjectValidator):
        return
    sent = SomeObject() if reference.args is None else given(program, job.place.module, reference.args)
    for refusal in accepts(validator, sent).refusals[:1]:
        yield Finding.at(
            job.place,
            f"{_named(job)} fails each time: `{target.path}` {refusal_text(refusal)}",
            span=place_of(refusal, job.place.module, reference.args) or reference.place.span,
            help="give the arguments that its validator takes",
            related=related,
        )
