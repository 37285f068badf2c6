"""Signed in is not entitled: who changes a row of somebody's is asked whether it is theirs."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.behaviour.unowned import UnownedWrite, unowned_writes
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
            related=_evidence(write),
            # Whose a row is through another one is less sure.
            level=Level.INFO if write.parent is not None else None,
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


def _evidence(write: UnownedWrite) -> tuple[Related, ...]:
    place = write.standing.place
    if place is None:
        return ()
    return (Related(place.module.path, place.span, "here it asks only whether somebody is signed in"),)
