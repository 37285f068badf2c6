"""In production a client learns nothing of a plain Error; a ConvexError brings its data along."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Deed, Finding, Fix, Level, Related, Span
from convexlint.program.behaviour.thrown import PlainThrow, plain_throws
from convexlint.program.program import Program
from convexlint.program.writing.editing import replace
from convexlint.program.writing.imports import ensure_import
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.FUNCTIONS, concern=Concern.STYLE, level=Level.INFO, fix="unsafe", by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    if program.project.component:
        return  # the app's own server code calls it, and learns all of the error
    for thrown in plain_throws(program):
        yield Finding.at(
            thrown.place,
            f'in production the caller of `{thrown.function.path}` sees only "Server Error" for this',
            help=_help(thrown),
            related=tuple(Related(s.place.module.path, s.place.span, s.text) for s in thrown.chain),
            fix=_fix(thrown),
            deed=_deed(thrown),
        )


def _deed(thrown: PlainThrow) -> Deed:
    """The function that throws: all that it throws so is one finding."""
    place = thrown.place
    function = place.inside
    if function is not None and function.handler is not None and function.handler.module is place.module:
        facts = place.module.facts.functions[function.handler.index]
    else:
        facts = place.module.facts.functions[place.owner]
    return Deed(place.module.path, Span(facts.start, facts.end), None if function is None else function.path)


def _help(thrown: PlainThrow) -> str:
    text = "throw a `ConvexError` (from `convex/values`): its data reaches the client"
    if thrown.inside is None:
        return text
    shown = " ".join(thrown.inside.split())
    shown = shown if len(shown) <= 40 else shown[:37] + "..."
    return f"{text}; give it a text of its own, since `{shown}` is not for clients"


def _fix(thrown: PlainThrow) -> Fix | None:
    """None where the text holds what clients should not read: a caught error, a stack, the body of a response."""
    module = thrown.place.module
    if thrown.inside is not None:
        return None
    imported = ensure_import(module, "convex/values", "ConvexError")
    if imported is None or module.source[: thrown.place.span.start].rstrip()[-3:] != b"new":
        return None
    return Fix.unsafe(
        "throw a `ConvexError`",
        replace(module, thrown.place.span, imported.text),
        *imported.edits,
        because="clients then see the message, which may say more than they should know",
    )
