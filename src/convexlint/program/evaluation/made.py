"""Convex functions that packages make: `export const { signIn, store } = convexAuth(...)` (convex-facts 2.3,
2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.findings import Span
from convexlint.program.evaluation.values import (
    BuilderOf,
    ExternalResult,
    MadeFunction,
    OneOf,
    Value,
    present,
)
from convexlint.program.model import Declaration, Module, RegisteredFunction

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator

# (package, what is called or constructed, members and calls after it) -> kind, visibility.
_MADE: dict[tuple[str, str, str], tuple[str, str]] = {
    ("@convex-dev/auth/server", "convexAuth", "signIn"): ("action", "public"),
    ("@convex-dev/auth/server", "convexAuth", "signOut"): ("action", "public"),
    ("@convex-dev/auth/server", "convexAuth", "store"): ("mutation", "internal"),
    ("@convex-dev/auth/server", "convexAuth", "isAuthenticated"): ("query", "public"),
    ("@convex-dev/workflow", "WorkflowManager", "define()"): ("mutation", "internal"),
    ("@convex-dev/workflow", "defineWorkflow", "handler()"): ("mutation", "internal"),
    ("@convex-dev/migrations", "Migrations", "define()"): ("mutation", "internal"),
    ("@convex-dev/migrations", "Migrations", "runner()"): ("mutation", "internal"),
    ("convex-helpers/server/migrations", "makeMigration", "()"): ("mutation", "internal"),
    ("@convex-dev/workpool", "Workpool", "defineOnComplete()"): ("mutation", "internal"),
    ("@convex-dev/rate-limiter", "RateLimiter", "hookAPI().getRateLimit"): ("query", "public"),
    ("@convex-dev/rate-limiter", "RateLimiter", "hookAPI().getServerTime"): ("mutation", "public"),
    ("@convex-dev/better-auth", "createClient", "clientApi().getAuthUser"): ("query", "public"),
    ("@convex-dev/better-auth", "createClient", "triggersApi().onCreate"): ("mutation", "internal"),
    ("@convex-dev/better-auth", "createClient", "triggersApi().onUpdate"): ("mutation", "internal"),
    ("@convex-dev/better-auth", "createClient", "triggersApi().onDelete"): ("mutation", "internal"),
    ("@convex-dev/workos-authkit", "AuthKit", "events().authKitEvent"): ("mutation", "internal"),
    ("@convex-dev/workos-authkit", "AuthKit", "actions().authKitAction"): ("mutation", "internal"),
}
_CRUD = {
    "create": ("mutation", 3),
    "read": ("query", 2),
    "paginate": ("query", 2),
    "update": ("mutation", 3),
    "destroy": ("mutation", 3),
}  # kind, and the number of the argument that is its builder
_UNKNOWN = Declaration("unknown", None, False, None)


def made_function(ev: Evaluator, value: Value) -> MadeFunction | None:
    """The Convex function that a value of a known package is: `signIn` of `convexAuth(...)`; None for all
    else."""
    if isinstance(value, MadeFunction):
        return value
    if not isinstance(value, ExternalResult) or not value.path or not value.source.path:
        return None
    name = value.source.path[-1]
    if name == "crud" and value.source.package.startswith("convex-helpers"):
        return _crud(ev, value)
    steps = ".".join(value.path).replace(".()", "()")
    made = _MADE.get((value.source.package, name, steps))
    return MadeFunction(*made) if made is not None else None


def _crud(ev: Evaluator, value: ExternalResult) -> MadeFunction | None:
    if len(value.path) != 1 or value.path[0] not in _CRUD:
        return None
    kind, position = _CRUD[value.path[0]]
    if position >= len(value.args):
        return MadeFunction(kind, "internal")
    builder = present(ev.expr(value.module, value.args[position], value.frame))
    return MadeFunction(kind, builder.visibility) if isinstance(builder, BuilderOf) else None


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
