"""Actions have no database: `ctx.db` is undefined there."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Span, Suggestion
from convexlint.program.behaviour.chains import Beginning, beginnings, chain, deed_of, named
from convexlint.program.model import DatabaseCall, Effect
from convexlint.program.places.elsewhere import call_at
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule

_KINDS = ("db-read", "db-write")


@rule(category=Category.FUNCTIONS, level=Level.ERROR, fix="suggestion", by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for function in program.functions:
        if function.kind not in ("action", "httpAction"):
            continue
        for beginning in beginnings(program, function, _KINDS):
            yield _finding(beginning, call_at(program, beginning.effect.place))


def _finding(beginning: Beginning, call: DatabaseCall | None) -> Finding:
    function, effect = beginning.function, beginning.effect
    kind = "an HTTP action" if function.kind == "httpAction" else "an action"
    who = f"{named(function)} is {kind}, which has no `ctx.db`"
    writes = effect.kind == "db-write"
    builder, run = ("internalMutation", "runMutation") if writes else ("internalQuery", "runQuery")
    table = (call.table or call.id_table) if call is not None else None
    deed = f"`{effect.what}` of `{table}`" if table else f"`{effect.what}`"
    return Finding.at(
        beginning.place,
        f"{who}: this call reaches {deed}" if effect.chain else f"{who}: {deed} fails",
        span=beginning.span if effect.chain else _database(effect, call),
        help=f"move the database work into an `{builder}` and call it by `ctx.{run}`",
        function=function.path,
        related=chain(effect),
        deed=deed_of(effect),
        suggestions=(Suggestion(f"call an `{builder}` by `ctx.{run}(internal....)`"),),
    )


def _database(effect: Effect, call: DatabaseCall | None) -> Span:
    """The `db` of `ctx.db.get`."""
    if call is None:
        return effect.place.span
    name = effect.place.module.text(call.db_span).rpartition(".")[2]
    if not name.isidentifier():
        return call.db_span
    return Span(call.db_span.end - len(name.encode()), call.db_span.end)
