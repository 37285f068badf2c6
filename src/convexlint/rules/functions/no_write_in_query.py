"""Queries read; what writes, schedules or runs something that does belongs in a mutation or an action."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.chains import chain_of, reached, way_to
from convexlint.program.model import Effect, Program
from convexlint.rules.rule import NoOptions, rule

DEEDS = {
    "db-write": "which writes to the database",
    "schedule": "which schedules a function",
    "run-mutation": "which runs a mutation",
    "run-action": "which runs an action",
    "storage-write": "which changes file storage",
}


@rule(category=Category.FUNCTIONS, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for function in program.functions:
        if function.kind != "query":
            continue
        name = function.path or function.builder
        for effect in reached(program, function, frozenset(DEEDS)):
            module = effect.first.module
            if module.reported:
                yield Finding(
                    path=module.path,
                    span=effect.first.span,
                    message=f"query `{name}` {_does(effect)}: a query can only read",
                    help=_help(effect),
                    function=function.path,
                    related=chain_of(effect),
                )


def _does(effect: Effect) -> str:
    way = way_to(effect)
    return f"{way}`{effect.what}`" if way else f"calls `{effect.what}`, {DEEDS[effect.kind]}"


def _help(effect: Effect) -> str:
    if effect.kind == "run-action":
        return "do this in an action, or in a mutation that schedules the action"
    return "do this in a mutation"
