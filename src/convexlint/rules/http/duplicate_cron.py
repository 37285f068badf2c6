"""Two cron jobs of one name: the module throws when it is loaded, so the push fails."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.model import CronJob
from convexlint.program.places.sites import all_crons, crons
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.HTTP, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    first: dict[tuple[int, str], CronJob] = {}
    for job in all_crons(program) if crons(program) else ():
        # A job under a condition may stand in for another one.
        if not job.certain or not job.always or job.name is None or job.name_span is None:
            continue
        earlier = first.setdefault((job.jobs, job.name), job)
        if earlier is job or earlier.name_span is None:
            continue
        yield Finding.at(
            job.place,
            f"a second cron is named `{job.name}`: registering it throws, and the push fails",
            span=job.name_span,
            help="give each job a name of its own",
            related=(Related(earlier.place.module.path, earlier.name_span, "the first one"),),
        )
