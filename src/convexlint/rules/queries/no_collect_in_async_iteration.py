"""A loop over `.collect()` holds all rows at once; `for await` over the query takes them as they come."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts.ir import Await, Call, Cast, Expr, Jump, Loop, Member, Node, Return, Switch, Throw
from convexlint.findings import Category, Edit, Finding, Fix, Level, Span
from convexlint.program.convex.extents import reads_whole_table
from convexlint.program.model import Module
from convexlint.program.modules.nodes import descendants
from convexlint.program.places.row_filters import row_filters
from convexlint.program.places.rows import LoadedRows, loaded_rows
from convexlint.program.program import Program
from convexlint.program.writing.editing import replace
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, level=Level.INFO, fix="unsafe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    nearer = {id(found.rows): found.place for found in row_filters(program) if found.whole}
    for rows in loaded_rows(program):
        step = rows.step
        loop = rows.uses[0].loop if len(rows.uses) == 1 else None
        if loop is None or rows.uses[0].repeated:  # streaming would read the rows in every round
            continue
        if loop.kind != "await" and not (
            step.method == "collect" and any(reads_whole_table(state) for state in step.before)
        ):
            continue
        module = step.place.module
        table = f"`{step.table}`" if step.table else "the table"
        yield Finding.at(
            step.place,
            f"loads all rows of {table} before the loop begins"
            if step.method == "collect"
            else f"`for await` over `.take(...)`: the rows of {table} are an array, loaded before the loop begins",
            help=_help(step.method, _can_stop(loop)),
            unless=(("no-filter-after-collect", nearer[id(rows)].span),) if id(rows) in nearer else (),
            fix=_fix(module, rows, loop) if step.method == "collect" and rows.direct else None,
        )


def _can_stop(loop: Loop) -> bool:
    """Whether the loop may end before its last row."""
    inner = [node for node in descendants(loop.body) if isinstance(node, (Loop, Switch))]
    return any(
        isinstance(node, (Return, Throw))
        or (isinstance(node, Jump) and node.kind == "break" and not any(_holds(one, node) for one in inner))
        for node in descendants(loop.body)
    )


def _holds(outer: Node, inner: Node) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _help(method: str, stops: bool) -> str:
    if method == "collect":
        more = ", and reads no more once the loop is left" if stops else ", and keeps none of them"
        return f"`for await (const row of <the query without .collect()>)` takes the rows one by one{more}"
    return (
        "a plain `for` is enough for an array; to stream rows, iterate the query itself and `break` when done"
    )


def _fix(module: Module, rows: LoadedRows, loop: Loop) -> Fix | None:
    """`for await (... of query)`: the `await` and the `.collect()` go."""
    node: Expr = rows.expression
    if not isinstance(node, Await) or loop.source is not node:
        return None
    inner = node.value
    if isinstance(inner, Cast) or not isinstance(inner, Call) or not isinstance(inner.callee, Member):
        return None
    source = inner.callee.object
    edits: list[Edit] = []
    if loop.kind == "of":
        word = module.source.find(b"for", loop.start, node.start)
        edits.append(replace(module, Span(word + 3, word + 3), " await"))
    edits.append(replace(module, Span(node.start, source.start), ""))
    edits.append(replace(module, Span(source.end, inner.end), ""))
    return Fix.unsafe(
        "iterate the query itself",
        *edits,
        because="rows that the loop writes may then be met again, or no more, by the same loop",
    )
