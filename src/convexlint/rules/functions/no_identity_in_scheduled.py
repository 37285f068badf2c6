"""A scheduled function asks who is calling: nobody is, so the identity is always null."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.behaviour.chains import chain, named
from convexlint.program.behaviour.scheduled_identity import ScheduledIdentity, scheduled_identities
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.FUNCTIONS, level=Level.ERROR, by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for found in scheduled_identities(program):
        beginning, reference = found.beginning, found.reference
        scheduled = Related(reference.place.module.path, reference.place.span, "it is scheduled here")
        yield Finding.at(
            beginning.place,
            _message(found),
            span=beginning.span,
            help="pass the user's id as an argument where the function is scheduled",
            function=found.function.path,
            related=(*chain(beginning.effect), scheduled),
            level=None if found.refused else Level.WARNING,
        )


def _message(found: ScheduledIdentity) -> str:
    how = "a cron" if found.reference.use == "cron" else "the scheduler"
    who = f"only {how} leads to {named(found.function)}, and scheduled functions have no identity"
    if found.refused:
        return f"{who}: it refuses every run"
    asked = "the identity that is asked for in what it calls here" if found.beginning.effect.chain else "this"
    return f"{who}: {asked} is always null"
