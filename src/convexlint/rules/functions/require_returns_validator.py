"""A function without `returns` gives out whatever its handler happens to return."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from convexlint.findings import Category, Finding, Fix, Level
from convexlint.program.chains import named
from convexlint.program.editing import insert_property_before
from convexlint.program.handlers import property_position, returns_nothing
from convexlint.program.imports import ensure_import
from convexlint.program.model import Program, RegisteredFunction
from convexlint.program.validators import ObjectValidator
from convexlint.rules.rule import rule


@dataclass(frozen=True, slots=True)
class Options:
    """What the rule accepts.

    Attributes:
        scope: "public" reports only what clients can call, "all" internal functions too.
        paginated: "optional" accepts a paginated query without `returns`, "required" reports it.
    """

    scope: Literal["public", "all"] = "public"
    paginated: Literal["required", "optional"] = "required"


@rule(category=Category.FUNCTIONS, level=Level.WARNING, fix="safe", options=Options)
def check(program: Program, options: Options) -> Iterator[Finding]:
    paginating = {s.place.inside for s in program.query_steps if s.method == "paginate"}
    for function in program.functions:
        if not function.module.reported or function.path is None or function.kind == "httpAction":
            continue
        if function.syntax not in ("object", "config") or function.returns.state != "missing":
            continue
        if options.scope == "public" and not function.is_public:
            continue
        if options.paginated == "optional" and (function in paginating or _takes_page(function)):
            continue
        receiver = "clients" if function.is_public else "its callers"
        nothing = returns_nothing(function)
        yield Finding(
            path=function.module.path,
            span=function.builder_span,
            message=f"{named(function)} declares no `returns`, so {receiver} get whatever comes out",
            help="declare `returns: v.null()`: it returns nothing"
            if nothing
            else "declare `returns` with a validator of what the handler returns; other fields are then "
            "refused instead of sent",
            function=function.path,
            fix=_null(function) if nothing else None,
        )


def _takes_page(function: RegisteredFunction) -> bool:
    validator = function.args.validator
    return isinstance(validator, ObjectValidator) and "paginationOpts" in validator.fields


def _null(function: RegisteredFunction) -> Fix | None:
    """`returns: v.null()`. A custom builder may want another kind of validator (zod), so it gets none."""
    config, module = function.config, function.module
    position = property_position(config, "handler") if config is not None else None
    if config is None or position is None or function.custom:
        return None
    imported = ensure_import(module, "convex/values", "v")
    if imported is None:
        return None
    text = f"returns: {imported.text}.null()"
    return Fix.safe(
        f"declare `{text}`", *imported.edits, insert_property_before(module, config, position, text)
    )
