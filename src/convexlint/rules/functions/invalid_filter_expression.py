"""The predicate of `.filter` is built with `q`, once; JavaScript operators and promises have no effect on rows."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Fix, Level, Span
from convexlint.program.convex.near import nearest
from convexlint.program.places.filter_mistakes import BUILDER_METHODS, FilterMistake, filter_mistakes
from convexlint.program.program import Program
from convexlint.program.writing.editing import replace
from convexlint.rules.rule import NoOptions, rule

_INSTEAD = {
    "ne": "neq",
    "notEq": "neq",
    "equals": "eq",
    "is": "eq",
    "ge": "gte",
    "le": "lte",
    "plus": "add",
    "minus": "sub",
    "times": "mul",
}
_MATCHERS = frozenset(
    {"includes", "contains", "startsWith", "endsWith", "match", "search", "like", "in", "some"}
)


@rule(category=Category.FUNCTIONS, level=Level.ERROR, fix="safe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for mistake in filter_mistakes(program):
        place = mistake.place
        written = _written(mistake)
        message, advice = _text(mistake, written)
        fix = None
        if mistake.whole is not None:
            fix = Fix.safe(
                f"build the condition with `{mistake.builder}`", replace(place.module, *mistake.whole)
            )
        elif mistake.kind == "constant" and written is not None and mistake.expression is not None:
            fix = Fix.unsafe(
                f"compare the field: `{written}`",
                replace(place.module, mistake.expression, written),
                because="the query then gives other rows than it gives today",
            )
        elif written is not None and mistake.expression is not None:
            edit = replace(place.module, mistake.expression, written)
            fix = Fix.safe(f"use `{mistake.builder}.{mistake.method}`", edit)
        yield Finding.at(
            place,
            message,
            help=advice,
            fix=fix,
        )


def _written(mistake: FilterMistake) -> str | None:
    """The expression with the builder's method; None where its operands need a hand of their own."""
    if not mistake.method or not mistake.operands:
        return None
    texts = [mistake.place.module.text(Span(o.start, o.end)) for o in mistake.operands]
    return f"{mistake.builder}.{mistake.method}({', '.join(texts)})"


def _text(mistake: FilterMistake, written: str | None) -> tuple[str, str]:
    q, name = mistake.builder, mistake.name
    if mistake.kind == "async":
        return (
            "an async predicate gives a promise, which is not a filter expression: the query throws",
            f"build the condition with `{q}` alone; read what it needs before the query",
        )
    if mistake.kind == "constant":
        return (
            f'compares the text "{name}", not field `{name}` of `{mistake.table}`: the same answer for every row',
            f"write `{written}`",
        )
    if mistake.kind == "method":
        return f"the filter builder has no method `{name}`", _instead(mistake)
    if mistake.kind == "result-method":
        return (
            f"`{name}` is not a method of a filter expression: it does not look at the row's value",
            _instead(mistake),
        )
    advice = f"write `{_short(written or f'{q}.{mistake.method}(...)')}`"
    if mistake.kind == "logic":
        kept = "only the last condition" if name == "&&" else "only the first condition"
        return f"`{name}` joins no filter expressions: {kept} counts", advice
    if mistake.kind == "comparison":
        return (
            f"`{name}` compares the expression object, not the row's value: the same answer for every row",
            advice,
        )
    if mistake.kind == "not":
        return "`!` of a filter expression is always false, whatever the row holds", advice
    return f"`{name}` computes with the expression object, not with the row's value", advice


def _instead(mistake: FilterMistake) -> str:
    q, name = mistake.builder, mistake.name
    if name in _INSTEAD:
        return f"`{q}.{_INSTEAD[name]}`"
    if name in _MATCHERS:
        return (
            "filters cannot look into texts and arrays: use a search index, or filter the rows in TypeScript"
        )
    if name in BUILDER_METHODS and mistake.kind == "result-method":
        return f"`{q}.{name}(a, b)` takes both sides as arguments"
    near = nearest(name, sorted(BUILDER_METHODS))
    return f"did you mean `{q}.{near}`?" if near else f"`{q}` has " + ", ".join(sorted(BUILDER_METHODS))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:77] + "..."
