"""@convex-dev/better-auth (convex-facts 2.3, 2.4)."""

from __future__ import annotations

from convexlint.program.evaluation.package import Package

PACKAGE = Package(
    ("@convex-dev/better-auth", "better-auth"),
    makes={
        "createClient.clientApi().getAuthUser": ("query", "public"),
        "createClient.triggersApi().onCreate": ("mutation", "internal"),
        "createClient.triggersApi().onUpdate": ("mutation", "internal"),
        "createClient.triggersApi().onDelete": ("mutation", "internal"),
    },
    identity=frozenset({"getAuthUser", "safeGetAuthUser"}),
    requires_identity=frozenset({"getAuthUser"}),
)
