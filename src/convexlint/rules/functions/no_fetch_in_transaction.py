"""Queries and mutations are transactions: `fetch` and timers throw in them."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.chains import chain_of, reached, way_to
from convexlint.program.model import Effect, Program, RegisteredFunction
from convexlint.rules.rule import NoOptions, rule

KINDS = frozenset({"network", "timer", "entropy"})


@rule(category=Category.FUNCTIONS, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for function in program.functions:
        if function.kind not in ("query", "mutation"):
            continue
        name = function.path or function.builder
        for effect in reached(program, function, KINDS):
            module = effect.first.module
            if module.reported:
                does = way_to(effect) or "calls "
                yield Finding(
                    path=module.path,
                    span=effect.first.span,
                    message=f"{function.kind} `{name}` {does}`{effect.what}`, which throws in a {function.kind}",
                    help=_help(function, effect),
                    function=function.path,
                    related=chain_of(effect),
                )


def _help(function: RegisteredFunction, effect: Effect) -> str:
    if effect.kind == "timer" and function.kind == "mutation":
        return "`ctx.scheduler.runAfter(ms, internal...)` runs a function later"
    if function.kind == "mutation":
        return "do this in an action: schedule it here with `ctx.scheduler.runAfter(0, internal...)`"
    return "do this in an action that stores the result with `ctx.runMutation`; the query then reads it"
