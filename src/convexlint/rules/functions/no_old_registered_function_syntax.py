"""`query(async (ctx) => ...)` is the old syntax: it has no place for validators."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convexlint.findings import Category, Concern, Edit, Finding, Fix, Level, Span
from convexlint.program.behaviour.chains import named
from convexlint.program.convex.handlers import handler_of, sole_argument
from convexlint.program.model import Module, RegisteredFunction
from convexlint.program.program import Program
from convexlint.program.writing.editing import indent_deeper, insert, line_indent, replace
from convexlint.program.writing.imports import is_identifier
from convexlint.program.writing.validator_text import indent_unit
from convexlint.rules.rule import NoOptions, rule

_TRAILING_COMMA = re.compile(rb",[ \t]*\r?\n[ \t]*[})\]]")
"""How the file writes the end of an object of several lines."""


@rule(category=Category.FUNCTIONS, concern=Concern.STYLE, level=Level.WARNING, fix="safe", official=True)
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for function in program.functions:
        if function.path is None or function.kind == "httpAction":
            continue
        # What a wrapper of the project takes, the project itself decides.
        if function.syntax != "bare" or function.wrapper is not None:
            continue
        builder = function.builder or "the builder"
        yield Finding.at(
            function.place,
            f"{named(function)} is registered by the old syntax, which has no place for `args` and `returns`",
            help=f"write `{builder}({{ args: {{ ... }}, handler: ... }})`",
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
            return Fix.safe(title, *_wrap(module, span))
    return None


def _wrap(module: Module, span: Span) -> tuple[Edit, ...]:
    """`{ handler: ... }` around a function, on lines of its own where the function has several."""
    moved: tuple[Edit, ...] | None = None
    unit, indent = indent_unit(module), line_indent(module, span.start)
    if "\n" in module.text(span):
        moved = indent_deeper(module, span, unit)
    if moved is None:
        return insert(module, span.start, "{ handler: "), insert(module, span.end, " }")
    comma = "," if module.holds(_TRAILING_COMMA) else ""
    return (
        insert(module, span.start, f"{{\n{indent}{unit}handler: "),
        *moved,
        insert(module, span.end, f"{comma}\n{indent}}}"),
    )
