"""A promise that nothing waits for: the function ends before it is done, and its error is lost."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Fix, Level, Span
from convexlint.program.model import FloatingPromise
from convexlint.program.places.promises import floating_promises
from convexlint.program.places.tested_promises import tested_promises
from convexlint.program.program import Program
from convexlint.program.writing.editing import insert
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.FUNCTIONS, level=Level.ERROR, fix="safe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for promise in floating_promises(program):
        yield Finding.at(
            promise.place,
            _dropped(promise),
            span=Span(promise.call_span.start, promise.place.span.end),
            help=_help(promise),
            fix=_fix(promise),
        )
    for tested in tested_promises(program):
        yield Finding.at(tested.place, _tested(tested), help=_tested_help(tested), fix=_tested_fix(tested))


def _dropped(promise: FloatingPromise) -> str:
    if promise.kind == "forEach":
        return (
            f"`{promise.what}` waits for nothing, and its function makes a promise for each element: they may not be "
            "done when the handler ends, and their errors are lost"
        )
    if promise.kind == "ents":
        return f"`{promise.what}` gives a promise that does nothing until it is awaited, and nothing waits for it"
    gives = "makes a list of promises" if promise.kind == "each" else "gives a promise"
    return (
        f"`{promise.what}` {gives}, and nothing waits for it: the function may end before it is done, "
        "and its error is lost"
    )


def _tested(promise: FloatingPromise) -> str:
    if promise.kind == "predicate":
        return f"an async function gives promises, which are always true: `{promise.what}` tests nothing"
    if promise.kind == "read":
        return f"`{promise.what}` gives a promise, and a member of the promise itself is read here"
    return f"`{promise.what}` gives a promise, and a promise is always true: this test decides nothing"


def _tested_help(promise: FloatingPromise) -> str:
    if promise.kind == "predicate":
        return "wait for all answers first (`await Promise.all(rows.map(...))`), and test those"
    return (
        f"`await {promise.what}(...)`"
        if promise.in_async
        else "make the function around it async, and await both"
    )


def _tested_fix(promise: FloatingPromise) -> Fix | None:
    if promise.kind == "predicate" or not promise.in_async:
        return None
    module, call = promise.place.module, promise.call_span
    edits = [insert(module, call.start, "await ")]
    if promise.kind == "read" and promise.place.span == call:
        edits = [insert(module, call.start, "(await "), insert(module, call.end, ")")]
    return Fix.unsafe("await it", *edits, because="the test then refuses what it let pass until now")


def _help(promise: FloatingPromise) -> str:
    if promise.kind == "each":
        return "`await Promise.all(...)` around it waits for all of them"
    if promise.kind == "forEach":
        return "`for (const one of list) await ...`, or `await Promise.all(list.map(...))`, waits for all of them"
    if promise.in_async:
        return f"`await {promise.what}(...)`"
    return "return the promise, or make the function around it async and await both"


def _fix(promise: FloatingPromise) -> Fix | None:
    if not promise.in_async or promise.kind in ("each", "forEach"):
        return None
    edit = insert(promise.place.module, promise.call_span.start, "await ")
    if promise.assigned:
        return Fix.unsafe("await it", edit, because="the variable then holds what the promise gives")
    return Fix.safe("await it", edit)
