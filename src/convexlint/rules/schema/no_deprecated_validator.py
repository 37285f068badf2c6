"""`v.bigint()` is the old name of `v.int64()`."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Fix, Level
from convexlint.program.places.validator_sites import validator_sites
from convexlint.program.program import Program
from convexlint.program.writing.editing import replace
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.SCHEMA, level=Level.WARNING, fix="safe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for site in validator_sites(program):
        module = site.module
        if site.method != "bigint":
            continue
        fix = None
        if site.dotted:
            fix = Fix.safe("call `v.int64()`", replace(module, site.place.span, "int64"))
        yield Finding.at(
            site.place,
            "`v.bigint()` is deprecated; the same validator is `v.int64()`",
            help="the values and their type, `bigint`, stay as they are",
            fix=fix,
        )
