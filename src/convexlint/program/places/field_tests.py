"""What queries compare fields of their rows with: in the range of an index, in a search, in a filter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.convex.predicates import FieldBound, read_predicate
from convexlint.program.evaluation.values import BOOLEAN, NUMBER, STRING, IdOf, ListOf, Lit, members
from convexlint.program.model import Place, QueryStep, RangePart, Table
from convexlint.program.modules.nodes import descendants
from convexlint.program.places.sites import placing, query_steps
from convexlint.program.program import Program
from convexlint.program.queries import listed, query
from convexlint.program.validators import ArrayValidator, ObjectValidator, UnionValidator, Validator
from convexlint.structs import Struct

if TYPE_CHECKING:
    from convexlint.program.places.sites import Locator

_ALONE = frozenset({BOOLEAN, NUMBER, STRING})


class FieldTest(Struct, frozen=True, eq=False):
    """A row's `field` of `table` is compared with `value`.

    how: "index" (a range of `step`), "search" (a filter field of a text search), "filter". method: eq, gt, gte, lt,
    lte. `place.span`: the method of a range, the value in a filter. `takes`: what the field may hold, the members of
    unions one by one; `optional`: documents may lack it. `others`: the methods by which the same query compares the
    field besides, "?" where it may do so in a way that is not read. `known`: the value, where it is a literal or a
    constant. `items`: how many there are in it, where it is an array of known length. `alone`: it is not an array or
    object. `beside`: the fields that the same query compares for equality with literals.
    """

    place: Place
    step: QueryStep
    how: str
    table: Table
    field: str
    method: str
    value: ir.Expr
    takes: tuple[Validator, ...]
    optional: bool
    others: tuple[str, ...]
    known: str | float | bool | None = None
    items: int | None = None
    alone: bool = False
    beside: tuple[tuple[str, str | float | bool], ...] = ()


@listed
def field_tests(program: Program) -> Iterator[FieldTest]:
    """Comparisons of rows' fields in queries of tables whose validators are known, by module and place."""
    places = placing(program)
    for step in query_steps(program):
        table = program.schema.tables.get(step.table or "")
        if table is None or not step.place.module.reported:
            continue
        if step.method in ("withIndex", "withSearchIndex"):
            yield from _ranged(program, places, step, table, _filtered_later(program))
        elif step.method == "filter":
            yield from _filtered(program, places, step, table)


_Part = tuple[str, Span]
"""A comparison in the range of an index: the path of its module, and where it stands."""


@query
def _filtered_later(program: Program) -> Mapping[_Part, frozenset[str]]:
    """The texts (so also the fields) that later filters of the same query name; "" where one is not read."""
    found: dict[_Part, frozenset[str]] = {}
    for step in query_steps(program):
        parts = {part.span for state in step.before for part in state.range or ()}
        if step.method != "filter" or not parts:
            continue
        module, test = step.place.module, step.args[0] if step.args else None
        function = module.facts.functions[test.index] if isinstance(test, ir.Lambda) else None
        named = {""} if function is None else set(_texts((function.body, function.expression)))
        for span in parts:
            found[module.path, span] = found.get((module.path, span), frozenset()) | named
    return found


def _texts(nodes: ir.Node | Iterable[object]) -> Iterator[str]:
    return (part.value for part in descendants(nodes) if isinstance(part, ir.Text))


def _ranged(
    program: Program,
    places: Locator,
    step: QueryStep,
    table: Table,
    later: Mapping[_Part, frozenset[str]],
) -> Iterator[FieldTest]:
    parts = step.range or ()
    how = "index" if step.method == "withIndex" else "search"
    for part in parts:
        if part.field is None or part.value is None or part.method == "search":
            continue
        if not step.call_span.contains(part.span):
            continue  # the callback stands elsewhere
        others = tuple(p.method for p in parts if p is not part and p.field == part.field)
        if not later.get((step.place.module.path, part.span), frozenset()).isdisjoint({part.field, ""}):
            others = (*others, "?")
        place = places.at(step.place.module, part.span.start, part.span.end, step.place.owner)
        beside = [(p.field, p.value) for p in parts if p is not part and p.method == "eq"]
        yield from _test(
            program, place, step, how, table, part.field, part.method, part.value, others, beside
        )


def _filtered(program: Program, places: Locator, step: QueryStep, table: Table) -> Iterator[FieldTest]:
    module = step.place.module
    predicate = read_predicate(module, step.args)
    ranged: list[RangePart] = [part for state in step.before for part in state.range or ()]
    for condition in predicate.conditions:
        value = condition.value
        method = condition.method if isinstance(condition, FieldBound) else "eq"
        others = [part.method for part in ranged if part.field == condition.field]
        others += [
            other.method if isinstance(other, FieldBound) else "eq"
            for other in predicate.conditions
            if other is not condition and other.field == condition.field
        ]
        if any(_names(rest, condition.field) for rest in predicate.rest):
            others.append("?")
        place = places.at(module, value.start, value.end, step.place.owner)
        beside = [(e.field, e.value) for e in predicate.equalities if e is not condition]
        name = condition.field
        yield from _test(program, place, step, "filter", table, name, method, value, tuple(others), beside)


def _test(
    program: Program,
    place: Place,
    step: QueryStep,
    how: str,
    table: Table,
    field: str,
    method: str,
    value: ir.Expr,
    others: tuple[str, ...],
    beside: Sequence[tuple[str | None, ir.Expr | None]],
) -> Iterator[FieldTest]:
    found = _field(table.validator, tuple(field.split(".")))
    if found is None:
        return
    takes, optional = found
    given = program.ev.expr(place.module, value)
    known = [
        (name, program.ev.expr(place.module, node)) for name, node in beside if name and node is not None
    ]
    yield FieldTest(
        place,
        step,
        how,
        table,
        field,
        method,
        value,
        tuple(takes),
        optional,
        others,
        given.value if isinstance(given, Lit) else None,
        len(given.items) if isinstance(given, ListOf) and given.items is not None else None,
        all(isinstance(m, (Lit, IdOf)) or m in _ALONE for m in members(given)),
        tuple((name, value.value) for name, value in known if isinstance(value, Lit)),
    )


def _names(node: ir.Expr, field: str) -> bool:
    return any(isinstance(part, ir.Text) and part.value == field for part in descendants(node))


def _field(validator: Validator, path: tuple[str, ...]) -> tuple[list[Validator], bool] | None:
    """What stands at a path, and whether a document may lack it; None where that is not known."""
    if isinstance(validator, UnionValidator):
        takes: list[Validator] = []
        lacking = False
        for member in validator.members:
            found = _field(member, path)
            if found is None:
                return None
            takes += found[0]
            lacking = lacking or found[1]
        return takes, lacking
    if not path:
        return [validator], False
    if not isinstance(validator, ObjectValidator):
        return None if not isinstance(validator, ArrayValidator) else ([], True)
    field = validator.fields.get(path[0])
    if field is None:
        return ([], True) if validator.complete else None
    inner = _field(field.validator, path[1:])
    return None if inner is None else (inner[0], inner[1] or field.optional)
