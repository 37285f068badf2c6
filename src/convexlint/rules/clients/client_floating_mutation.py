"""A mutation or action that a client starts and leaves alone: its failure is lost."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Edit, Finding, Level, Span, Suggestion
from convexlint.program.places.clients.floating_mutations import StartedCall, started_calls
from convexlint.program.program import Program
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.CLIENTS, level=Level.INFO, fix="suggestion", concern=Concern.FAILURE)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for started in started_calls(program):
        if started.promise is None:
            continue
        use, kind = started.use, started.use.taker.kind if started.use.taker is not None else "mutation"
        callee = started.call.callee
        yield Finding(
            use.module.path,
            Span(callee.start, callee.end),
            f"nobody awaits or catches the {kind} `{use.path}` here: if it fails, the user is told nothing",
            help="`await` it in a `try`, or add `.catch(...)`; `void` says that its failure does not matter",
            suggestions=_suggestions(started),
        )


def _suggestions(started: StartedCall) -> tuple[Suggestion, ...]:
    if started.promise is None:
        return ()
    word = "await" if started.asynchronous else "void"
    edit = Edit(started.use.module.path, Span(started.promise.start, started.promise.start), f"{word} ")
    because = None if started.asynchronous else "its failure stays unseen, but on purpose"
    return (Suggestion(f"`{word}` it", (edit,), because),)
