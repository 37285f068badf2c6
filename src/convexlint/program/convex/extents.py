"""What part of its table a query walks (convex-facts 4.1, 4.2)."""

from __future__ import annotations

from typing import Literal

from convexlint.program.model import QueryState

Extent = Literal["range", "search", "table"]


def extent_of(state: QueryState) -> Extent:
    """What the query walks before filters and a limit.

    "range": what an index range narrows, also where its parts cannot be read. "search": the results of a text search.
    "table": all rows, also in the order of an index. Where the index is not known, it counts whether it has a range."""
    if state.index_kind == "search":
        return "search"
    return "table" if state.index == "" or state.range == () else "range"


def reads_whole_table(state: QueryState) -> bool:
    """Neither an index range nor a search narrows the query."""
    return extent_of(state) == "table"
