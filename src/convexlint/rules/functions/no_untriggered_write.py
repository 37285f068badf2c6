"""A write past the trigger of its table: only mutations of a wrapped builder run triggers."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Level, Related, Suggestion
from convexlint.program.behaviour.chains import chain, deed_of, named
from convexlint.program.behaviour.triggers import UntriggeredWrite, untriggered_writes, wrapped_builders
from convexlint.program.model import RegisteredFunction
from convexlint.program.program import Program
from convexlint.program.writing.editing import replace
from convexlint.program.writing.reuse import import_from
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.FUNCTIONS, level=Level.WARNING, fix="suggestion", by_effect=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for write in untriggered_writes(program):
        beginning, function = write.beginning, write.beginning.function
        effect = beginning.effect
        does = "this call leads to a write of" if effect.chain else f"`{effect.what}` writes"
        trigger = Related(write.trigger.module.path, write.trigger.span, "the trigger is registered here")
        yield Finding.at(
            beginning.place,
            f"`{write.table}` has a trigger, and {does} `{write.table}` past it: "
            f"`{function.builder}` gives {named(function)} a database that runs no triggers",
            span=beginning.span,
            help=_help(program, function),
            function=function.path,
            related=(*chain(effect), trigger),
            deed=deed_of(effect),
            suggestions=_ways(program, write),
        )


def _help(program: Program, function: RegisteredFunction) -> str:
    wrapped = wrapped_builders(program, "mutation", function.visibility)
    if len(wrapped) == 1:
        return (
            f"register it with `{wrapped[0].export}` of `{wrapped[0].module.name}`, which wraps the database"
        )
    return "register it with a builder that wraps the database: `customMutation(mutation, customCtx(triggers.wrapDB))`"


def _ways(program: Program, write: UntriggeredWrite) -> tuple[Suggestion, ...]:
    """The wrapped builder instead of Convex's own, where there is just one."""
    function = write.beginning.function
    wrapped = wrapped_builders(program, "mutation", function.visibility)
    if len(wrapped) != 1 or function.custom or function.syntax == "made":
        return ()
    (builder,) = wrapped
    imported = import_from(
        program, function.module, builder.module, builder.export, f"{builder.export}WithTriggers"
    )
    if imported is None:
        return ()
    edits = (*imported.edits, replace(function.module, function.builder_span, imported.text))
    return (Suggestion(f"register it with `{builder.export}` of `{builder.module.name}`", edits),)
