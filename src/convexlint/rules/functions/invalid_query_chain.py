"""A query is a table, at most one index and one order, filters, and one consumer at the end."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.places.chain_mistakes import ChainMistake, chain_mistakes
from convexlint.program.places.unchecked import promised
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

_CONSUMERS = "`.collect()`, `.take(n)`, `.first()`, `.unique()` or `.paginate(...)`"
# What people mean by methods that a query does not have.
_INSTEAD = {
    "count": "count the rows of a `.collect()` of a small range, or keep a counter",
    "delete": "read the rows, then `ctx.db.delete` each",
    "remove": "read the rows, then `ctx.db.delete` each",
    "update": "read the rows, then `ctx.db.patch` each",
    "patch": "read the rows, then `ctx.db.patch` each",
    "limit": "`.take(n)`",
    "orderBy": 'rows come in index order: choose the index, then `.order("asc")` or `.order("desc")`',
    "sort": 'rows come in index order: choose the index, then `.order("asc")` or `.order("desc")`',
    "where": "`.withIndex(name, (q) => q.eq(field, value))`",
    "eq": "`.withIndex(name, (q) => q.eq(field, value))`",
    "all": "`.collect()`",
    "get": "`.collect()`, or `ctx.db.get` for one id",
    "findFirst": "`.first()`",
    "findUnique": "`.unique()`",
    "findMany": "`.collect()`",
    "search": "`.withSearchIndex(name, (q) => q.search(field, text))`",
    "skip": "`.paginate(...)` with a cursor",
    "offset": "`.paginate(...)` with a cursor",
}
_ARRAY = frozenset(
    {
        "map",
        "forEach",
        "reduce",
        "find",
        "some",
        "every",
        "slice",
        "flatMap",
        "includes",
        "length",
        "at",
        "join",
    }
)


@rule(category=Category.FUNCTIONS, level=Level.ERROR)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for mistake in chain_mistakes(program):
        place = mistake.place
        message, advice = _TEXTS[mistake.kind](mistake)
        first = mistake.first_place
        yield Finding.at(
            place,
            message,
            help=advice,
            related=(Related(first.module.path, first.span, f"`{mistake.first}` stands here"),)
            if first
            else (),
            level=_level(mistake),
        )


def _level(mistake: ChainMistake) -> Level | None:
    """`count` and `limit` are there at run time, and only the types hide them (convex-facts 4.1)."""
    if mistake.kind == "unknown-method" and mistake.name in ("count", "limit"):
        return promised(mistake.place.module, mistake.place.span)
    return None


def _of(mistake: ChainMistake) -> str:
    return f"a query of `{mistake.table}`" if mistake.table else "a query"


def _unknown(mistake: ChainMistake) -> tuple[str, str]:
    message = f"{_of(mistake)} has no method `{mistake.name}`"
    if mistake.name in _ARRAY:
        return message, f"read the rows first: `(await <query>.collect()).{mistake.name}(...)`"
    return message, _INSTEAD.get(mistake.name, f"end the query with {_CONSUMERS}")


def _second_index(mistake: ChainMistake) -> tuple[str, str]:
    if mistake.name == mistake.first:
        return f"a second `{mistake.name}`: a query uses one index", "use one index over all the fields"
    return (
        f"`{mistake.name}` after `{mistake.first}`: a query uses one index",
        "keep the one that narrows more",
    )


def _not_first(mistake: ChainMistake) -> tuple[str, str]:
    table = f'`.query("{mistake.table}")`' if mistake.table else "`.query(...)`"
    return f"`{mistake.name}` must be the first step of a query", f"put it right behind {table}"


def _second_order(mistake: ChainMistake) -> tuple[str, str]:
    return (
        "a second `order`: a query is ordered once",
        "one `.order` reverses the whole index order; remove this one",
    )


def _ordered_search(mistake: ChainMistake) -> tuple[str, str]:
    return (
        "search results come by relevance and take no `order`",
        "remove `.order`, or sort the rows that were read",
    )


def _after_consumer(mistake: ChainMistake) -> tuple[str, str]:
    message = f"`{mistake.name}` after `{mistake.first}`, which ends the query and gives a promise"
    if mistake.name in _ARRAY or mistake.name == "filter":
        return message, f"await the rows first: `(await <query>.{mistake.first}(...)).{mistake.name}(...)`"
    return message, f"keep one of `{mistake.first}` and `{mistake.name}`, as the last step"


def _not_consumed(mistake: ChainMistake) -> tuple[str, str]:
    message = f"{_of(mistake)} without a consumer gives no rows: nothing is read"
    return message, f"end it with {_CONSUMERS}"


def _used_again(mistake: ChainMistake) -> tuple[str, str]:
    message = f"the query `{mistake.variable}` was used up by `{mistake.first}`: using it again throws"
    return message, 'build a new query for each use; only the plain `ctx.db.query("...")` can be used again'


def _second_page(mistake: ChainMistake) -> tuple[str, str]:
    return (
        "a second `paginate` in one function: Convex allows one paginated query for each run",
        "read the other rows with `.take(n)`, or paginate them in a function of their own",
    )


def _page_in_loop(mistake: ChainMistake) -> tuple[str, str]:
    return (
        "`paginate` in a loop: Convex allows one paginated query for each run of a function",
        "read one page and schedule or call the function again with its cursor, or iterate with `for await`",
    )


_TEXTS = {
    "unknown-method": _unknown,
    "second-index": _second_index,
    "index-not-first": _not_first,
    "second-order": _second_order,
    "ordered-search": _ordered_search,
    "after-consumer": _after_consumer,
    "not-consumed": _not_consumed,
    "used-again": _used_again,
    "second-page": _second_page,
    "page-in-loop": _page_in_loop,
}
