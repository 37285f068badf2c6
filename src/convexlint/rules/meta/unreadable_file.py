"""A module that cannot be read or decoded."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Span
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.META, level=Level.ERROR, always=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for path, why in sorted(program.unreadable.items()):
        if not why:  # convexlint failed on it, which the run tells
            continue
        yield Finding(
            path,
            Span(0, 0),
            f"this file was not checked: {why}",
            help="make it readable and save it as UTF-8, or list it under `exclude` in the config",
        )
