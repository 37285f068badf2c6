"""What could not be followed: the footer counts it."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.program.model import Note
from convexlint.program.modules.nodes import descendants
from convexlint.program.places.clients.calls import is_asked, scripts_of
from convexlint.program.places.sites import database_calls, query_steps
from convexlint.program.places.unreferenced import OPEN_USE
from convexlint.program.program import Program
from convexlint.program.queries import query


@query
def notes(program: Program) -> tuple[Note, ...]:
    """Names of tables and indexes, parts of the schema, what is nested too deeply, and what goes beyond a bound of the
    evaluator (as far as it was asked for), by path and place."""
    return tuple(sorted(_notes(program), key=lambda n: (n.path, n.start, n.kind)))


def _notes(program: Program) -> Iterator[Note]:
    by_path = {module.path: module for module in program.modules}
    for what, path, start in program.ev.unfollowed:
        if what == OPEN_USE or (path in by_path and by_path[path].reported):
            yield Note(what, path, start)
    for module in program.modules:
        if module.reported and module.head.truncated:
            nodes = descendants(tuple(s for function in module.facts.functions for s in function.body))
            deep = (node.start for node in nodes if isinstance(node, ir.Opaque) and node.kind == "deep")
            yield Note("code nested too deeply", module.path, min(deep, default=0))
    for path, start in scripts_of(program).broken:
        yield Note("client with a syntax error", path, start)
    for path, why in program.left_out() if is_asked(program) else ():
        yield Note(why, path, 0)
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
