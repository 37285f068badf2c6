"""A module that the schema imports cannot use the schema while it loads: there is none yet."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.places.schema_cycles import SchemaUse, schema_uses
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.SCHEMA, level=Level.ERROR, official=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for use in schema_uses(program):
        yield Finding.at(
            use.place,
            f"`{use.name}` is still undefined here: `{use.schema.name}` imports this module "
            f"({_way(use)}) and loads it first",
            help="use it inside a function, name the table with `v.id(...)`, or move what the schema needs into a "
            "module that does not use the schema",
            related=tuple(
                Related(step.module.path, step.span, f"`{step.module.name}` imports `{step.target.name}`")
                for step in use.way
            ),
        )


def _way(use: SchemaUse) -> str:
    return " -> ".join(f"`{name}`" for name in (use.schema.name, *(step.target.name for step in use.way)))
