"""@convex-dev/workpool (convex-facts 2.3, 2.4)."""

from __future__ import annotations

from convexlint.program.evaluation.package import Package

PACKAGE = Package(
    ("@convex-dev/workpool",),
    makes={
        "Workpool.defineOnComplete()": ("mutation", "internal"),
    },
)
