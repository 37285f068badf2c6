"""@convex-dev/workos-authkit (convex-facts 2.3, 2.4)."""

from __future__ import annotations

from convexlint.program.evaluation.package import Package

PACKAGE = Package(
    ("@convex-dev/workos-authkit",),
    makes={
        "AuthKit.events().authKitEvent": ("mutation", "internal"),
        "AuthKit.actions().authKitAction": ("mutation", "internal"),
    },
)
