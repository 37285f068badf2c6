"""A ctx typed `any` turns off every check of what is done with it."""

from __future__ import annotations

from collections.abc import Iterator

from convexlint.findings import Category, Concern, Finding, Fix, Level, Span, Suggestion
from convexlint.program.model import Module
from convexlint.program.places.any_ctx import AnyCtx, any_contexts
from convexlint.program.program import Program
from convexlint.program.writing.editing import replace
from convexlint.program.writing.imports import ensure_type_import
from convexlint.rules.rule import NoOptions, rule

_TYPES = {
    frozenset({"query"}): "QueryCtx",
    frozenset({"mutation"}): "MutationCtx",
    frozenset({"action"}): "ActionCtx",
    frozenset({"httpAction"}): "ActionCtx",
    frozenset({"action", "httpAction"}): "ActionCtx",
}
_BECAUSE = "code that only `any` lets pass may then not type-check"


@rule(category=Category.FUNCTIONS, concern=Concern.STYLE, level=Level.WARNING, fix="unsafe")
def check(program: Program, options: NoOptions) -> Iterator[Finding]:
    for found in any_contexts(program):
        module = found.place.module
        wanted = _TYPES.get(found.kinds)
        fix = None if found.package else _fix(module, found, wanted)
        yield Finding.at(
            found.place,
            f"`{found.name}: any` hides tables, fields and ids from TypeScript",
            help=_help(found, wanted),
            level=Level.INFO if found.package else None,
            fix=fix if found.plain else None,
            suggestions=()
            if fix is None or found.plain
            else (Suggestion(fix.title, fix.edits, fix.because),),
        )


def _help(found: AnyCtx, wanted: str | None) -> str:
    if found.package:
        return (
            f"leave the annotation out where `{found.package}` types its callbacks, else take "
            "`GenericQueryCtx<DataModel>` or its like (from `convex/server`)"
        )
    if found.handler:
        return "leave the annotation out: the builder knows the type"
    if wanted is not None:
        return f"its callers pass `{wanted}` (from `_generated/server`)"
    return "type it `QueryCtx`, `MutationCtx` or `ActionCtx` (from `_generated/server`)"


def _fix(module: Module, found: AnyCtx, wanted: str | None) -> Fix | None:
    span = found.place.span
    if found.handler:
        gone = replace(module, Span(found.colon, span.end), "")
        return Fix.unsafe("leave the annotation out", gone, because=_BECAUSE)
    specifier = _generated(module)
    if wanted is None or specifier is None:
        return None
    imported = ensure_type_import(module, specifier, wanted)
    if imported is None:
        return None
    swap = replace(module, span, imported.text)
    return Fix.unsafe(f"type it `{wanted}`", swap, *imported.edits, because=_BECAUSE)


def _generated(module: Module) -> str | None:
    """How the module writes the generated server module in imports."""
    for statement in module.facts.imports:
        if statement.specifier.removesuffix(".js").endswith("_generated/server"):
            return statement.specifier
    if module.name.startswith("/"):
        return None
    return ("../" * module.name.count("/") or "./") + "_generated/server"
