"""Without auth.config no token is accepted: every identity is null."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.discovery.project import Role
from convexlint.findings import Category, Finding, Level
from convexlint.program.behaviour.identity import identity_reads
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.FUNCTIONS, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    project = program.project
    if project.component or any(file.role is Role.AUTH_CONFIG for file in project.files):
        return
    first = next((place for place in identity_reads(program) if place.module.reported), None)
    if first is not None:
        yield Finding.at(
            first,
            "the project has no auth.config.ts: Convex accepts no token, and the identity is always null",
            help="add auth.config.ts to the functions folder, with `export default { providers: [...] }`",
        )
