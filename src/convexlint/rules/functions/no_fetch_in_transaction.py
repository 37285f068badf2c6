"""Queries and mutations are transactions: they cannot wait for the network or for time to pass."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.behaviour.chains import beginnings, chain, deed_of, named
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

_KINDS = ("network", "timer", "entropy", "import")


@rule(category=Category.FUNCTIONS, level=Level.ERROR, by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for function in program.functions:
        if function.kind not in ("query", "mutation"):
            continue
        for beginning in beginnings(program, function, _KINDS):
            effect = beginning.effect
            deed = f"`{effect.what}`"
            what = f"this call reaches {deed}, which throws" if effect.chain else f"{deed} throws"
            yield Finding.at(
                beginning.place,
                f"{named(function)} is a {function.kind}, which runs as a transaction: {what} there",
                span=beginning.span,
                help=_help(effect.kind, function.kind),
                function=function.path,
                related=chain(effect),
                deed=deed_of(effect),
            )


def _help(kind: str, caller: str) -> str:
    if kind == "timer":
        return "wait with `ctx.scheduler.runAfter(...)` in a mutation, or in an action"
    if kind == "import":
        return "import it at the top of the file (what the default runtime cannot load: in an action)"
    if kind == "entropy":
        return (
            "do it in an action: the default runtime gives transactions no randomness for keys and signatures"
        )
    if caller == "mutation":
        return "do it in an action, which the mutation schedules by `ctx.scheduler.runAfter(0, internal....)`"
    return "do it in an action, and keep what it brings in a table that the query reads"
