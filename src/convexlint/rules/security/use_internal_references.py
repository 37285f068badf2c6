"""What only the backend runs need not be open to everyone: it is referred to by `internal`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from convexlint.findings import Category, Edit, Finding, Fix, Level, Related, Suggestion
from convexlint.program.model import Module, Program, Reference, RegisteredFunction
from convexlint.program.places.callings import references_to
from convexlint.program.writing.editing import replace
from convexlint.program.writing.imports import ensure_import, specifier_of
from convexlint.rules.rule import rule

_CONTEXTS = {"cron": "cron", "runAfter": "scheduler", "runAt": "scheduler"}
_TAKERS = {"cron": "a cron job", "runAfter": "`scheduler.runAfter`", "runAt": "`scheduler.runAt`"}
_INTERNAL = {"query": "internalQuery", "mutation": "internalMutation", "action": "internalAction"}


@dataclass(frozen=True, slots=True)
class Options:
    """What the rule looks at.

    Attributes:
        contexts: where `api` is reported: any of "cron", "scheduler", "run" (`ctx.runQuery` and its like).
    """

    contexts: tuple[str, ...] = ("cron", "scheduler", "run")


@rule(category=Category.SECURITY, level=Level.WARNING, fix="safe", options=Options)
def check(program: Program, options: Options) -> Iterator[Finding]:
    if program.project.component:
        return
    for reference in program.references:
        module, use = reference.place.module, reference.use
        # What does not exist is unknown-function-reference's.
        if reference.root != "api" or not use or not module.reported or reference.status == "missing":
            continue
        context = _CONTEXTS.get(use, "run")
        if context not in options.contexts:
            continue
        target = reference.target
        path = reference.path or module.text(reference.place.span)
        taker = _TAKERS.get(use, f"`ctx.{use}`")
        is_internal = target is not None and target.visibility == "internal"
        fix = _swap(reference) if is_internal else None
        yield Finding(
            path=module.path,
            span=reference.place.span,
            message=f"{taker} runs `{path}`, which is internal, through `api`"
            if is_internal
            else f"{taker} runs `{path}` through `api`, so it must stay open to everyone",
            help="write `internal` instead of `api`"
            if is_internal
            else "make it an internal function and refer to it by `internal`; code that a public function "
            "shares with it belongs into a plain helper",
            function=reference.place.inside.path if reference.place.inside else None,
            related=_registration(target),
            fix=fix,
            suggestions=() if is_internal else _close(program, target),
            level=Level.ERROR if context in ("cron", "scheduler") else None,
        )


def _registration(target: RegisteredFunction | None) -> tuple[Related, ...]:
    if target is None or target.path is None:
        return ()
    return (Related(target.module.path, target.builder_span, f"`{target.path}` is registered here"),)


def _to_internal(reference: Reference) -> list[Edit] | None:
    """Both proxies name the same paths, so only the root is swapped."""
    module, root = reference.place.module, reference.root_span
    specifier = specifier_of(module, "api")
    imported = ensure_import(module, specifier, "internal") if specifier is not None else None
    if root is None or imported is None:
        return None
    return [*imported.edits, replace(module, root, imported.text)]


def _swap(reference: Reference) -> Fix | None:
    edits = _to_internal(reference)
    return None if edits is None else Fix.safe("refer to it by `internal`", *edits)


def _close(program: Program, target: RegisteredFunction | None) -> tuple[Suggestion, ...]:
    """Make the callee internal, with all references to it in the backend."""
    if target is None or target.custom or target.builder not in _INTERNAL:
        return ()
    title = f"make `{target.path}` an `{_INTERNAL[target.builder]}`"
    edits: list[Edit] = []
    for reference in references_to(program, target):
        swapped = _to_internal(reference) if reference.root == "api" else None
        if swapped is None:
            return ()
        edits += swapped
    builder = _builder(target.module, target)
    if builder is None:
        return ()
    unique = tuple(dict.fromkeys([*builder, *edits]))
    return (Suggestion(title, unique, because="clients can then no longer call it"),)


def _builder(module: Module, target: RegisteredFunction) -> list[Edit] | None:
    specifier = specifier_of(module, target.builder)
    imported = ensure_import(module, specifier, _INTERNAL[target.builder]) if specifier is not None else None
    if imported is None:
        return None
    return [*imported.edits, replace(module, target.builder_span, imported.text)]
