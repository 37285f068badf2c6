"""Pages that are cut out of rows by an offset: all rows before them are loaded as well."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import NUMBER, Lit, members, present
from convexlint.program.model import Module
from convexlint.program.places.rows import LoadedRows, RowUse, loaded_rows
from convexlint.program.program import Program
from convexlint.program.queries import listed
from convexlint.structs import Struct


class OffsetPage(Struct, frozen=True, eq=False):
    """`rows` are loaded for the part of them that begins at `offset`; `use`: the `slice`. `fixed`: the number that
    `.take` loads whatever the page, None where it depends on it."""

    rows: LoadedRows
    use: RowUse
    offset: Span
    fixed: float | None = None


@listed
def offset_pages(program: Program) -> Iterator[OffsetPage]:
    """`.take(offset + limit)` or `.collect()`, of which a `.slice(offset, ...)` or `.splice` is used, by place."""
    for rows in loaded_rows(program):
        sliced = [use for use in rows.uses if use.kind == "method" and use.name in ("slice", "splice")]
        if len(sliced) != 1 or any(use.kind != "length" for use in rows.uses if use is not sliced[0]):
            continue
        (use,) = sliced
        if use.repeated or not use.args or not _is_moving(program, use.place.module, use.args[0]):
            continue
        yield OffsetPage(rows, use, Span(use.args[0].start, use.args[0].end), _fixed(program, rows))


def _fixed(program: Program, rows: LoadedRows) -> float | None:
    step = rows.step
    value = program.ev.expr(step.place.module, step.args[0]) if step.args else None
    if isinstance(value, Lit) and isinstance(value.value, (int, float)):
        return value.value
    return None


def _is_moving(program: Program, module: Module, node: ir.Expr) -> bool:
    """Whether a slice begins at a number that is only known when it runs, and that is none from the end."""
    if isinstance(node, (ir.Unary, ir.Lambda, ir.Spread)):
        return False
    value = present(program.ev.expr(module, node))
    return not all(isinstance(m, Lit) for m in members(value)) or (NUMBER in members(value))
