"""Convex functions that packages make: `export const { signIn, store } = convexAuth(...)` (convex-facts 2.3,
2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.known import made_function
from convexlint.program.evaluation.values import MadeFunction, OneOf
from convexlint.program.model import Declaration, Module, RegisteredFunction

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

_UNKNOWN = Declaration("unknown", None, False, None)


def made_functions(ev: Evaluator, module: Module) -> list[RegisteredFunction]:
    """The exports of `module` that are such functions: by their name and kind alone, without handlers."""
    found: list[RegisteredFunction] = []
    if module.name.startswith("/"):
        return found
    for export in module.facts.exports:
        if export.kind not in ("local", "default") or not export.name:
            continue
        value = ev.export_value(module, export.name)
        options = value.members if isinstance(value, OneOf) else (value,)
        made = next((m for m in (made_function(ev, v) for v in options) if m is not None), None)
        if made is not None:
            found.append(_function(module, export, made))
    return found


def _function(module: Module, export: ir.Export, made: MadeFunction) -> RegisteredFunction:
    named = module.facts.bindings[export.binding] if export.binding >= 0 else export
    span = Span(named.start, named.end)
    return RegisteredFunction(
        module=module,
        export=export.name,
        path=f"{module.name}:{export.name}",
        kind=made.kind,
        visibility=made.visibility,
        syntax="made",
        builder=export.name,
        builder_span=span,
        call_span=span,
        custom=True,
        authenticated=False,
        args=_UNKNOWN,
        returns=_UNKNOWN,
        handler=None,
    )
