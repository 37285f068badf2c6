"""An id that may be undefined: `ctx.db.get("t", undefined)` is taken for the old form with the id "t", and throws."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level
from convexlint.program.places.undefined_values import MaybeUndefinedId, maybe_undefined_ids
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for found in maybe_undefined_ids(program):
        yield Finding.at(
            found.place,
            f"`{found.text}` may be undefined: {_then(found)}",
            span=found.span,
            help=f"test it before the call: `if ({found.text} === undefined)`",
        )


def _then(found: MaybeUndefinedId) -> str:
    call = found.call
    if call.explicit and call.method in ("get", "delete"):
        table = call.table or "the table's name"
        return f'`{call.method}` then takes "{table}" for the id, and throws'
    return f"`{call.method}` then throws"
