"""@convex-dev/better-auth (convex-facts 2.3, 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexlint.facts import ir
from convexlint.program.evaluation.package import Package
from convexlint.program.evaluation.values import (
    BOOLEAN,
    NULL,
    NUMBER,
    STRING,
    UNDEFINED,
    ExternalResult,
    Fields,
    Frame,
    PromiseOf,
    Value,
    one_of,
)

if TYPE_CHECKING:
    from convexlint.program.evaluation.evaluate import Evaluator
    from convexlint.program.model import Module

# What the component's own schema has of a user since its first version; plugins add fields.
_USER = Fields(
    (
        ("_id", STRING, False),
        ("_creationTime", NUMBER, False),
        ("name", STRING, False),
        ("email", STRING, False),
        ("emailVerified", BOOLEAN, False),
        ("image", one_of([STRING, NULL]), True),
        ("createdAt", NUMBER, False),
        ("updatedAt", NUMBER, False),
    ),
    open=True,
)
_USERS = {
    "getAuthUser": PromiseOf(_USER),
    "safeGetAuthUser": PromiseOf(one_of([_USER, UNDEFINED])),
    "getAnyUserById": PromiseOf(one_of([_USER, NULL])),
}


def _of_client(
    ev: Evaluator, module: Module, node: ir.Call | ir.New, target: ExternalResult, frame: Frame | None
) -> Value | None:
    """`authComponent.getAuthUser(ctx)` of `const authComponent = createClient(components.betterAuth)`; a component that
    the project keeps itself (`local`) has a schema of its own."""
    options = target.args[1] if len(target.args) > 1 else None
    if options is not None and not (
        isinstance(options, ir.Object) and all(prop.key not in (None, "local") for prop in options.props)
    ):
        return None
    return _USERS.get(target.path[0]) if len(target.path) == 1 else None


PACKAGE = Package(
    ("@convex-dev/better-auth", "better-auth"),
    methods={"createClient": _of_client},
    makes={
        "createClient.clientApi().getAuthUser": ("query", "public"),
        "createClient.triggersApi().onCreate": ("mutation", "internal"),
        "createClient.triggersApi().onUpdate": ("mutation", "internal"),
        "createClient.triggersApi().onDelete": ("mutation", "internal"),
    },
    identity=frozenset({"getAuthUser", "safeGetAuthUser"}),
    requires_identity=frozenset({"getAuthUser"}),
)
