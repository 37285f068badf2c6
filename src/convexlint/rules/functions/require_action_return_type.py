"""An action whose type depends on itself, because it returns what a function of its own file gives."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Fix, Related
from convexlint.program.convex.types_text import type_text
from convexlint.program.inference.returns import inferred_returns
from convexlint.program.places.circular_results import CircularResult, circular_results
from convexlint.program.program import Program
from convexlint.program.writing.editing import insert
from convexlint.rules.rule import NoOptions, rule

UNKNOWN = ("unknown", "any", "Id<?>", "...")


@rule(category=Category.FUNCTIONS, concern=Concern.STYLE, level=None, fix="unsafe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for result in circular_results(program):
        reference = result.reference
        name = result.function.export
        written = " ".join(reference.place.module.text(reference.place.span).split())
        yield Finding.at(
            result.function.place,
            f"`{name}` returns what `{written}` of its own file gives, so its type depends on itself: "
            f"TypeScript makes `any` of it, and of `{reference.root}`",
            help="say the type of what the handler returns, `: Promise<...>`, or of the variable that holds the result",
            related=(Related(reference.place.module.path, reference.place.span, "its type depends on this"),),
            fix=_fix(program, result),
        )


def _fix(program: Program, result: CircularResult) -> Fix | None:
    function = result.function
    declared = function.returns.validator if function.returns.state == "declared" else None
    text = type_text(declared or inferred_returns(program, function).validator)
    module = function.module
    imported = {name.local for statement in module.facts.imports for name in statement.names}
    if any(word in text for word in UNKNOWN) or ("Id<" in text and "Id" not in imported):
        return None
    edits = [insert(module, result.params.end, f"{')' if result.bare else ''}: Promise<{text}>")]
    if result.bare:
        edits.insert(0, insert(module, result.params.start, "("))
    return Fix.unsafe(
        f"say that it returns `Promise<{text}>`",
        *edits,
        because="the type is read off what the functions return today, and TypeScript holds the handler to it",
    )
