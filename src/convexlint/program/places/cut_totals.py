"""Totals that are counted in rows which a `.take(n)` has cut: never more than n."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.convex.extents import extent_of
from convexlint.program.model import Place, QueryStep
from convexlint.program.modules.index import ModuleIndex, outward
from convexlint.program.places.cut_rows import MOST
from convexlint.program.places.numbers import constant
from convexlint.program.places.rows import LoadedRows, RowUse, loaded_rows
from convexlint.program.places.sites import placing
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct

_FEW = 100  # of a range: fewer than many an owner has
_ORDERS = frozenset({"===", "==", "!==", "!=", "<", "<=", ">", ">="})


class CutTotal(Struct, frozen=True, eq=False):
    """`place.span`: the `length` that is called `name`, of at most `count` rows. `number`: where that is written.
    `whole`: of all rows of the table."""

    place: Place
    step: QueryStep
    name: str
    count: float
    number: Span
    whole: bool


@listed
def cut_totals(program: Program) -> Iterator[CutTotal]:
    """Lengths that go by the name of a total, of a `.take(n)` with a fixed n, by module and place. Not where the code
    compares the length with something, as with n, so knows that there may be more."""
    for rows in loaded_rows(program):
        step, module = rows.step, rows.step.place.module
        if step.method != "take" or len(step.args) != 1 or not any(use.kind == "length" for use in rows.uses):
            continue
        count = constant(program.ev, module, step.args[0])
        extents = {extent_of(state) for state in step.before}
        whole = extents == {"table"} and not any(state.filters for state in step.before)
        if count is None or not (whole or (extents == {"range"} and count <= _FEW)) or not 1 < count <= MOST:
            continue
        yield from _totals(program, rows, count, whole)


def _totals(program: Program, rows: LoadedRows, count: float, whole: bool) -> Iterator[CutTotal]:
    module = rows.step.place.module
    index = program.ev.world.index(module)
    lengths = [use for use in rows.uses if use.kind == "length" and use.node is not None]
    if any(_is_compared(index, use) for use in lengths):
        return
    number = Span(rows.step.args[0].start, rows.step.args[0].end)
    for use in lengths:
        name = _name(index, use)
        if name is not None and _says_total(name):
            assert use.node is not None
            place = placing(program).at(module, use.node.start, use.node.end, use.place.owner)
            yield CutTotal(place, rows.step, name, count, number, whole)


def _is_compared(index: ModuleIndex, use: RowUse) -> bool:
    """Whether the length is compared with anything but 0."""
    _, parent = outward(index, use.node)
    return isinstance(parent, ir.Binary) and parent.op in _ORDERS and not use.compared_with_zero


def _name(index: ModuleIndex, use: RowUse) -> str | None:
    """What a length is called: the key or the variable that holds it."""
    whole, parent = outward(index, use.node)
    if isinstance(parent, ir.Prop) and parent.value is whole:
        return parent.key
    if isinstance(parent, ir.Declare) and isinstance(parent.pattern, ir.BindName):
        return parent.pattern.name
    return None


def _says_total(name: str) -> bool:
    return name.lower().startswith("total") or name.endswith("Total")
