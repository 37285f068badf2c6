"""What is asked in code of rows that were all loaded, where an index could answer it."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.program.convex.extents import reads_whole_table
from convexlint.program.convex.predicates import read_predicate
from convexlint.program.convex.row_predicates import RowTest, RowTests, read_loop_tests, read_row_tests
from convexlint.program.model import Module, Place, QueryStep, Table
from convexlint.program.places.rows import LoadedRows, RowUse, loaded_rows, rows_of
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import ObjectValidator, ScalarValidator
from convexlint.structs import Struct, replace

_SYSTEM = frozenset({"_id", "_creationTime"})


class RowFilter(Struct, frozen=True, eq=False):
    """`use` keeps only those of `rows` that pass `tests`; nothing else is done with the others. `place`: `filter` or
    `find`, or the first condition of a loop. `one`: it looks for a single row. `whole`: all rows of the table were
    loaded. `before`: the fields that filters of the query itself compare for equality."""

    rows: LoadedRows
    use: RowUse
    place: Place
    tests: RowTests
    table: Table | None
    one: bool
    whole: bool
    before: tuple[str, ...] = ()


@listed
def row_filters(program: Program) -> Iterator[RowFilter]:
    """Where all rows of a `.collect()` are only filtered, by module and place."""
    for rows in loaded_rows(program):
        step = rows.step
        if step.method != "collect":
            continue
        table = program.schema.tables.get(step.table or "")
        read = [row_tests(step.place.module, use, table, step) for use in rows.uses]
        if not read or any(tests is None for tests in read):
            continue  # something needs the other rows too
        many = sum(use.name != "find" for use in rows.uses)
        whole = any(reads_whole_table(state) for state in step.before)
        for use, tests in zip(rows.uses, read, strict=True):
            if tests is not None and (use.name == "find" or many == 1):
                found = RowFilter(
                    rows, use, filter_place(use, tests), tests, table, use.name == "find", whole
                )
                yield replace(found, before=_filtered(program, step))


def _filtered(program: Program, step: QueryStep) -> tuple[str, ...]:
    steps = rows_of(program).steps
    fields: list[str] = []
    for state in step.before:
        for key in state.trail:
            found = steps.get(key)
            if found is not None and found.method == "filter":
                fields += [e.field for e in read_predicate(found.place.module, found.args).equalities]
    return tuple(dict.fromkeys(fields))


def filter_place(use: RowUse, tests: RowTests) -> Place:
    """Where a use filters rows: the method's name, or the first condition of a loop."""
    if use.kind == "method" and use.name != "forEach":
        return use.place
    return replace(use.place, span=tests.tests[0].span)


def row_tests(module: Module, use: RowUse, table: Table | None, step: QueryStep) -> RowTests | None:
    """What a use asks of the rows, None where an index could not answer any part of it."""
    if use.repeated:
        return None
    found = _asked(module, use)
    held = {part.field for state in step.before for part in state.range or ()}
    served = tuple(t for t in found.tests if t.field not in held and _is_served(t, table))
    if not served:
        return None
    return RowTests(served, found.whole and len(served) == len(found.tests))


def _asked(module: Module, use: RowUse) -> RowTests:
    if use.kind == "method" and use.name in ("filter", "find"):
        return read_row_tests(module, use.args)
    if use.kind == "loop" and use.loop is not None and use.loop.pattern is not None:
        return RowTests(read_loop_tests(module, use.loop.pattern, use.loop.body, callback=False), False)
    if use.kind == "method" and use.name == "forEach" and use.args and isinstance(use.args[0], ir.Lambda):
        function = module.facts.functions[use.args[0].index]
        if len(function.params) == 1 and not function.is_async:
            return RowTests(
                read_loop_tests(module, function.params[0].pattern, function.body, callback=True), False
            )
    return RowTests((), False)


def _is_served(test: RowTest, table: Table | None) -> bool:
    """Whether an index over the field answers the test."""
    if test.field in _SYSTEM:
        return test.kind in ("eq", "bound")
    fields = (
        table.validator.fields if table is not None and isinstance(table.validator, ObjectValidator) else None
    )
    if fields is None:
        return test.kind in ("eq", "bound")
    field = fields.get(test.field.split(".")[0])
    if field is None:
        return False
    if test.kind in ("eq", "bound"):
        return not test.field.endswith(".length")
    boolean = field.validator == ScalarValidator("boolean") and "." not in test.field
    return boolean and (test.kind == "true" or not field.optional)
