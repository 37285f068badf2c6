"""What a client sends is not written as it comes: a validator says which fields it may hold."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.behaviour.chosen_rights import chosen_rights
from convexlint.program.behaviour.given_away import given_away
from convexlint.program.behaviour.open_writes import OpenWrite, open_writes
from convexlint.program.behaviour.rights import says_right
from convexlint.program.model import DatabaseCall
from convexlint.program.places.origins import Origin
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

_WHY = {
    "missing": "`{path}` declares no `args`",
    "any": "its validator is `v.any()`",
    "record": "its validator is a record of `v.any()`",
    "text": "its validator sees a text, not what is parsed of it",
}


@rule(category=Category.SECURITY, level=Level.WARNING, by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    yield from _open(program)
    yield from _given_away(program)
    yield from _chosen(program)


def _given_away(program: Program) -> Iterator[Finding]:
    """The validator has a field that is not the client's to choose."""
    for write in given_away(program):
        function, field = write.origin.function, write.field
        table = write.call.table or write.call.id_table
        what = (
            f"a client can give rows of `{table}` to somebody else"
            if not says_right(field)
            else f"a client can choose the `{field}` of a row of `{table}`"
        )
        yield Finding.at(
            write.call.place,
            f"`{write.call.method}` writes `{write.origin.text}` with its `{field}`: {what}",
            span=write.span,
            help=f'leave `{field}` out of the validator (`.omit("{field}")`), or write it after the spread',
            function=function.path,
            related=_taken_from(write.call, write.origin),
        )


def _chosen(program: Program) -> Iterator[Finding]:
    """A single field says what somebody may do, or pays for, and the client says what."""
    for write in chosen_rights(program):
        function = write.origin.function
        yield Finding.at(
            write.call.place,
            f"`{write.call.method}` writes `{write.origin.text}` as the `{write.field}` of a row of `{write.table}`: "
            + (
                "a client can choose a plan that it has not paid for"
                if write.paid
                else "a client can choose what it may do"
            ),
            span=write.span,
            help=f"write `{write.field}` in an internal mutation, which the webhook of the payment runs"
            if write.paid
            else f"write a fixed `{write.field}`, and let only those change it who have the right to",
            function=function.path,
            related=_taken_from(write.call, write.origin),
        )


def _taken_from(call: DatabaseCall, origin: Origin) -> tuple[Related, ...]:
    function = origin.function
    if call.place.inside is function:
        return ()
    text = f"`{function.path}` takes it from clients"
    return (Related(function.module.path, function.builder_span, text),)


def _open(program: Program) -> Iterator[Finding]:
    for write in open_writes(program):
        function, place = write.origin.function, write.call.place
        why = _WHY[write.why].format(path=function.path or function.builder)
        yield Finding.at(
            place,
            f"`{write.call.method}` writes `{write.origin.text}` as the client sent it, and {why}: "
            f"a client can set any field{_of(write)}",
            span=write.span,
            help="declare the fields that may change (`v.object({ ... })`), and write those",
            function=function.path,
            related=_taken_from(write.call, write.origin),
        )


def _of(write: OpenWrite) -> str:
    table = write.call.table or write.call.id_table
    return f" of `{table}`" if table is not None else ""
