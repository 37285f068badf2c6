"""What Convex accepts as the range of a database index (convex-facts 4.2)."""

from __future__ import annotations

from collections.abc import Sequence

from convexlint.program.model import RangePart

_LOWER = frozenset({"gt", "gte"})
_UPPER = frozenset({"lt", "lte"})
_METHODS = _LOWER | _UPPER | {"eq"}


def range_problem(parts: Sequence[RangePart], fields: Sequence[str]) -> tuple[RangePart, str] | None:
    """The first part that an index with `fields` (with `_creationTime` and `_id`, which Convex adds) refuses, and
    what is wrong with it; the text is empty where only the written order is off, which the backend accepts and
    the types do not. None for a good range and for one that is not known in full."""
    strange = next((p for p in parts if p.method not in _METHODS), None)
    if strange is not None:
        return strange, f"a range has no method `{strange.method}`: it has `eq`, `gt`, `gte`, `lt` and `lte`"
    if any(p.field is None for p in parts):
        return None
    equal: list[str] = []
    bounded: str | None = None
    sides: set[str] = set()
    for part in parts:
        field = part.field or ""
        if field not in fields:
            return part, f"`{field}` is not one of its fields"
        if part.method == "eq":
            if field in equal:
                return part, f"`{field}` is compared by `eq` twice"
            equal.append(field)
            continue
        if bounded is not None and field != bounded:
            return part, f"inequalities on two fields, `{bounded}` and `{field}`"
        side = "lower" if part.method in _LOWER else "upper"
        if side in sides:
            return part, f"`{field}` has two {side} bounds"
        sides.add(side)
        bounded = field
    clash = next((p for p in parts if p.field == bounded and p.method == "eq"), None)
    if clash is not None:
        return clash, f"`{bounded}` is compared by `eq` and has a bound besides"
    return _gap(parts, fields, equal, bounded)


def _gap(
    parts: Sequence[RangePart], fields: Sequence[str], equal: list[str], bounded: str | None
) -> tuple[RangePart, str] | None:
    wanted = fields[: len(equal)]
    missing = next((f for f in fields if f not in equal), None)
    for part in parts:
        if part.method == "eq" and part.field not in wanted and missing is not None:
            return part, _skipped(part, missing, bounded)
    for part in parts:
        if part.method != "eq" and part.field != missing and missing is not None:
            return part, _skipped(part, missing, None)
    ordered = sorted_range(parts, fields)
    for old, new in zip(parts, ordered, strict=True):
        if old is not new:
            return old, ""
    return None


def _skipped(part: RangePart, missing: str, bounded: str | None) -> str:
    if bounded == missing:
        return f"`{part.field}` comes after `{missing}`, which has only a bound: `eq` must come first in the index"
    return f"`{part.field}` comes after `{missing}`, which the range skips"


def search_problem(parts: Sequence[RangePart], fields: Sequence[str]) -> tuple[RangePart, str] | None:
    """The same for a search index, whose `fields` are the field that is searched, then the filter fields."""
    strange = next((p for p in parts if p.method not in ("search", "eq")), None)
    if strange is not None:
        return strange, f"a search has no method `{strange.method}`: it has `search` and `eq`"
    searches = [p for p in parts if p.method == "search"]
    if parts and len(searches) != 1:
        which = searches[1] if searches else parts[0]
        return which, "a search needs `search` exactly once, before the filters"
    for part in parts:
        if part.field is None:
            return None
        if part.method == "search" and part.field != fields[0]:
            return part, f"it searches `{fields[0]}`, not `{part.field}`"
        if part.method == "eq" and part.field not in fields[1:]:
            return part, f"`{part.field}` is not one of its filter fields"
    return None


def sorted_range(parts: Sequence[RangePart], fields: Sequence[str]) -> tuple[RangePart, ...]:
    """The parts as the types want them: equalities in index order, then the lower bound, then the upper."""
    rank = {"eq": 0, "gt": 1, "gte": 1, "lt": 2, "lte": 2}
    return tuple(
        sorted(parts, key=lambda p: (rank[p.method], fields.index(p.field or "") if p.method == "eq" else 0))
    )
