"""A function without `returns` gives out whatever its handler happens to return."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from convexlint.findings import Category, Concern, Finding, Fix, Level
from convexlint.program.behaviour.chains import named
from convexlint.program.convex.handlers import property_position, returns_nothing
from convexlint.program.inference.returns import inferred_returns
from convexlint.program.model import RegisteredFunction
from convexlint.program.places.sites import query_steps
from convexlint.program.program import Program
from convexlint.program.validators import ObjectValidator, ScalarValidator, Validator
from convexlint.program.writing.editing import insert_property_before
from convexlint.program.writing.reuse import shared_documents, worded
from convexlint.rules.rule import rule

FIRST_WITH_RETURNS = (1, 13, 0)
"""Older versions of `convex` have no `returns` in their types."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the rule accepts.

    Attributes:
        scope: "public" reports only what clients can call, "all" internal functions too.
        paginated: "optional" accepts a paginated query without `returns`, "required" reports it.
    """

    scope: Literal["public", "all"] = "public"
    paginated: Literal["required", "optional"] = "required"


@rule(category=Category.FUNCTIONS, concern=Concern.STYLE, level=Level.WARNING, fix="safe", options=Options)
def check(program: Program, options: Options) -> Iterator[Finding]:
    lacking = list(_lacking(program, options))
    validators = defaultdict(list)
    for function in lacking:
        inferred = inferred_returns(program, function).validator
        if inferred is not None and not function.custom:
            validators[function.module.path].append(inferred)
    shared = {path: shared_documents(found) for path, found in validators.items()}
    level = None if _is_habit(program) else Level.INFO
    for function in lacking:
        receiver = "clients" if function.is_public else "its callers"
        help_, fix = _remedy(program, function, shared.get(function.module.path, frozenset()))
        yield Finding.at(
            function.place,
            f"{named(function)} declares no `returns`, so {receiver} get whatever comes out",
            help=help_,
            fix=fix,
            level=level,
        )


def _lacking(program: Program, options: Options) -> Iterator[RegisteredFunction]:
    paginating = {s.place.inside for s in query_steps(program) if s.method == "paginate"}
    for function in program.functions:
        if function.path is None or function.kind == "httpAction":
            continue
        if function.syntax not in ("object", "config") or function.returns.state != "missing":
            continue
        if options.scope == "public" and not function.is_public:
            continue
        if options.paginated == "optional" and (function in paginating or _takes_page(function)):
            continue
        yield function


def _is_habit(program: Program) -> bool:
    """Whether the project declares `returns` at all: some public function has one. Modules without that word are not
    read."""
    speaking = [m for m in program.ev.world.modules.values() if m.reported and m.holds(b"returns")]
    first = {f.module.path for f in program.functions}
    speaking.sort(key=lambda module: module.path not in first)
    return any(
        f.is_public and f.returns.state == "declared"
        for module in speaking
        for f in program.ev.registry.of(module)
    )


def _takes_page(function: RegisteredFunction) -> bool:
    validator = function.args.validator
    return isinstance(validator, ObjectValidator) and "paginationOpts" in validator.fields


def _remedy(program: Program, function: RegisteredFunction, shared: frozenset[str]) -> tuple[str, Fix | None]:
    """What to do, and the fix where the whole type is known."""
    version = program.project.convex_version
    if version is not None and version < FIRST_WITH_RETURNS:
        old = ".".join(str(part) for part in version)
        return f"update `convex` ({old} here): `returns` exists since 1.13", None
    if returns_nothing(function):
        return "declare `returns: v.null()`: it returns nothing", _declare(
            program, function, ScalarValidator("null"), frozenset(), None
        )
    inferred = inferred_returns(program, function)
    if inferred.validator is not None:
        because = "the validator is inferred, and fields it lacks are refused from then on"
        fix = _declare(program, function, inferred.validator, shared, because)
        return "declare `returns` with a validator of what the handler returns", fix
    text = "declare `returns` with a validator of what the handler returns"
    stop = inferred.stop
    if stop is not None:
        shown = " ".join(stop.module.text(stop.span).split())
        text += (
            f"; it cannot be inferred from `{shown if len(shown) <= 60 else shown[:57] + '...'}`: {stop.why}"
        )
    return text, None


def _declare(
    program: Program,
    function: RegisteredFunction,
    validator: Validator,
    shared: frozenset[str],
    because: str | None,
) -> Fix | None:
    """`returns: ...` before the handler. A custom builder may want another kind of validator (zod): none there."""
    config, module = function.config, function.module
    position = property_position(config, "handler") if config is not None else None
    if config is None or position is None or function.custom:
        return None
    at = config.props[position].start
    found = worded(program, module, validator, at, lead="returns: ", shared=shared)
    if found is None:
        return None
    text = f"returns: {found.text}"
    title = f"declare `{text}`" if "\n" not in text and len(text) < 80 else "declare the inferred `returns`"
    edits = (*found.edits, insert_property_before(module, config, position, text))
    if because is None:
        return Fix.safe(title, *edits)
    return Fix.unsafe(title, *edits, because=because)
