"""`.take(10000)` is `.collect()` under another name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from convexlint.facts.ir import Expr, Number
from convexlint.findings import Category, Finding, Level
from convexlint.program.modules.nodes import bare
from convexlint.program.places.sites import query_steps
from convexlint.program.program import Program
from convexlint.rules.rule import rule


@dataclass(frozen=True, slots=True)
class Options:
    """What the rule accepts.

    Attributes:
        max: the largest number of rows that `.take` may ask for.
    """

    max: int = 1000


@rule(category=Category.QUERIES, level=Level.WARNING, options=Options)
def check(program: Program, options: Options) -> Iterator[Finding]:
    for step in query_steps(program):
        if step.method != "take" or not step.args:
            continue
        count = _literal(step.args[0])
        if count is None or count <= options.max:
            continue
        table = f"`{step.table}`" if step.table else "the table"
        yield Finding.at(
            step.place,
            f"`.take({count:.0f})` loads up to {count:,.0f} rows of {table}: a collect that was renamed",
            unless=(("no-offset-pagination", step.place.span),),
            help=f"ask for what is used, at most {options.max:,}, or read page by page with `.paginate(...)`; "
            "a function fails beyond 32,000 documents or 16 MiB read",
        )


def _literal(node: Expr) -> float | None:
    node = bare(node)
    return node.value if isinstance(node, Number) else None
