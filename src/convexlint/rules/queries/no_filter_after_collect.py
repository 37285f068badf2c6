"""`(await query.collect()).filter(...)` loads a whole table for the few rows that an index would find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from convexlint.facts.ir import Call
from convexlint.findings import Category, Finding, Fix, Level, Related, Span, Suggestion
from convexlint.program.convex.flags import is_flag
from convexlint.program.convex.predicates import index_over
from convexlint.program.convex.row_predicates import RowTests
from convexlint.program.model import IndexDef, QueryStep
from convexlint.program.places.next_fields import NextField, next_fields
from convexlint.program.places.row_filters import RowFilter, row_filters
from convexlint.program.places.rows import LoadedRows, RowUse
from convexlint.program.program import Program
from convexlint.program.writing.editing import insert, quoted, replace
from convexlint.rules.rule import rule

_SYSTEM = frozenset({"_id", "_creationTime"})


@dataclass(frozen=True, slots=True)
class Options:
    """What the rule accepts.

    Attributes:
        indexed: "allow" accepts filtering rows that an index range or a search has narrowed, "flag" reports it too.
    """

    indexed: Literal["allow", "flag"] = "allow"


@rule(category=Category.QUERIES, level=Level.WARNING, fix="safe", options=Options)
def check(program: Program, options: Options) -> Iterator[Finding]:
    nearer = {id(found.rows): found for found in next_fields(program)}
    for found in nearer.values():
        yield _next_finding(found)
    for one in row_filters(program):
        if id(one.rows) not in nearer and (one.whole or options.indexed == "flag"):
            yield _finding(one)


def _finding(found: RowFilter) -> Finding:
    rows, use, tests, table = found.rows, found.use, found.tests, found.table
    step = rows.step
    name = f"`{step.table}`" if step.table else "the table"
    fields = list(dict.fromkeys(t.field for t in tests.tests))
    equal = [*found.before, *(t.field for t in tests.tests if t.kind != "bound")]
    index = index_over(table, set(equal)) if table is not None and equal else None
    wanted_fields, flags = _wanted(found)
    loaded = f"every row of {name}" if found.whole else f"the whole index range of {name}"
    wanted = "the one that matches" if found.one else "those that match"
    return Finding.at(
        found.place,
        f"loads {loaded} to keep {wanted} on " + " and ".join(f"`{f}`" for f in fields),
        help=_help(use, wanted_fields, flags, index, name),
        related=_related(step, index),
        fix=_fix(rows, use, tests, index),
        suggestions=() if index is not None else (Suggestion(_advice(wanted_fields, flags, name)),),
    )


def _wanted(found: RowFilter) -> tuple[list[str], bool]:
    """The fields of an index that would find the rows, and whether all of them are flags: those that are compared for
    equality, flags last, then one of those that are compared with a bound."""
    tests = found.tests.tests
    same = [t.field for t in tests if t.kind == "eq"]
    flags = [t.field for t in tests if t.kind not in ("eq", "bound") or is_flag(found.table, t.field)]
    bounds = [t.field for t in tests if t.kind == "bound" and t.field not in (*same, *flags)]
    plain = [f for f in (*found.before, *same) if f not in flags]
    return list(dict.fromkeys((*plain, *flags, *bounds[:1]))), not plain and not bounds


def _related(step: QueryStep, index: IndexDef | None) -> tuple[Related, ...]:
    read = Related(step.place.module.path, step.place.span, "the rows are loaded here")
    if index is None or index.name_span.end == 0:
        return (read,)
    return (read, Related(index.module.path, index.name_span, f"index `{index.name}`"))


def _advice(fields: list[str], flags: bool, name: str) -> str:
    if "_id" in fields:
        return "`ctx.db.get` finds a document by its id"
    if fields == ["_creationTime"]:
        return 'index `by_creation_time` is always there: `.withIndex("by_creation_time", (q) => ...)`'
    listed = ", ".join(f'"{f}"' for f in fields if f != "_creationTime")
    if flags:
        return (
            f"where few rows match, an index over [{listed}] finds them; where most do, it saves little: read a part "
            "of them with `.take(n)` or `.paginate(...)`"
        )
    return f"add an index over [{listed}] to {name} in the schema, and query it with `.withIndex`"


def _help(use: RowUse, fields: list[str], flags: bool, index: IndexDef | None, name: str) -> str:
    end = "`.first()` or `.unique()`" if use.name == "find" else "`.collect()` or `.take(n)`"
    if index is None:
        return _advice(fields, flags, name)
    return f'index `{index.name}` finds them: `.withIndex("{index.name}", (q) => ...)` and then {end}'


def _fix(rows: LoadedRows, use: RowUse, tests: RowTests, index: IndexDef | None) -> Fix | None:
    """`(await query.withIndex(...).collect())`, where the filter asks only for what the index holds."""
    step, module, call = rows.step, rows.step.place.module, use.node
    if (
        index is None
        or not rows.direct
        or use.name != "filter"
        or not tests.whole
        or not isinstance(call, Call)
    ):
        return None
    if any(state.trail for state in step.before) or any(t.kind != "eq" for t in tests.tests):
        return None
    fields = [t.field for t in tests.tests]
    if len(set(fields)) != len(fields) or "_id" in fields:
        return None
    texts = {
        t.field: module.text(Span(t.value.start, t.value.end)) for t in tests.tests if t.value is not None
    }
    parts = "".join(f".eq({quoted(module, f)}, {texts[f]})" for f in index.fields or () if f in texts)
    at = step.step_span.start
    dot = module.source.rfind(b".", 0, use.place.span.start)
    start = len(module.source[:dot].rstrip())
    return Fix.unsafe(
        f"use index `{index.name}`",
        insert(module, at, f".withIndex({quoted(module, index.name)}, (q) => q{parts})"),
        replace(module, Span(start, call.end), ""),
        because="rows may come in another order, and values of another type no longer match",
    )


def _next_finding(found: NextField) -> Finding:
    step, use = found.rows.step, found.use
    name = f"`{step.table}`" if step.table else "the table"
    wanted = {"find": "the one that matches", "some": "see whether one matches"}.get(
        use.name, "those that match"
    )
    keep = "to" if use.name == "some" else "to keep"
    end = "`.first()`" if use.name != "filter" else "`.collect()`"
    return Finding.at(
        use.place,
        f"loads the whole index range of {name} {keep} {wanted} on `{found.field}`, "
        f"the next field of `{found.index.name}`",
        help=f'one more equality in the range finds them: `.eq("{found.field}", {found.text})`, and then {end}',
        related=_related(step, found.index),
        fix=_next_fix(found),
    )


def _next_fix(found: NextField) -> Fix | None:
    """One more equality in the range; the consumer and what follows it as the method needs it."""
    rows, use, node = found.rows, found.use, found.use.node
    module = use.place.module
    if found.end is None or not found.whole or node is None:
        return None
    dot = module.source.rfind(b".", 0, use.place.span.start)
    start = len(module.source[: dot - (module.source[dot - 1 : dot] == b"?")].rstrip())
    tail = "" if use.name != "some" else " !== null"
    edits = [
        insert(module, found.end, f".eq({quoted(module, found.field)}, {found.text})"),
        replace(module, Span(start, node.end), tail if found.alone else f"{tail})" if tail else ""),
    ]
    if tail and not found.alone:
        edits.append(insert(module, node.start, "("))
    if use.name != "filter":
        step = rows.step
        edits.append(replace(module, Span(step.place.span.start, step.call_span.end), "first()"))
    title = f"read by `{found.field}` as well"
    doubts = []
    if not found.sure:
        doubts.append("values of another type no longer match")
    if use.name == "find" and not found.null_does:
        doubts.append("what is not found is then null, not undefined")
    return Fix.unsafe(title, *edits, because=", and ".join(doubts)) if doubts else Fix.safe(title, *edits)
