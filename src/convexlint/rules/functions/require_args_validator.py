"""A function without `args` takes whatever it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from convexlint.facts.ir import Expr, Lambda, Param
from convexlint.findings import Category, Edit, Finding, Fix, Level, Span
from convexlint.program.behaviour.chains import named
from convexlint.program.convex.handlers import args_param, destructured_args, property_position, takes_no_args
from convexlint.program.inference.args import inferred_args
from convexlint.program.model import Module, RegisteredFunction
from convexlint.program.places.callings import calls_pass_nothing
from convexlint.program.program import Program
from convexlint.program.writing.editing import insert_property_before, replace
from convexlint.program.writing.imports import ensure_import
from convexlint.program.writing.manners import manners
from convexlint.program.writing.type_validators import args_text
from convexlint.program.writing.validator_text import validator_text
from convexlint.rules.rule import rule

_NAME = re.compile(r"\b[A-Za-z_$][\w$]*\b(?!\s*\??:)")
_TEXT = re.compile(r""" "[^"]*" | '[^']*' """, re.VERBOSE)


@dataclass(frozen=True, slots=True)
class Options:
    """What the rule accepts.

    Attributes:
        scope: "all" reports internal functions too, "public" only what clients can call.
        unused: "allow" accepts a handler that takes no arguments, "flag" reports it too.
    """

    scope: Literal["all", "public"] = "all"
    unused: Literal["flag", "allow"] = "flag"


@rule(category=Category.FUNCTIONS, level=Level.ERROR, fix="safe", official=True, options=Options)
def check(program: Program, options: Options) -> Iterator[Finding]:
    for function in program.functions:
        if function.path is None or function.kind == "httpAction":
            continue
        if function.syntax == "made" or function.args.state != "missing":
            continue
        if options.scope == "public" and not function.is_public:
            continue
        if options.unused == "allow" and takes_no_args(function):
            continue
        by_clients = function.is_public and not program.project.component
        sender = "a client sends" if by_clients else "its callers pass"
        yield Finding.at(
            function.place,
            f"{named(function)} declares no `args`, so it accepts whatever {sender}",
            help=_help(function),
            fix=_fix(program, function),
        )


def _help(function: RegisteredFunction) -> str:
    if takes_no_args(function):
        return "declare `args: {}`: it takes no arguments"
    names = destructured_args(function)
    if names:
        listed = ", ".join(f"{name}: v.…" for name in names)
        return f"declare `args: {{ {listed} }}` with a validator of `convex/values` for each"
    return "declare `args: { ... }` with a validator of `convex/values` for each argument"


def _fix(program: Program, function: RegisteredFunction) -> Fix | None:
    """Only for `builder({ ... })`: old syntax is no-old-registered-function-syntax's to mend."""
    config, module = function.config, function.module
    handler_at = property_position(config, "handler") if config is not None else None
    if config is None or handler_at is None:
        return None
    # Arguments come first, then what is returned, then how: also where `returns` is already there.
    returns_at = property_position(config, "returns")
    position = handler_at if returns_at is None else min(handler_at, returns_at)
    if takes_no_args(function):
        edit = insert_property_before(module, config, position, "args: {}")
        if not function.custom and calls_pass_nothing(program, function):
            return Fix.safe("declare `args: {}`", edit)
        return Fix.unsafe(
            "declare `args: {}`",
            edit,
            because="a caller that passes an argument all the same is then refused",
        )
    param, handler = args_param(function), function.handler
    if function.custom or param is None or param.annotation is None or handler is None:
        return None
    imported = ensure_import(module, "convex/values", "v")
    if imported is None or handler.module is not module:
        return None
    text = args_text(module, param.annotation, imported.text) or _inferred(
        program, function, imported.text, config.props[position].start
    )
    if text is None:
        return None
    return Fix.unsafe(
        "declare the arguments that the handler's type names",
        *imported.edits,
        insert_property_before(module, config, position, f"args: {text}"),
        *_without_annotation(config.props[handler_at].value, param, module),
        because="callers that pass other arguments than the type says are then refused",
    )


def _inferred(program: Program, function: RegisteredFunction, v: str, at: int) -> str | None:
    """The arguments through types of other modules and of Convex."""
    validator = inferred_args(program, function)
    if validator is None:
        return None
    text = validator_text(validator, manners(program).of(function.module, v), at, "args: ")
    opening = f"{v}.object("
    return text[len(opening) : -1] if text.startswith(opening) else text


def _without_annotation(handler: Expr, param: Param, module: Module) -> tuple[Edit, ...]:
    """Take the annotation away, since the validator gives the type from now on: where the handler is written in place
    (else nothing would type the parameter), no comment is lost, and no import or alias is left unused by it."""
    annotation = param.annotation
    if not isinstance(handler, Lambda) or annotation is None or param.optional:
        return ()
    span = Span(param.pattern.end, annotation.end)
    text = module.text(span)
    if not text.lstrip().startswith(":") or "//" in text or "/*" in text:
        return ()
    rest = module.source[: span.start] + b" " + module.source[span.end :]
    for name in sorted(set(_NAME.findall(_TEXT.sub("", text)))):
        if len(re.findall(rb"\b" + name.encode() + rb"\b", rest)) == 1:
            return ()
    return (replace(module, span, ""),)
