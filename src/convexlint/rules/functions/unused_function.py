"""A function that nothing refers to is code that nobody runs."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding
from convexlint.program.places.unreferenced import note_open_uses, unreferenced
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.FUNCTIONS, concern=Concern.STYLE, level=None)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    note_open_uses(program)
    for function in unreferenced(program):
        root = "api" if function.is_public else "internal"
        reference = f"{root}.{function.module.name.replace('/', '.')}.{function.export}"
        yield Finding.at(
            function.place,
            f"no client, test or job of the repository names `{reference}`, and it is open to everyone"
            if function.is_public
            else f"nothing in the project refers to `{reference}`",
            span=function.export_span,
            help="delete it, or make it internal if it is run by hand; a client that is kept elsewhere may call it"
            if function.is_public
            else "delete it, if nobody runs it by hand or from the dashboard",
        )
