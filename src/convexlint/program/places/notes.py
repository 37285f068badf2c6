"""What could not be followed: the footer counts it."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.program.model import Note
from convexlint.program.places.sites import database_calls, query_steps
from convexlint.program.program import Program
from convexlint.program.queries import query


@query
def notes(program: Program) -> tuple[Note, ...]:
    """Names of tables and indexes, and parts of the schema, that could not be followed, by path and place."""
    return tuple(sorted(_notes(program), key=lambda n: (n.path, n.start, n.kind)))


def _notes(program: Program) -> Iterator[Note]:
    schema = program.schema
    for _ in schema.gaps if schema.module is not None else ():
        assert schema.module is not None
        yield Note("part of the schema", schema.module.path, 0)
    for call in database_calls(program):
        place = call.place
        if (
            call.method in ("query", "insert")
            and call.table is None
            and call.certain
            and place.module.reported
        ):
            yield Note("dynamic table name", place.module.path, place.span.start)
    for step in query_steps(program):
        named = step.method in ("withIndex", "withSearchIndex")
        if named and step.index_name is None and step.place.module.reported:
            yield Note("dynamic index name", step.place.module.path, step.place.span.start)
