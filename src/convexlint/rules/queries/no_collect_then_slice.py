"""`(await query.collect())[0]` loads all rows for the first one."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.facts.ir import Call
from convexlint.findings import Category, Edit, Finding, Fix, Related, Span
from convexlint.program.convex.extents import reads_whole_table
from convexlint.program.places.parts_of_rows import RowPart, parts_of_rows
from convexlint.program.program import Program
from convexlint.program.writing.editing import has_comment, replace
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.QUERIES, level=None, fix="safe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for part in parts_of_rows(program):
        step = part.rows.step
        table = f"`{step.table}`" if step.table else "the table"
        whole = any(reads_whole_table(state) for state in step.before)
        loaded = f"every row of {table}" if whole else f"the whole index range of {table}"
        yield Finding.at(
            step.place,
            f"loads {loaded} to use {_used(part)}",
            help=_help(part),
            related=(Related(part.place.module.path, part.place.span, "this is all that is used"),),
            fix=_fix(part),
        )


def _used(part: RowPart) -> str:
    end = "last" if part.last else "first"
    number = "a few" if part.count is None else "" if part.count == 1 else str(part.count)
    if part.order is not None:
        most = "greatest" if part.order.descending else "smallest"
        return f"{number or 'one'} with the {most} `{part.order.field}`"
    if part.count is None:
        return f"a few from the {'end' if part.last else 'start'}"
    return f"the {end} {number}".rstrip()


def _help(part: RowPart) -> str:
    number = "n" if part.count is None else str(part.count)
    consumer = "`.first()`" if part.count == 1 else f"`.take({number})`"
    if part.order is not None:
        way = ' and `.order("desc")`' if part.order.descending else ""
        return (
            f"index `{part.order.index}` has the rows in this order: read by it{way}, and end in {consumer}"
        )
    if part.last:
        return f'turn the query\'s order over (`.order("desc")`, or without it) and end in {consumer}'
    return f"end the query in {consumer}: it reads no more than that"


def _fix(part: RowPart) -> Fix | None:
    step = part.rows.step
    module = step.place.module
    if part.order is not None or part.last:
        return None
    consumer = Span(step.place.span.start, step.call_span.end)
    (use, *others) = part.uses
    sliced = use.name == "slice" and not others and isinstance(use.node, Call)
    if part.number is not None:
        text = module.text(Span(part.number.start, part.number.end))
        if not sliced or not part.direct or has_comment(module, Span(consumer.start, part.number.end)):
            return None
        return Fix.unsafe(
            f"take {text}",
            replace(module, consumer, f"take({text})"),
            _without_slice(part),
            because="`take` throws for a number that is negative, broken or missing",
        )
    if part.count == 1 and part.direct and part.null_does and use.kind in ("index", "method"):
        node = use.node
        assert node is not None
        start = part.rows.expression.end
        if use.kind == "index" or use.name == "at":
            tail = module.source.index(b")", start) + 1 if module.source[start : start + 1] != b"[" else start
            if tail <= node.end and not has_comment(module, Span(consumer.start, node.end)):
                return Fix.safe(
                    "read the first row",
                    replace(module, consumer, "first()"),
                    replace(module, Span(tail, node.end), ""),
                )
    edits = [replace(module, consumer, f"take({part.count})")]
    if sliced:
        edits.append(_without_slice(part))
    return Fix.safe(f"take {part.count}", *edits)


def _without_slice(part: RowPart) -> Edit:
    use = part.uses[0]
    module = use.place.module
    assert use.node is not None
    dot = module.source.rfind(b".", 0, use.place.span.start)
    if module.source[dot - 1 : dot] == b"?":
        dot -= 1
    return replace(module, Span(len(module.source[:dot].rstrip()), use.node.end), "")
