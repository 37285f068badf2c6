"""Signed in is not entitled: who changes a row of somebody's is asked whether it is theirs."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.behaviour.standing import Standing
from convexlint.program.behaviour.unowned import UnownedWrite, unowned_writes
from convexlint.program.behaviour.untied import UntiedWrite, untied_writes
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

_DOES = {
    "patch": "changes",
    "replace": "replaces",
    "delete": "deletes",
    "storage.delete": "deletes",
    "scheduler.cancel": "cancels",
}


@rule(category=Category.SECURITY, level=Level.WARNING, by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    if program.project.component:
        return
    seen: set[tuple[str, int]] = set()
    for write in unowned_writes(program):
        place = write.place
        key = (place.module.path, place.span.start)
        if key in seen or not place.module.reported:
            continue
        seen.add(key)
        yield Finding.at(
            place,
            f"`{write.function.path}` {_what(write)} for any signed-in user: it never checks {_whose(write)}",
            span=write.span,
            help=_help(write),
            function=write.function.path,
            related=_evidence(write.standing, "here it asks only whether somebody is signed in"),
            # Whose a row is through another one is less sure.
            level=Level.INFO if write.parent is not None else None,
        )
    for untied in untied_writes(program):
        if untied.call.place.module.reported:
            yield _untied(untied)


def _untied(write: UntiedWrite) -> Finding:
    """Another row was asked about."""
    parent, child = f"args.{write.parent}", write.child.text
    return Finding.at(
        write.place,
        f"`{write.function.path}` asks about `{parent}`, and {_DOES[write.call.method]} the row of `{write.table}` "
        f"that `{child}` names, whatever its `{write.field}` is",
        help=f'`const doc = await ctx.db.get("{write.table}", {child})`, and throw unless `doc.{write.field}` is '
        f"`{parent}`",
        function=write.function.path,
        related=_evidence(write.standing, "here it asks about the other row"),
    )


def _what(write: UnownedWrite) -> str:
    does = _DOES[write.method]
    if write.table is None:
        return f"{does} the {_thing(write)} that `{write.source.origin.text}` names"
    return f"{does} the row of `{write.table}` that `{write.source.origin.text}` names"


def _thing(write: UnownedWrite) -> str:
    return "scheduled function" if write.method == "scheduler.cancel" else "file"


def _whose(write: UnownedWrite) -> str:
    if write.table is None:
        return f"whose {_thing(write)} that is"
    if write.parent is not None:
        parent = write.parent
        return f"whether the `{parent.owner}` of the row of `{parent.table}` it belongs to is the caller"
    return (
        "whether that is the caller" if write.owner == "_id" else f"whether its `{write.owner}` is the caller"
    )


def _help(write: UnownedWrite) -> str:
    argument = write.source.origin.text
    if write.table is None:
        return f"read the document that holds `{argument}` first, and throw unless it is the caller's"
    if write.parent is not None:
        parent = write.parent
        return (
            f"read the document, then the row of `{parent.table}` that its `{parent.field}` names, and throw unless "
            f"the `{parent.owner}` of that is the caller; where others may change it too, ask for a role or membership"
        )
    if write.owner == "_id":
        return f"change the caller's own row of `{write.table}`, or throw unless `{argument}` is its id"
    return (
        f'`const doc = await ctx.db.get("{write.table}", {argument})`, and throw unless `doc.{write.owner}` is the '
        "caller's; where others may change it too, ask for their role or membership"
    )


def _evidence(standing: Standing, text: str) -> tuple[Related, ...]:
    place = standing.place
    return () if place is None else (Related(place.module.path, place.span, text),)
