"""Queries only read: what writes or schedules in them fails."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.behaviour.chains import beginnings, chain, deed_of, named
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

_KINDS = ("db-write", "schedule", "storage-write", "run-mutation", "run-action")


@rule(category=Category.FUNCTIONS, level=Level.ERROR, by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for function in program.functions:
        if function.kind != "query":
            continue
        for beginning in beginnings(program, function, _KINDS):
            effect = beginning.effect
            deed = f"`{effect.what}`"
            what = f"this call reaches {deed}, which fails" if effect.chain else f"{deed} fails"
            yield Finding.at(
                beginning.place,
                f"{named(function)} is a query, and queries only read: {what}",
                span=beginning.span,
                help="do it in a mutation (from an action: by `ctx.runMutation`)",
                function=function.path,
                related=chain(effect),
                deed=deed_of(effect),
            )
