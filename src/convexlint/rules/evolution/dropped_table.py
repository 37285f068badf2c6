"""A table that leaves the schema keeps its documents, which then fit nothing (docs/convex.md 14.2)."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from convexlint.findings import Category, Concern, Finding, Level, Related
from convexlint.program.evolution.schema_changes import dropped_tables, schema_definition
from convexlint.program.places.sites import all_query_steps, all_sites
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

_MOST_PLACES = 3


@rule(category=Category.EVOLUTION, concern=Concern.FAILURE, level=Level.WARNING)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    where, before = schema_definition(program), program.before()
    if where is None or before is None:
        return
    for table in dropped_tables(program):
        if any(fnmatchcase(table.name, pattern) for pattern in program.settings.may_change):
            continue
        places = [c.place for c in all_sites(program).database_calls if c.table == table.name]
        places += [s.place for s in all_query_steps(program) if s.table == table.name and s.method == "query"]
        used = (
            f", and {len(places)} {'place' if len(places) == 1 else 'places'} in the code still use it"
            if places
            else ""
        )
        yield Finding(
            where[0].path,
            where[1],
            f"the table `{table.name}` of {before.revision} is no longer in the schema{used}; its documents stay "
            "in the database",
            help="if they are not needed any more, delete them (or the table, in the dashboard) once this is deployed",
            related=tuple(Related(p.module.path, p.span, "used here") for p in places[:_MOST_PLACES]),
        )
