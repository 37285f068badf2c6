"""@convex-dev/rate-limiter (convex-facts 2.3, 2.4)."""

from __future__ import annotations

from convexlint.program.evaluation.package import Package

PACKAGE = Package(
    ("@convex-dev/rate-limiter",),
    makes={
        "RateLimiter.hookAPI().getRateLimit": ("query", "public"),
        "RateLimiter.hookAPI().getServerTime": ("mutation", "public"),
    },
)
