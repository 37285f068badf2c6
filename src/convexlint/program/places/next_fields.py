"""Rows of an index range that code then searches by the very next field of the same index."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.convex.row_predicates import RowTest, RowTests, read_loop_tests, read_row_tests
from convexlint.program.evaluation.values import BOOLEAN, NUMBER, STRING, IdOf, Lit, members
from convexlint.program.model import IndexDef, Module, QueryState, Table
from convexlint.program.modules.nodes import bare, descendants
from convexlint.program.places.rows import LoadedRows, Rows, RowUse, loaded_rows, rows_of
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.program.validators import ObjectValidator, ScalarValidator
from convexlint.structs import Struct, replace

_METHODS = frozenset({"filter", "find", "some"})


class NextField(Struct, frozen=True, eq=False):
    """Of the rows of a range of `index` only those are used (`use`: the `filter`, `find` or `some`, or
    the loop that skips the others, with the test as its place) whose `field`, the
    next one of the index, equals `text`.

    `whole`: nothing else is asked of them. `end`: where one more equality of the range would stand, None where the
    range stands elsewhere or the value cannot move there. `sure`: the index compares the value as code does.
    `null_does`: null in the place of undefined would change nothing. `alone`: `!== null` can follow what is used
    without parentheses.
    """

    rows: LoadedRows
    use: RowUse
    index: IndexDef
    field: str
    text: str
    whole: bool
    end: int | None
    sure: bool
    null_does: bool
    alone: bool


@listed
def next_fields(program: Program) -> Iterator[NextField]:
    """Searches in code by the next field of the index that the rows were read by, by module and place."""
    rows_ = rows_of(program)
    for rows in loaded_rows(program):
        step = rows.step
        if step.method != "collect" or len(rows.uses) != 1 or len(step.before) != 1:
            continue
        (use,) = rows.uses
        is_search = use.kind == "method" and use.name in _METHODS
        if use.repeated or not (is_search or use.loop is not None):
            continue
        found = _next(program, step.before[0])
        if found is None:
            continue
        index, field, table = found
        module = step.place.module
        tests = read_row_tests(module, use.args) if use.loop is None else _in_loop(module, use.loop)
        test = next((t for t in tests.tests if t.field == field and _is_equality(t, table)), None)
        if test is not None and use.loop is not None:
            place = replace(use.place, span=test.span)
            text = _text(module, test)
            yield NextField(
                rows, replace(use, place=place), index, field, text, False, None, False, False, False
            )
        if test is not None and isinstance(use.node, ir.Call):
            yield _made(
                program, rows_, rows, use, use.node, index, test, tests.whole and len(tests.tests) == 1
            )


def _next(program: Program, state: QueryState) -> tuple[IndexDef, str, Table] | None:
    """The index of a range of equalities that are a true prefix of it, and the field behind them."""
    table = program.schema.tables.get(state.table or "")
    index = table.index(state.index) if table is not None and state.index else None
    if table is None or index is None or index.kind != "database" or index.fields is None or not state.range:
        return None
    equal = [part.field for part in state.range if part.method == "eq"]
    known = len(state.range)
    if len(equal) != known or set(equal) != set(index.fields[:known]) or len(index.fields) <= known:
        return None
    return index, index.fields[known], table


def _is_equality(test: RowTest, table: Table) -> bool:
    if test.kind == "eq":
        return not (isinstance(test.value, ir.Atom) and test.value.kind in ("null", "undefined"))
    if test.kind == "bound" or not isinstance(table.validator, ObjectValidator):
        return False
    field = table.validator.fields.get(test.field)
    boolean = field is not None and field.validator == ScalarValidator("boolean")
    return boolean and field is not None and (test.kind == "true" or not field.optional)


def _made(
    program: Program,
    finder: Rows,
    rows: LoadedRows,
    use: RowUse,
    call: ir.Call,
    index: IndexDef,
    test: RowTest,
    whole: bool,
) -> NextField:
    module, step = rows.step.place.module, rows.step
    text = _text(module, test)
    if test.value is None:
        sure, moves = True, True
    else:
        known = members(program.ev.expr(module, test.value))
        sure = all(isinstance(m, (Lit, IdOf)) or m in (STRING, NUMBER, BOOLEAN) for m in known)
        moves = _is_there(module, test.value, step.call_span.start)
    last = (step.before[0].range or ())[-1].call_span
    there = (
        last is not None and step.call_span.contains(last) and moves and not finder.is_annotated(module, rows)
    )
    parent = finder.ev.world.index(module).parent(call)
    return NextField(
        rows,
        use,
        index,
        test.field,
        text,
        whole,
        last.end if there and last is not None else None,
        sure,
        finder.null_does(module, call),
        isinstance(parent, (ir.Declare, ir.Return, ir.If, ir.Prop, ir.Call, ir.Function)),
    )


def _in_loop(module: Module, loop: ir.Loop) -> RowTests:
    if loop.pattern is None:
        return RowTests((), False)
    return RowTests(read_loop_tests(module, loop.pattern, loop.body, callback=False), False)


def _text(module: Module, test: RowTest) -> str:
    """What the field is compared with, as it would stand in the range."""
    if test.value is None:
        return "true" if test.kind == "true" else "false"
    return module.text(Span(test.value.start, test.value.end))


def _is_there(module: Module, node: ir.Expr, offset: int) -> bool:
    """Whether a value can be read where the query is: it only reads names that are bound before it."""
    node = bare(node)
    if not isinstance(node, (ir.Name, ir.Member, ir.Text, ir.Number, ir.Atom)):
        return False
    names = [part for part in descendants(node) if isinstance(part, ir.Name) and part.ref >= 0]
    bindings = [module.facts.bindings[name.ref] for name in names]
    return all(binding.start < offset and not binding.assigned for binding in bindings)
