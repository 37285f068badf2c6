"""What a client sends is not written as it comes: a validator says which fields it may hold."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related
from convexlint.program.behaviour.open_writes import OpenWrite, open_writes
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

_WHY = {
    "missing": "`{path}` declares no `args`",
    "any": "its validator is `v.any()`",
    "record": "its validator is a record of `v.any()`",
}


@rule(category=Category.SECURITY, level=Level.WARNING, by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
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
            related=()
            if place.inside is function
            else (
                Related(
                    function.module.path, function.builder_span, f"`{function.path}` takes it from clients"
                ),
            ),
        )


def _of(write: OpenWrite) -> str:
    table = write.call.table or write.call.id_table
    return f" of `{table}`" if table is not None else ""
