"""Rows that are all loaded, while only some from one end are used: `(await query.collect())[0]`, `.slice(0, 5)`."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.program.evaluation.values import Lit
from convexlint.program.model import IndexDef, Module, Place, QueryState, Table
from convexlint.program.modules.nodes import bare
from convexlint.program.places.rows import LoadedRows, Rows, RowUse, loaded_rows, rows_of
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

_SORTS = frozenset({"sort", "toSorted"})
_TURNS = frozenset({"reverse", "toReversed"})
_MOST = 50  # rows that are asked for one by one


class RowOrder(Struct, frozen=True):
    """Rows are sorted in code by a field that the query could order by. `index`: what it would be read by."""

    field: str
    descending: bool
    index: str


class RowPart(Struct, frozen=True, eq=False):
    """Of all rows of a `.collect()` only `count` are used (None: as many as `number` says). `place`: where they are
    taken. `last`: from the end. `order`: after a sort. `uses`: all uses of them. `direct`: no variable holds them.
    `null_does`: null in the place of undefined would change nothing, where there is no such row.
    """

    rows: LoadedRows
    place: Place
    count: int | None
    number: ir.Expr | None
    last: bool
    order: RowOrder | None
    uses: tuple[RowUse, ...]
    direct: bool
    null_does: bool


class _Taken(Struct, frozen=True):
    count: int | None
    number: ir.Expr | None
    last: bool


class CountedRows(Struct, frozen=True, eq=False):
    """All rows of a `.collect()` are loaded for their number. `known`: only to see whether there are any. `ends`: the
    uses of single rows from either end besides."""

    rows: LoadedRows
    known: bool
    ends: tuple[RowUse, ...]


@listed
def counted_rows(program: Program) -> Iterator[CountedRows]:
    """Where all rows are collected for their number, and perhaps some from their ends, by module and place."""
    reader = _Parts(program)
    for rows in loaded_rows(program):
        if rows.step.method == "collect":
            found = reader.counted(rows)
            if found is not None:
                yield found


@listed
def parts_of_rows(program: Program) -> Iterator[RowPart]:
    """Where all rows are collected and some from one end are used, by module and place."""
    reader = _Parts(program)
    for rows in loaded_rows(program):
        if rows.step.method == "collect":
            found = reader.part(rows)
            if found is not None:
                yield found


class _Parts:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._ev = program.ev
        self._rows: Rows = rows_of(program)

    def part(self, rows: LoadedRows) -> RowPart | None:
        order: RowOrder | None = None
        turned = False
        uses, direct = rows.uses, rows.direct
        module = rows.step.place.module
        for _ in range(3):  # a sort, and a reversal
            moved = [use for use in uses if use.kind == "method" and use.name in _SORTS | _TURNS]
            if not moved:
                break
            if len(moved) > 1 or moved[0].repeated or not isinstance(moved[0].node, ir.Call):
                return None
            (one,) = moved
            call = one.node
            if one.name in _TURNS:
                turned = not turned
            else:
                sorted_by = _comparator(module, one.args)
                order = self._ordered(rows, *sorted_by) if sorted_by is not None else None
                turned = False
                if order is None:
                    return None
            assert isinstance(call, ir.Call)
            others = tuple(use for use in uses if use is not one)
            statement = isinstance(self._ev.world.index(module).parent(call), ir.Evaluate)
            if statement and one.name.startswith("to"):
                return None
            if not statement:
                if others:
                    return None  # the rows go two ways
                load = self._load(rows)
                uses, direct, _ = self._rows.uses_of(module, call, one.place.owner, load)
            else:
                uses = others
        return self._of(rows, order, turned, uses, direct)

    def counted(self, rows: LoadedRows) -> CountedRows | None:
        module = rows.step.place.module
        uses = _beside_indexes(rows.uses)
        lengths = [use for use in uses if use.kind == "length"]
        ends = tuple(use for use in uses if use.kind != "length")
        known = all(use.compared_with_zero for use in lengths)
        if not lengths or (known and ends) or any(self._taken(module, use) is None for use in ends):
            return None
        if ends and all(self._is_compared_with_number(module, use) for use in lengths):
            return None  # "exactly one": nobody needs the number itself
        return CountedRows(rows, known, ends)

    def _is_compared_with_number(self, module: Module, use: RowUse) -> bool:
        parent = self._ev.world.index(module).parent(use.node) if use.node is not None else None
        if not isinstance(parent, ir.Binary):
            return False
        other = parent.right if bare(parent.left) is use.node else parent.left
        return isinstance(bare(other), ir.Number)

    def _load(self, rows: LoadedRows) -> ir.Call:
        node: ir.Expr = rows.expression
        while isinstance(node, (ir.Await, ir.Cast)):
            node = node.value
        assert isinstance(node, ir.Call)
        return node

    def _of(
        self, rows: LoadedRows, order: RowOrder | None, turned: bool, uses: tuple[RowUse, ...], direct: bool
    ) -> RowPart | None:
        taken: list[tuple[RowUse, _Taken]] = []
        for use in _beside_indexes(uses):
            if use.kind == "length" and use.compared_with_zero:
                continue
            found = self._taken(rows.step.place.module, use)
            if found is None:
                return None
            taken.append((use, found))
        if not taken or len({one.last for _, one in taken}) > 1:
            return None
        counts = [one.count for _, one in taken]
        known = [count for count in counts if count is not None]
        if len(known) < len(counts) and len(counts) > 1:
            return None
        use, first = taken[0]
        last = first.last != turned
        if order is not None and last:
            order, last = RowOrder(order.field, not order.descending, order.index), False
        null = (
            len(uses) == 1 and use.node is not None and self._rows.null_does(rows.step.place.module, use.node)
        )
        count = max(known) if known else None
        return RowPart(rows, use.place, count, first.number, last, order, uses, direct, null)

    def _taken(self, module: Module, use: RowUse) -> _Taken | None:
        if use.kind == "pattern":
            pattern = use.node
            if not isinstance(pattern, ir.ArrayPattern) or pattern.rest is not None or not pattern.items:
                return None
            return _Taken(len(pattern.items), None, False) if len(pattern.items) <= _MOST else None
        if use.kind == "index":
            place = self._number(module, use.args[0])
            if self._is_target(module, use):
                return None
            if place is None:
                return self._from_end(module, use)
            return _Taken(place + 1, None, False) if place is not None and 0 <= place < _MOST else None
        if use.kind != "method":
            return None
        numbers = [self._number(module, arg) for arg in use.args]
        if use.name == "at" and len(numbers) == 1 and numbers[0] is not None:
            number = numbers[0]
            return _Taken(number + 1, None, False) if 0 <= number < _MOST else _Taken(-number, None, True)
        if use.name == "slice" and len(numbers) == 2 and numbers[0] == 0:
            if numbers[1] is None:
                return _Taken(None, use.args[1], False)
            return _Taken(numbers[1], None, False) if numbers[1] > 0 else None
        if use.name == "splice" and len(numbers) == 2 and numbers[0] == 0 and not use.repeated:
            return _Taken(numbers[1], None, False) if numbers[1] is not None and numbers[1] > 0 else None
        if use.name == "slice" and len(numbers) == 1 and numbers[0] is not None and numbers[0] < 0:
            return _Taken(-numbers[0], None, True)
        if use.name in ("pop", "shift") and not use.args and not use.repeated:
            return _Taken(1, None, use.name == "pop")
        return None

    def _from_end(self, module: Module, use: RowUse) -> _Taken | None:
        """`rows[rows.length - 1]`."""
        key = bare(use.args[0])
        length = bare(key.left) if isinstance(key, ir.Binary) and key.op == "-" else None
        if not isinstance(length, ir.Member) or length.name != "length" or not isinstance(key, ir.Binary):
            return None
        same = isinstance(use.node, ir.Index) and _names(length.object) == _names(use.node.object) >= 0
        number = self._number(module, key.right) if same else None
        return _Taken(number, None, True) if number is not None and 0 < number < _MOST else None

    def _is_target(self, module: Module, use: RowUse) -> bool:
        parent = self._ev.world.index(module).parent(use.node) if use.node is not None else None
        return isinstance(parent, ir.Assign) and parent.target is use.node

    def _number(self, module: Module, node: ir.Expr) -> int | None:
        """A whole number that is written, or that a constant holds."""
        node = bare(node)
        if isinstance(node, ir.Unary) and node.op == "-":
            inner = self._number(module, node.value)
            return -inner if inner is not None else None
        value = self._ev.expr(module, node)
        number = value.value if isinstance(value, Lit) else None
        if isinstance(number, bool) or not isinstance(number, (int, float)) or number != int(number):
            return None
        return int(number)

    def _ordered(self, rows: LoadedRows, field: str, descending: bool) -> RowOrder | None:
        """By which index the query could give its rows in this order."""
        names: list[str] = []
        for state in rows.step.before:
            table = self._program.schema.tables.get(state.table or "")
            if table is None or state.index_kind == "search" or state.range is None:
                return None
            found = _index_in_order(table, state, field)
            if found is None:
                return None
            names.append(found)
        return RowOrder(field, descending, names[0]) if len(set(names)) == 1 else None


def _names(node: ir.Expr) -> int:
    """The variable that an expression is, -1 for others."""
    node = bare(node)
    return node.ref if isinstance(node, ir.Name) else -1


def _beside_indexes(uses: tuple[RowUse, ...]) -> tuple[RowUse, ...]:
    """The uses without the length in `rows[rows.length - 1]`."""
    keys = [use.args[0] for use in uses if use.kind == "index"]
    return tuple(
        use
        for use in uses
        if use.kind != "length"
        or use.node is None
        or not any(key.start <= use.node.start and use.node.end <= key.end for key in keys)
    )


def _index_in_order(table: Table, state: QueryState, field: str) -> str | None:
    equal = [part.field for part in state.range or () if part.method == "eq"]
    if len(equal) != len(state.range or ()) or None in equal:
        return None
    if not equal and field == "_creationTime":
        return "by_creation_time"
    current = table.index(state.index) if state.index else None
    usable = [i for i in table.indexes if i.kind == "database" and not i.staged and i.fields is not None]
    usable.sort(key=lambda i: i is not current)
    for index in usable:
        if _orders(index, equal, field):
            return index.name
    return None


def _orders(index: IndexDef, equal: list[str | None], field: str) -> bool:
    fields = (*(index.fields or ()), "_creationTime")
    known = len(equal)
    return set(fields[:known]) == set(equal) and len(fields) > known and fields[known] == field


def _comparator(module: Module, args: tuple[ir.Expr, ...]) -> tuple[str, bool] | None:
    """The field that `(a, b) => b.at - a.at` sorts by, and whether the greatest comes first."""
    if len(args) != 1 or not isinstance(args[0], ir.Lambda):
        return None
    function = module.facts.functions[args[0].index]
    body = function.expression
    if body is None and len(function.body) == 1 and isinstance(function.body[0], ir.Return):
        body = function.body[0].value
    names = [p.pattern.ref for p in function.params if isinstance(p.pattern, ir.BindName)]
    if body is None or len(names) != 2 or len(function.params) != 2:
        return None
    body = bare(body)
    if not isinstance(body, ir.Binary) or body.op != "-":
        return None
    left, right = _member(body.left), _member(body.right)
    if left is None or right is None or left[1] != right[1] or {left[0], right[0]} != set(names):
        return None
    return left[1], left[0] == names[1]


def _member(node: ir.Expr) -> tuple[int, str] | None:
    node = bare(node)
    if isinstance(node, ir.Binary) and node.op in ("??", "||") and isinstance(bare(node.right), ir.Number):
        node = bare(node.left)
    if isinstance(node, ir.Member) and isinstance(bare(node.object), ir.Name):
        holder = bare(node.object)
        assert isinstance(holder, ir.Name)
        return (holder.ref, node.name) if holder.ref >= 0 else None
    return None
