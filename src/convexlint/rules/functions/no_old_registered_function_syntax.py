"""`query(async (ctx) => ...)` is the old syntax: it has no place for validators."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Finding, Fix, Level
from convexlint.program.behaviour.chains import named
from convexlint.program.convex.handlers import handler_of, sole_argument
from convexlint.program.model import Program, RegisteredFunction
from convexlint.program.writing.editing import insert, replace
from convexlint.program.writing.imports import is_identifier
from convexlint.rules.rule import NoOptions, rule


@rule(category=Category.FUNCTIONS, level=Level.WARNING, fix="safe", official=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for function in program.functions:
        if not function.module.reported or function.path is None or function.kind == "httpAction":
            continue
        # What a wrapper of the project takes, the project itself decides.
        if function.syntax != "bare" or function.wrapper is not None:
            continue
        builder = function.builder or "the builder"
        yield Finding(
            path=function.module.path,
            span=function.builder_span,
            message=f"{named(function)} is registered by the old syntax, which has no place for `args` and "
            "`returns`",
            help=f"write `{builder}({{ args: {{ ... }}, handler: ... }})`",
            function=function.path,
            fix=_fix(function),
        )


def _fix(function: RegisteredFunction) -> Fix | None:
    """Wrap the argument. Nothing is declared here: `args: {}` would refuse callers that were served."""
    module = function.module
    if function.custom and not function.customizations:
        return None
    span = sole_argument(module, function.builder_span.end, function.call_span)
    handler = handler_of(function)
    if span is None or handler is None:
        return None
    title = "wrap the handler in an object"
    if is_identifier(module.text(span)):
        return Fix.safe(title, replace(module, span, f"{{ handler: {module.text(span)} }}"))
    if module is function.handler.module if function.handler else False:
        inline = span.start <= handler.start and handler.end <= span.end
        if inline:
            return Fix.safe(title, insert(module, span.start, "{ handler: "), insert(module, span.end, " }"))
    return None
