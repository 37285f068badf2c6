"""An index over the first fields of another one answers nothing that the longer one does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from convexlint.findings import Category, Concern, Finding, Fix, Level, Related
from convexlint.program.model import IndexDef, QueryState, QueryStep
from convexlint.program.places.index_uses import IndexLedger, ledger_of
from convexlint.program.places.sites import all_query_steps
from convexlint.program.program import Program
from convexlint.program.writing.editing import pin, remove_link
from convexlint.program.writing.renamed_index import renamed
from convexlint.rules.rule import NoOptions, rule

CREATION_ORDER = {"order", "paginate", "first", "take"}
ALL_ROWS = {"collect", "for await"}
MOST_PLACES = 3

_Read = tuple[QueryStep, QueryState]


@rule(category=Category.SCHEMA, concern=Concern.COST, level=Level.WARNING, fix="unsafe", official=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    seen: set[tuple[str, int]] = set()
    ledger = ledger_of(program)
    reads = cache(lambda: _reads(program))
    tables = [t.indexes for t in program.schema.tables.values() if t.origin == "schema"]
    for indexes in (*tables, *(loose.indexes for loose in program.schema.definitions)):
        plain = [i for i in indexes if i.kind == "database" and i.fields]
        fresh = [i for i in plain if (i.module.path, i.name_span.start) not in seen]
        seen.update((i.module.path, i.name_span.start) for i in plain)
        for index in fresh:
            if not program.reports(index.module):
                continue
            equal = next((o for o in plain[: plain.index(index)] if o.fields == index.fields), None)
            longer = next((o for o in plain if _starts(index, o)), None)
            if equal is not None:
                yield _equal(ledger, index, equal)
            elif longer is not None and not _read(index, reads().ordered):
                yield _prefix(ledger, index, longer, _read(index, reads().collected))


def _starts(index: IndexDef, longer: IndexDef) -> bool:
    """Staged indexes cannot be queried, so they neither replace another one nor are they replaced."""
    fields, more = index.fields or (), longer.fields or ()
    return (
        not index.staged and not longer.staged and len(fields) < len(more) and more[: len(fields)] == fields
    )


class _Reads(NamedTuple):
    """The reads of indexes, by index name (None: a dynamic one). `ordered` rely on the rows of one key being in order
    of creation; `collected` hand all rows of one key on, in that order."""

    ordered: dict[str | None, list[_Read]]
    collected: dict[str | None, list[_Read]]


def _reads(program: Program) -> _Reads:
    reads = _Reads(defaultdict(list), defaultdict(list))
    for step in all_query_steps(program):
        for state in step.before:
            bounded = any(part.field == "_creationTime" for part in state.range or ())
            if state.index == "":
                continue
            if bounded or step.method in CREATION_ORDER:
                reads.ordered[state.index].append((step, state))
            elif step.method in ALL_ROWS:
                reads.collected[state.index].append((step, state))
    return reads


def _read(index: IndexDef, reads: dict[str | None, list[_Read]]) -> list[QueryStep]:
    """Where the index is read, or may be, by equality on all its fields."""
    named = [read for read in reads.get(index.name, ()) if read[1].table in (index.table, None)]
    dynamic = [read for read in reads.get(None, ()) if read[1].table == index.table]
    return [step for step, state in (*named, *dynamic) if _equal_on(state, index)]


def _equal_on(state: QueryState, index: IndexDef) -> bool:
    if state.range is None:
        return True
    return {part.field for part in state.range if part.method == "eq"} >= set(index.fields or ())


def _named(index: IndexDef) -> str:
    return f"`{index.name}` ({', '.join(index.fields or ())})"


def _equal(ledger: IndexLedger, index: IndexDef, other: IndexDef) -> Finding:
    return Finding(
        path=index.module.path,
        span=index.name_span,
        message=f"index `{index.name}` has the same fields as {_named(other)}: Convex refuses the schema",
        help=f"delete `{index.name}` and let its queries use `{other.name}`",
        related=(
            Related(other.module.path, other.name_span, f"index `{other.name}` has these fields already"),
        ),
        fix=_fix(ledger, index, other, "code outside the project may still name it"),
        level=Level.ERROR,
    )


def _prefix(ledger: IndexLedger, index: IndexDef, longer: IndexDef, collected: list[QueryStep]) -> Finding:
    next_field = (longer.fields or ())[len(index.fields or ())]
    change = f"delete `{index.name}` and let its queries use `{longer.name}`"
    places = {(s.place.module.path, s.place.span): s for s in collected}
    if places:
        counted = "one query collects" if len(places) == 1 else f"{len(places)} queries collect"
        because = f"the rows that {counted} then come ordered by `{next_field}` instead of `_creationTime`"
        help_ = f"{change}; {because}"
    else:
        because = f"rows of one key then come ordered by `{next_field}`"
        help_ = f"{change}: no query that was found asks for its rows in `_creationTime` order"
    return Finding(
        path=index.module.path,
        span=index.name_span,
        message=f"index `{index.name}` is only the start of {_named(longer)}, and every write pays for both",
        help=help_,
        related=(
            Related(longer.module.path, longer.name_span, f"`{longer.name}` answers the same queries"),
            *(
                Related(path, span, f"comes ordered by `{next_field}` then")
                for path, span in sorted(places)[:MOST_PLACES]
            ),
        ),
        fix=_fix(ledger, index, longer, because),
    )


def _fix(ledger: IndexLedger, index: IndexDef, keep: IndexDef, because: str) -> Fix | None:
    """Remove the index and let its uses name the one that is kept."""
    uses = ledger.uses_of(index)
    if uses.lost or keep.staged or not ledger.is_own(index):
        return None
    because = f"{because}, and {uses.doubt}" if uses.doubt else because
    edits = [remove_link(index.module, index.call_span), *renamed(uses, keep.name)]
    edits.append(pin(keep.module, keep.name_span))
    return Fix.unsafe(f"remove `{index.name}`, use `{keep.name}`", *edits, because=because)
