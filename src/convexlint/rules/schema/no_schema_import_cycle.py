"""A module that the schema imports cannot use the schema while it loads: there is none yet."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.behaviour.schema_cycles import SchemaUse, schema_uses
from convexlint.program.model import Place
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.SCHEMA, level=Level.ERROR, official=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for use in schema_uses(program):
        called = () if use.called is None else (_called(*use.called),)
        runs = f", and `{use.called[1]}` is called while it loads" if use.called is not None else ""
        instead = "use it inside a function" if use.called is None else "call this when a function runs"
        yield Finding.at(
            use.place,
            f"`{use.name}` is still undefined here: `{use.schema.name}` imports this module "
            f"({_way(use)}) and loads it first{runs}",
            help=f"{instead}, name the table with `v.id(...)`, or move what the schema needs into a module that does "
            "not use the schema",
            related=called
            + tuple(
                Related(step.module.path, step.span, f"`{step.module.name}` imports `{step.target.name}`")
                for step in use.way
            ),
        )


def _called(place: Place, name: str) -> Related:
    return Related(place.module.path, place.span, f"`{name}` is called here, while the module loads")


def _way(use: SchemaUse) -> str:
    return " -> ".join(f"`{name}`" for name in (use.schema.name, *(step.target.name for step in use.way)))
