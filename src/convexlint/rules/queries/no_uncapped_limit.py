"""`.take(args.limit)`: the caller decides how many rows are read."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Suggestion
from convexlint.program.behaviour.open_limits import OpenLimit, open_limits
from convexlint.program.program import Program
from convexlint.program.writing.editing import replace
from convexlint.rules.rule import NoOptions, rule

_CAP = 100
_MOST = {
    "rows": "up to 32,000 rows of {table} are read",
    "search": "up to 1,024 results of a search in {table} are read",
    "vector": "a vector search in {table} throws for more than 256",
}


@rule(category=Category.QUERIES, level=Level.INFO, fix="suggestion", by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for limit in open_limits(program):
        module = limit.place.module
        text = " ".join(module.text(limit.place.span).split())
        capped = f"Math.min({text}, {_CAP})"
        yield Finding.at(
            limit.place,
            _message(limit, text),
            help=f"bound it (`{capped}`), or let the validator name the numbers that are allowed",
            suggestions=(
                Suggestion(f"read at most {_CAP} rows", (replace(module, limit.place.span, capped),)),
            ),
            level=None if limit.checked or limit.kind != "rows" else Level.WARNING,
            unless=(
                ("no-undefined-take", limit.place.span),
                ("no-undefined-take", limit.call.span),
                ("no-offset-pagination", limit.call.span),
            ),
        )


def _message(limit: OpenLimit, text: str) -> str:
    origin = limit.origins[0]
    table = f"`{limit.table}`" if limit.table else "the table"
    who = "a caller" if limit.checked else "anyone"
    function = f" of `{origin.function.path}`" if limit.place.inside is None and origin.function.path else ""
    argument = "" if text == origin.text else f" (`{origin.text}`{function})"
    return f"`{text}`{argument} is any number that {who} may send: {_MOST[limit.kind].format(table=table)}"
