"""The official AI guideline knows two kinds of crons, `interval` and `cron`; this asks for them."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts.ir import Object
from convexlint.findings import Category, Concern, Finding, Fix, Span
from convexlint.program.convex.cron_grammar import cron_problem
from convexlint.program.model import CronJob
from convexlint.program.places.sites import crons
from convexlint.program.program import Program
from convexlint.program.writing.editing import has_comment, quoted, replace
from convexlint.rules.rule import NoOptions, rule

HELPERS = ("hourly", "daily", "weekly", "monthly")
WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


@rule(category=Category.HTTP, concern=Concern.STYLE, level=None, fix="safe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for job in crons(program):
        if not job.certain or job.method not in HELPERS:
            continue
        same = same_schedule(job)
        yield Finding.at(
            job.place,
            f"`crons.{job.method}` is a helper: `crons.cron` and `crons.interval` spell the schedule out",
            help=f'`crons.cron` with "{same}" runs at the same times'
            if same is not None
            else "`crons.cron` with the five fields minute, hour, day, month, weekday",
            fix=_fix(job, same),
        )


def same_schedule(job: CronJob) -> str | None:
    """The expression that fires when the job does; None where its times are not all known."""
    given = {s.name: s.value for s in job.settings or ()}

    def field(name: str) -> str:
        value = given.get(name)
        return f"{value:g}" if isinstance(value, float) else "?"

    day = month_day = "*"
    hour = "*" if job.method == "hourly" else field("hourUTC")
    if job.method == "weekly":
        name = given.get("dayOfWeek")
        day = str(WEEKDAYS.index(name)) if isinstance(name, str) and name in WEEKDAYS else "?"
    elif job.method == "monthly":
        month_day = field("day")
    expression = f"{field('minuteUTC')} {hour} {month_day} * {day}"
    return expression if cron_problem(expression) is None else None


def _fix(job: CronJob, same: str | None) -> Fix | None:
    module, schedule = job.place.module, job.schedule
    if same is None or not isinstance(schedule, Object):
        return None
    if has_comment(module, Span(schedule.start, schedule.end)):
        return None  # a text has no room for what the comment says
    return Fix.safe(
        f'write `crons.cron` with "{same}"',
        replace(module, job.place.span, "cron"),
        replace(module, Span(schedule.start, schedule.end), quoted(module, same)),
    )
