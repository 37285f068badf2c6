"""Runs in a row are transactions that can disagree; one function sees one state."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Level, Related
from convexlint.program.places.sequences import run_sequences
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.FUNCTIONS, concern=Concern.COST, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for sequence in run_sequences(program):
        first, second, *more = sequence.calls
        place = second.place
        names = ", ".join(f"`{call.target.path}`" for call in sequence.calls if call.target is not None)
        writes = any(call.method == "runMutation" for call in sequence.calls)
        yield Finding.at(
            place,
            f"{len(sequence.calls)} runs in a row ({names}): "
            "each is a transaction of its own, and the data may change between them",
            help=f"do it in one internal {'mutation' if writes else 'query'}",
            related=(
                Related(first.place.module.path, first.place.span, "the first of them"),
                *(Related(c.place.module.path, c.place.span, "and then this one") for c in more),
            ),
        )
