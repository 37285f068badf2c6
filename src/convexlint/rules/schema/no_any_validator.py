"""`v.any()` validates nothing: every value passes, and its type is `any`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from convexlint.findings import Category, Finding, Level
from convexlint.program.places.validator_sites import validator_sites
from convexlint.program.places.validator_uses import ValidatorSite
from convexlint.program.program import Program
from convexlint.rules.rule import rule


@dataclass(frozen=True, slots=True)
class Options:
    """Where `v.any()` is reported.

    Attributes:
        scope: "all" reports it wherever it is written, "schema" only in the tables of the schema.
    """

    scope: Literal["all", "schema"] = "all"


@rule(category=Category.SCHEMA, level=Level.WARNING, options=Options)
def check(program: Program, options: Options) -> Iterator[Finding]:
    for site in validator_sites(program):
        if site.method != "any":
            continue
        if options.scope == "schema" and not any(use.role == "schema" for use in site.uses):
            continue
        yield Finding.at(
            site.place,
            _message(site, program.project.component),
            help="describe the value: `v.object({...})` for its fields, `v.union(...)` for its variants, "
            "`v.record(v.string(), ...)` for open keys",
            function=_function(site),
        )


def _message(site: ValidatorSite, component: bool) -> str:
    if not site.uses:
        return "`v.any()` takes every value: Convex checks nothing of it"
    use = site.uses[0]
    what = use.text
    if use.role == "schema" and not use.path:
        return f"{what} takes documents of any shape: Convex checks nothing of them"
    if use.role == "args" and use.function is not None and use.function.is_public:
        who = "the app decides" if component else "clients decide"
        return f"{what} can be anything: {who} what arrives"
    return f"{what} can be anything: Convex does not check it"


def _function(site: ValidatorSite) -> str | None:
    functions = [use.function for use in site.uses if use.function is not None]
    return functions[0].path if len(functions) == 1 else None
