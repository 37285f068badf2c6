"""Rows that code searches after `.take(n)` has cut them: those that match behind the first n are missed."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.convex.extents import extent_of
from convexlint.program.convex.row_predicates import RowTests, read_row_tests
from convexlint.program.model import Module, Place, QueryStep, Table
from convexlint.program.modules.index import outward
from convexlint.program.modules.nodes import bare, descendants
from convexlint.program.places.numbers import constant
from convexlint.program.places.origins import origins
from convexlint.program.places.row_filters import filter_place, row_tests
from convexlint.program.places.rows import WRITERS, LoadedRows, loaded_rows
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

MOST = 1000  # a `.take` of more is a collect under another name: no-large-take's
_MAX_NAMES = 6


class CutRows(Struct, frozen=True, eq=False):
    """A search by `tests` in rows that a `.take(n)` has cut before.

    `place`: `filter` or `find`, or the first condition of a loop. `one`: it looks for a single row. `count`: n, where
    it is fixed and the query walks all rows of the table; None where a caller chooses it as the size of the answer.
    `number`: where n is written. `held`: the fields that the range of the query has already.
    """

    place: Place
    step: QueryStep
    tests: RowTests
    table: Table | None
    one: bool
    count: float | None
    number: Span
    held: tuple[str, ...]


@listed
def cut_rows(program: Program) -> Iterator[CutRows]:
    """Where rows are searched by equality after a `.take(n)`, by module and place: of a whole table, where nothing else
    is done with the rows, or of as many as a caller asks for. Not: results of a text search, which are the best n."""
    reader = _Reader(program)
    for rows in loaded_rows(program):
        step = rows.step
        if step.method != "take" or len(step.args) != 1 or not step.before:
            continue
        if all(extent_of(state) != "search" for state in step.before):
            yield from reader.searched(rows)


class _Reader:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._ev = program.ev
        self._origins = origins(program)

    def searched(self, rows: LoadedRows) -> Iterator[CutRows]:
        step, module = rows.step, rows.step.place.module
        table = self._program.schema.tables.get(step.table or "")
        count = constant(self._ev, module, step.args[0])
        if count is None and not self._is_size(module, step.args[0]):
            return
        if count is not None:
            whole = all(extent_of(state) == "table" for state in step.before)
            if whole and count <= MOST:
                yield from self._alone(rows, table, count)
            return
        yield from self._kept(rows, table)
        yield from self._again(rows, table)

    def _alone(self, rows: LoadedRows, table: Table | None, count: float) -> Iterator[CutRows]:
        """Searches that nothing else is done beside."""
        step = rows.step
        read = [row_tests(step.place.module, use, table, step) for use in rows.uses]
        if any(tests is None or not _names_rows(tests) for tests in read):
            return
        if any(use.loop is not None and _writes(use.loop) for use in rows.uses):
            return  # the batch of a migration
        many = sum(use.name != "find" for use in rows.uses)
        for use, tests in zip(rows.uses, read, strict=True):
            if tests is not None and (use.name == "find" or many == 1):
                place = filter_place(use, tests)
                yield self._made(rows, place, tests, table, use.name == "find", count)

    def _kept(self, rows: LoadedRows, table: Table | None) -> Iterator[CutRows]:
        """`rows.filter(...)` as the answer, of as many rows as the caller asks for."""
        step, module = rows.step, rows.step.place.module
        filters = [use for use in rows.uses if use.kind == "method" and use.name == "filter"]
        if len(filters) != 1 or any(use.kind not in ("method", "other", "length") for use in rows.uses):
            return
        (use,) = filters
        if use.repeated or not isinstance(use.node, ir.Call) or self._is_counted(module, use.node):
            return
        tests = row_tests(module, use, table, step)
        if tests is not None and _names_rows(tests):
            yield self._made(rows, use.place, tests, table, False, None)

    def _again(self, rows: LoadedRows, table: Table | None) -> Iterator[CutRows]:
        """`let rows = await ...take(limit); if (args.kind) rows = rows.filter(...)`."""
        step, module = rows.step, rows.step.place.module
        index = self._ev.world.index(module)
        parent = index.parent(rows.expression)
        if not isinstance(parent, ir.Declare) or not isinstance(parent.pattern, ir.BindName):
            return
        ref = parent.pattern.ref
        for path, value in index.assignments.get(ref, ()) if ref >= 0 else ():
            call = bare(value)
            if path or not isinstance(call, ir.Call) or not isinstance(call.callee, ir.Member):
                continue
            held = bare(call.callee.object)
            if call.callee.name != "filter" or not isinstance(held, ir.Name) or held.ref != ref:
                continue
            tests = read_row_tests(module, call.args)
            if _names_rows(tests):
                name = Span(call.callee.name_start, call.callee.end)
                place = Place(module, name, step.place.owner, step.place.inside)
                yield self._made(rows, place, tests, table, False, None)

    def _made(
        self,
        rows: LoadedRows,
        place: Place,
        tests: RowTests,
        table: Table | None,
        one: bool,
        count: float | None,
    ) -> CutRows:
        step = rows.step
        held = tuple(
            dict.fromkeys(part.field for state in step.before for part in state.range or () if part.field)
        )
        number = Span(step.args[0].start, step.args[0].end)
        return CutRows(place, step, tests, table, one, count, number, held)

    def _is_counted(self, module: Module, call: ir.Call) -> bool:
        """`rows.filter(...).length`: of the rows that were asked for, how many are so."""
        whole, parent = outward(self._ev.world.index(module), call)
        return isinstance(parent, ir.Member) and parent.object is whole and parent.name == "length"

    def _is_size(self, module: Module, node: ir.Expr, depth: int = 0) -> bool:
        """Whether a caller chooses the number, and it is not more than what he asks for (`limit * 2`)."""
        node = bare(node)
        if depth > _MAX_NAMES or _is_more(node):
            return False
        if isinstance(node, ir.Name) and node.ref >= 0:
            held = self._ev.world.index(module).constant(node.ref)
            if held is not None:
                return self._is_size(module, held, depth + 1)
        if isinstance(node, (ir.Name, ir.Member)):
            return bool(self._origins.of(module, node))
        parts = tuple(part for part in descendants(node) if part is not node)
        if any(_is_more(part) for part in parts):
            return False
        return any(
            self._is_size(module, part, depth + 1) for part in parts if isinstance(part, (ir.Name, ir.Member))
        )


def _names_rows(tests: RowTests) -> bool:
    """Whether some test is one of equality, by which an index finds rows."""
    return any(test.kind != "bound" for test in tests.tests)


def _writes(loop: ir.Loop) -> bool:
    calls = (part.callee for part in descendants(loop.body) if isinstance(part, ir.Call))
    return any(isinstance(callee, ir.Member) and callee.name in WRITERS for callee in calls)


def _is_more(node: ir.Node) -> bool:
    return isinstance(node, ir.Binary) and node.op in ("+", "*")
