"""Minute 0 is when everybody's jobs start; another minute spreads the load."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from convexlint.facts.ir import Expr, Number, Object, Prop, Text
from convexlint.findings import Category, Concern, Finding, Level, Span, Suggestion
from convexlint.program.model import CronJob
from convexlint.program.modules.nodes import bare
from convexlint.program.places.sites import crons
from convexlint.program.program import Program
from convexlint.program.writing.editing import remove_property, replace
from convexlint.rules.rule import NoOptions, rule

CLOCKS = ("hourly", "daily", "weekly", "monthly")
MINUTE_ZERO = re.compile(r"0+(?:[-/]|$)")


@rule(category=Category.HTTP, concern=Concern.COST, level=Level.WARNING, fix="suggestion", official=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for job in crons(program):
        schedule = _bare(job.schedule)
        if schedule is None:
            continue
        span = Span(schedule.start, schedule.end)
        if job.method == "cron" and isinstance(schedule, Text) and fires_at_zero(schedule.value):
            yield _finding(job, span, _new_expression(job, schedule))
        elif job.method == "cron" and job.certain and fires_at_zero(job.expression or ""):
            yield _finding(job, span, ())
        elif job.method in CLOCKS and isinstance(schedule, Object):
            for position, prop in enumerate(schedule.props):
                if _is_minute_zero(prop) or (job.certain and _comes_to_zero(job, prop)):
                    ways = _new_minute(program, job, schedule, position)
                    yield _finding(job, Span(prop.start, prop.end), ways)
        elif job.method in CLOCKS and job.certain:
            for setting in job.settings or ():
                if setting.name == "minuteUTC" and setting.value == 0:
                    yield _finding(job, span, ())


def fires_at_zero(expression: str) -> bool:
    """Whether an item of the minute field starts at 0; `*` and `*/15` are left alone, as officially."""
    fields = expression.split()
    return len(fields) == 5 and any(MINUTE_ZERO.match(item) for item in fields[0].split(","))


def _bare(expr: Expr | None) -> Expr | None:
    return None if expr is None else bare(expr)


def _is_minute_zero(prop: Prop) -> bool:
    quoted = prop.key_end - prop.key_start != len("minuteUTC")
    if prop.kind != "pair" or prop.key != "minuteUTC" or quoted:
        return False
    value = _bare(prop.value)
    return isinstance(value, Number) and value.value == 0


def _comes_to_zero(job: CronJob, prop: Prop) -> bool:
    """Whether a setting is 0 by way of a constant."""
    if isinstance(_bare(prop.value), Number):
        return False
    span = Span(prop.start, prop.end)
    return any(s.name == "minuteUTC" and s.span == span and s.value == 0 for s in job.settings or ())


def _finding(job: CronJob, span: Span, ways: tuple[Suggestion, ...]) -> Finding:
    name = f"cron `{job.name}`" if job.name else "this cron"
    free = "use `daily` and the like without `minuteUTC`" if job.method == "cron" else "leave `minuteUTC` out"
    return Finding.at(
        job.place,
        f"{name} runs at minute 0, the busiest minute of the hour",
        span=span,
        help=f"give it another minute, or {free}: Convex then chooses one (convex 1.43)",
        suggestions=ways,
    )


def _own_minute(job: CronJob) -> int:
    """1 to 59, settled by the job's name, so that the jobs of a project do not all move to one minute."""
    return zlib.crc32((job.name or "").encode()) % 59 + 1


def _new_expression(job: CronJob, literal: Text) -> tuple[Suggestion, ...]:
    module = job.place.module
    minute = literal.value.split()[0]
    inner = Span(literal.start + 1, literal.end - 1)
    if minute.strip("0") or module.text(inner) != literal.value:
        return ()
    start = inner.start + literal.value.index(minute)
    edit = replace(module, Span(start, start + len(minute)), str(_own_minute(job)))
    return (Suggestion(f"run at minute {_own_minute(job)}", (edit,)),)


def _new_minute(program: Program, job: CronJob, schedule: Object, position: int) -> tuple[Suggestion, ...]:
    module = job.place.module
    value = schedule.props[position].value
    other = replace(module, Span(value.start, value.end), str(_own_minute(job)))
    ways = [Suggestion(f"run at minute {_own_minute(job)}", (other,))]
    version = program.project.convex_version
    if version is None or version >= (1, 43, 0):
        ways.insert(
            0, Suggestion("let Convex choose the minute", (remove_property(module, schedule, position),))
        )
    return tuple(ways)
